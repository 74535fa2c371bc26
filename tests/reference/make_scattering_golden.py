# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/scattering_*.npy: the first Born sum over pixels, in NumPy with SciPy's Hankel function.

    /usr/bin/python3 tests/reference/make_scattering_golden.py        (Debian: python3-scipy)
"""
import pathlib

import numpy
from scipy.special import hankel1

here = pathlib.Path(__file__).resolve().parent / "golden"
random = numpy.random.RandomState(20250523)


def save(name, array):
    numpy.save(here / f"{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


n, side, radius = 10, 0.18, 1.6
dx = side / n
k = 2 * numpy.pi / (6 * dx)
image = random.uniform(0, 1, (n, n))
save("scattering_image", image)


def green(r):
    return 0.25j * hankel1(0, k * r)


for name, centre, transmitters, receivers in (
        ("centred", (n - 1) / 2, numpy.arange(3) * 120.0, numpy.arange(7) * 360 / 7),
        ("inverse_bench", n // 2, numpy.linspace(0, 359, 3), numpy.linspace(0, 359, 7))):
    y, x = (numpy.mgrid[:n, :n] - centre) * dx
    sensor = lambda degrees: [numpy.hypot(radius * numpy.cos(a) - x, radius * numpy.sin(a) - y)
                              for a in numpy.deg2rad(degrees)]
    u = [green(r) for r in sensor(transmitters)]
    g = [green(r) for r in sensor(receivers)]
    data = numpy.array([[dx * dx * numpy.sum(image * numpy.conj(a) * k * k * b) for b in g] for a in u])
    save(f"scattering_{name}", [data.real, data.imag])

# The Green function at k r = 1, 10, 100, 1300: of the sizes that the default set-up has, and smaller.
at = numpy.array([1.0, 10.0, 100.0, 1300.0])
save("scattering_hankel", [hankel1(0, at).real, hankel1(0, at).imag])
