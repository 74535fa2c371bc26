# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/convolution_*.npy: what SciPy and PyTorch say about convolution and bicubic downscaling.

    /usr/bin/python3 tests/reference/make_convolution_golden.py        (Debian: python3-scipy python3-torch)

The tests read the files; this script is run by hand when a case is added. It draws the same images on every machine:
NumPy's legacy generator is frozen.
"""
import pathlib

import numpy
import torch
from scipy import ndimage

here = pathlib.Path(__file__).resolve().parent / "golden"
here.mkdir(exist_ok=True)
random = numpy.random.RandomState(20250524)


def save(name, array):
    numpy.save(here / f"convolution_{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


# Convolution with a kernel that is neither symmetric nor separable, its centre at size // 2 as SciPy has it. SciPy
# calls the rule that does not repeat the edge "mirror", NumPy and equireg "reflect". In one direction the image is
# smaller than the kernel.
for name, shape, size in (("odd", (13, 10), (5, 7)), ("even", (12, 3), (4, 6))):
    image = random.uniform(-1, 1, shape)
    kernel = random.uniform(-1, 1, size)
    save(f"{name}_input", image)
    save(f"{name}_kernel", kernel)
    for ours, theirs in (("reflect", "mirror"), ("symmetric", "reflect"), ("circular", "wrap")):
        save(f"{name}_{ours}", ndimage.convolve(image, kernel, mode=theirs))

# Bicubic downscaling. With antialiasing PyTorch has Keys' a = -1/2 and drops the weights outside, without a = -3/4.
image = random.uniform(-1, 1, (24, 16))
save("resize_input", image)
batch = torch.tensor(image)[None, None]
for s in (2, 4):
    size = (24 // s, 16 // s)
    for name, antialias in (("antialiased", True), ("plain", False)):
        result = torch.nn.functional.interpolate(batch, size=size, mode="bicubic", align_corners=False,
                                                 antialias=antialias)
        save(f"resize_{name}_x{s}", result[0, 0].numpy())

# The cubic with a = -1/2 through the four nearest pixels, at the centres of the blocks: SciPy's map_coordinates has
# other cubics, so the definition stands here.
taps = numpy.array([-1, 9, 9, -1]) / 16
for s in (2, 4):
    result = image
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (2, 2)
        padded = numpy.pad(result, pad, mode="symmetric")
        windows = numpy.lib.stride_tricks.sliding_window_view(padded, 4, axis=axis)
        index = s * numpy.arange(result.shape[axis] // s) + s // 2  # padding from -2, taps from s i + s / 2 - 2
        result = numpy.take(windows, index, axis=axis) @ taps
    save(f"resize_keys_x{s}", result)
