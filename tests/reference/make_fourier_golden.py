# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/fourier_*.npy: what numpy.fft says about centred transforms, MRI and Fourier magnitudes.

    /usr/bin/python3 tests/reference/make_fourier_golden.py        (Debian: python3-numpy)

The tests read the files; this script is run by hand when a case is added.
"""
import pathlib

import numpy

here = pathlib.Path(__file__).resolve().parent / "golden"
here.mkdir(exist_ok=True)
random = numpy.random.RandomState(20250524)
axes = (-2, -1)


def save(name, array):
    numpy.save(here / f"fourier_{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


def centred(x):
    return numpy.fft.fftshift(numpy.fft.fft2(numpy.fft.ifftshift(x, axes=axes), norm="ortho"), axes=axes)


def pairs(z):
    """(N, H, W) complex to (2 N, H, W)."""
    return numpy.stack([z.real, z.imag], axis=1).reshape(-1, *z.shape[1:])


# Centred transforms: odd, even and mixed extents.
for height, width in ((7, 10), (9, 9), (8, 12), (1, 5)):
    z = random.standard_normal((2, height, width)) + 1j * random.standard_normal((2, height, width))
    save(f"image_{height}x{width}", pairs(z))
    save(f"centred_{height}x{width}", pairs(centred(z)))
    save(f"centred_real_{height}x{width}", pairs(centred(z.real)))

# Several coils: y_j = M F_c(S_j x).
x = random.standard_normal((6, 10)) + 1j * random.standard_normal((6, 10))
maps = random.standard_normal((3, 6, 10)) + 1j * random.standard_normal((3, 6, 10))
mask = (numpy.arange(10) % 3 != 1) * numpy.ones((6, 1))
y = mask * centred(maps * x)
save("mri_image", pairs(x[None]))
save("mri_maps", pairs(maps))
save("mri_mask", mask[None])
save("mri_data", pairs(y))
# A^+ y by a dense least-squares solution of least norm, real parts first.
columns = []
for k in range(120):
    e = numpy.zeros(120)
    e[k] = 1
    z = (e[:60] + 1j * e[60:]).reshape(6, 10)
    columns.append(pairs(mask * centred(maps * z)).ravel())
noisy = pairs(y) + 0.1 * random.standard_normal((6, 6, 10))
save("mri_noisy", noisy)
observed = noisy * mask
save("mri_pseudo_inverse", numpy.linalg.lstsq(numpy.array(columns).T, observed.ravel(), rcond=None)[0].reshape(2, 6, 10))

# Fourier magnitudes of padded images, u = (x + 1) / 2: zeros on each side, as the published codes write it.
image = random.uniform(-1, 1, (2, 12, 16))
save("phase_image", image)
for name, oversample in (("2", 2.0), ("1", 1.0), ("0", 0.0)):
    pad = [(0, 0)] + [(int(oversample / 8 * n),) * 2 for n in image.shape[1:]]
    save(f"phase_oversample_{name}", numpy.abs(centred(numpy.pad((image + 1) / 2, pad))))
pad = [(0, 0), (3, 3), (4, 4)]
save("phase_intensity", numpy.abs(centred(numpy.pad(image, pad))) ** 2)
