# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/tomography_*.npy: scikit-image's Radon transform.

    /usr/bin/python3 tests/reference/make_tomography_golden.py        (Debian: python3-skimage)
"""
import pathlib

import numpy
from skimage.transform import radon

here = pathlib.Path(__file__).resolve().parent / "golden"
random = numpy.random.RandomState(20250523)


def save(name, array):
    numpy.save(here / f"{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


# An odd size: scikit-image turns about pixel n // 2, which is the centre then. Zero outside a disc that leaves a margin
# of two pixels, so that its border rule has nothing to act on. It says that its angles run in degrees.
size = 21
image = random.uniform(-1, 1, (size, size))
rows, columns = numpy.mgrid[:size, :size] - size // 2
image[rows**2 + columns**2 > (size // 2 - 2) ** 2] = 0
save("tomography_image", image)
save("tomography_sinogram", radon(image, theta=numpy.arange(9) * 20.0, circle=True).T)
