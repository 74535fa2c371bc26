# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/hadamard_*.npy: what scipy.linalg.hadamard makes of an image of 8 x 16 pixels.

    /usr/bin/python3 tests/reference/make_hadamard_golden.py        (Debian: python3-scipy)
"""
import pathlib

import numpy
from scipy.linalg import hadamard

here = pathlib.Path(__file__).resolve().parent / "golden"
random = numpy.random.RandomState(20250523)


def save(name, array):
    numpy.save(here / f"{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


def by_sequency(matrix):
    """The rows, ordered by their number of sign changes."""
    return matrix[numpy.argsort((numpy.diff(matrix, axis=1) != 0).sum(axis=1))]


image = random.uniform(-1, 1, (8, 16))
n = image.size
save("hadamard_input", image)
save("hadamard_natural", (hadamard(n) @ image.ravel() / numpy.sqrt(n)).reshape(1, n))
save("hadamard_sequency", (by_sequency(hadamard(n)) @ image.ravel() / numpy.sqrt(n)).reshape(1, n))
separable = by_sequency(hadamard(8)) @ image @ by_sequency(hadamard(16)).T / numpy.sqrt(n)
order = sorted(((i, j) for i in range(8) for j in range(16)), key=lambda p: (p[0] + p[1], p[0]))
save("hadamard_zigzag", numpy.array([[separable[p] for p in order]]))
