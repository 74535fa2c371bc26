# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/*.npy: what SciPy and scikit-image say about blur, bicubic downscaling and SSIM.

    /usr/bin/python3 tests/reference/make_golden.py        (Debian: python3-scipy python3-skimage)

The tests read the files; this script is run by hand when a case is added. It draws the same images on every machine:
NumPy's legacy generator is frozen.
"""
import pathlib

import numpy
from scipy import ndimage
from skimage.metrics import structural_similarity

here = pathlib.Path(__file__).resolve().parent / "golden"
here.mkdir(exist_ok=True)
random = numpy.random.RandomState(20250523)


def save(name, array):
    numpy.save(here / f"{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


def keys(t):
    """Keys' cubic, a = -1/2."""
    t = numpy.abs(t)
    return numpy.where(t <= 1, 1.5 * t**3 - 2.5 * t**2 + 1, numpy.where(t < 2, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2, 0))


# Blur: SciPy calls the rule that does not repeat the edge "mirror", NumPy and equireg "reflect". Narrower than the
# kernel in one direction.
image = random.uniform(-1, 1, (17, 12))
save("blur_input", image)
for ours, theirs in (("reflect", "mirror"), ("symmetric", "reflect"), ("circular", "wrap")):
    save(f"blur_sigma2_{ours}", ndimage.gaussian_filter(image, 2.0, mode=theirs, truncate=4.0))

# Bicubic with the edge repeated, as MATLAB's imresize: pad, correlate with the stretched kernel, take every s-th.
image = random.uniform(-1, 1, (16, 24))
save("bicubic_input", image)
for s in (2, 4):
    taps = keys((numpy.arange(4 * s) - (4 * s - 1) / 2) / s)
    taps /= taps.sum()
    before = (4 * s - s) // 2
    result = image
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (4 * s, 4 * s)
        padded = numpy.pad(result, pad, mode="symmetric")
        windows = numpy.lib.stride_tricks.sliding_window_view(padded, 4 * s, axis=axis)
        start = 4 * s - before
        index = start + s * numpy.arange(result.shape[axis] // s)
        result = numpy.take(windows, index, axis=axis) @ taps
    save(f"bicubic_x{s}", result)

# SSIM, the definition of Wang et al. 2004.
truth = random.uniform(-1, 1, (2, 14, 19))
noisy = numpy.clip(truth + 0.3 * random.standard_normal(truth.shape), -1.2, 1.2)
save("ssim_truth", truth)
save("ssim_noisy", noisy)
unit = lambda v: numpy.clip((v + 1) / 2, 0, 1)
save("ssim_value", [numpy.mean([structural_similarity(unit(a), unit(b), gaussian_weights=True, sigma=1.5,
                                                      use_sample_covariance=False, data_range=1.0)
                                for a, b in zip(truth, noisy)])])
