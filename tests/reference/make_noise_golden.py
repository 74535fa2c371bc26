# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/noise_*.npy: what SciPy says about the log-densities of the noise models, and quantiles of gamma laws.

    /usr/bin/python3 tests/reference/make_noise_golden.py        (Debian: python3-scipy)

The tests read the files; this script is run by hand when a case is added. Each table has the rows z, y, log p(y | z).
"""
import pathlib

import numpy
from scipy import special, stats

here = pathlib.Path(__file__).resolve().parent / "golden"
here.mkdir(exist_ok=True)
random = numpy.random.RandomState(20250523)


def save(name, *rows):
    numpy.save(here / f"noise_{name}.npy", numpy.ascontiguousarray(rows, dtype=numpy.float64))


z = random.uniform(-1, 1, 24)

y = stats.laplace.rvs(z, 0.3, random_state=random)
save("laplace", z, y, stats.laplace.logpdf(y, z, 0.3))

for name, looks in (("gamma_third", 0.3), ("gamma_one", 1.0), ("gamma_many", 4.5)):
    y = stats.gamma.rvs(looks, scale=(z + 1) / looks, random_state=random) - 1
    save(name, z, y, stats.gamma.logpdf(y + 1, looks, scale=(z + 1) / looks))
    save(f"{name}_quantiles", stats.gamma.ppf(numpy.arange(1, 40) / 40, looks, scale=1 / looks))

# gain 0.1, offset 1, sigma 0.2. A fourth row: the exact density, a sum over the events.
gain, sigma = 0.1, 0.2
y = gain * stats.poisson.rvs((z + 1) / gain, random_state=random) - 1 + sigma * random.standard_normal(z.shape)
events = numpy.arange(200)[:, None]
exact = special.logsumexp(
    stats.poisson.logpmf(events, (z + 1) / gain) + stats.norm.logpdf(y, gain * events - 1, sigma), axis=0)
save("poisson_gaussian", z, y, stats.norm.logpdf(y, z, numpy.sqrt(gain * (z + 1) + sigma**2)), exact)

# 3 % salt at 1, 5 % pepper at -1, sigma 0.1; entries 3 and 9 are salt, 7 and 11 pepper.
y = z + 0.1 * random.standard_normal(z.shape)
log_p = numpy.log(0.92) + stats.norm.logpdf(y, z, 0.1)
y[[3, 9]], log_p[[3, 9]] = 1, numpy.log(0.03)
y[[7, 11]], log_p[[7, 11]] = -1, numpy.log(0.05)
save("salt_and_pepper", z, y, log_p)

# 20 incident photons; the logarithm is not taken of 0.
z = numpy.linspace(-0.2, 5, 24)
mean = 20 * numpy.exp(-z)
n = stats.poisson.rvs(mean, random_state=random)
y = -numpy.log(numpy.maximum(n, 1) / 20)
save("transmission", z, y, numpy.where(n <= 1, stats.poisson.logcdf(1, mean), stats.poisson.logpmf(n, mean)))

z = random.uniform(-1, 1, 24)
y = stats.uniform.rvs(z - 0.25, 0.5, random_state=random)
y[5], y[6] = z[5] + 0.2501, z[6] - 0.2501
save("uniform", z, y, stats.uniform.logpdf(y, z - 0.25, 0.5))
