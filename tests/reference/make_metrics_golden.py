# SPDX-License-Identifier: BSD-3-Clause
"""Writes golden/metrics_*.npy: scores by SciPy, and by NumPy from their definitions, sums written out.

    /usr/bin/python3 tests/reference/make_metrics_golden.py        (Debian: python3-scipy)

The tests read the files; this script is run by hand when a case is added. It draws the same numbers on every machine:
NumPy's legacy generator is frozen.
"""
import pathlib

import numpy
from scipy import linalg, signal, stats

here = pathlib.Path(__file__).resolve().parent / "golden"
here.mkdir(exist_ok=True)
random = numpy.random.RandomState(20251124)


def save(name, array):
    numpy.save(here / f"metrics_{name}.npy", numpy.ascontiguousarray(array, dtype=numpy.float64))


# ---- multi-scale SSIM: images by a formula that the test repeats, so that no large array is stored -------------------
def images(batch, channels, height, width):
    b, c, i, j = numpy.meshgrid(*map(numpy.arange, (batch, channels, height, width)), indexing="ij")
    truth = 0.6 * numpy.sin(0.07 * i + 1.3 * c) * numpy.cos(0.05 * j + b) + 0.3 * numpy.sin(0.9 * i + 0.7 * j)
    noise = ((7 * i * i + 13 * j * j + i * j + 31 * b + 17 * c) % 101) / 101 - 0.5
    return truth, 0.9 * truth + (0.3 + 0.5 * b) * noise


def blur(image):
    taps = numpy.exp(-((numpy.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    window = numpy.outer(taps, taps)
    return signal.convolve2d(image, window / window.sum(), mode="valid")


def multiscale_ssim(x, y, weights=(0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
    product = 1.0
    for scale, weight in enumerate(weights):
        if scale > 0:
            h, w = x.shape[0] // 2, x.shape[1] // 2
            x, y = (z[: 2 * h, : 2 * w].reshape(h, 2, w, 2).mean(axis=(1, 3)) for z in (x, y))
        mx, my = blur(x), blur(y)
        vx, vy, vxy = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
        contrast = (2 * vxy + 0.03**2) / (vx + vy + 0.03**2)
        luminance = (2 * mx * my + 0.01**2) / (mx**2 + my**2 + 0.01**2)
        last = scale == len(weights) - 1
        product *= max(numpy.mean(contrast * luminance if last else contrast), 0) ** weight
    return product


truth, noisy = images(2, 2, 181, 190)
unit = lambda v: numpy.clip((v + 1) / 2, 0, 1)
save("multiscale_ssim", [numpy.mean([multiscale_ssim(unit(x), unit(y)) for x, y in zip(*pair)])
                         for pair in zip(noisy, truth)])

# ---- one-dimensional distances ---------------------------------------------------------------------------------------
x, y = random.standard_normal(13), 1.5 * random.standard_normal(20) + 0.4
save("line_x", x)
save("line_y", y)
grid = (numpy.arange(13 * 20) + 0.5) / (13 * 20)  # every quantile is constant between multiples of 1 / (13 * 20)
at = lambda v: numpy.sort(v)[(grid * len(v)).astype(int)]
save("line_distances", [stats.wasserstein_distance(x, y), numpy.mean((at(x) - at(y)) ** 2),
                        stats.energy_distance(x, y) ** 2])

# ---- ensembles -------------------------------------------------------------------------------------------------------
samples, target = random.standard_normal((2, 6, 1, 3, 4)), random.standard_normal((2, 1, 3, 4))
save("ensemble", samples.reshape(12, 1, 3, 4))
save("ensemble_truth", target)
distance = numpy.abs(samples - target[:, None]).mean(axis=1)
spread = numpy.abs(samples[:, :, None] - samples[:, None]).sum(axis=(1, 2))
length = lambda v: numpy.sqrt((v**2).sum(axis=(-3, -2, -1)))
far = length(samples - target[:, None]).mean(axis=1)
wide = length(samples[:, :, None] - samples[:, None]).sum(axis=(1, 2))
save("ensemble_scores", [(distance - spread / 72).mean(axis=(1, 2, 3)), (distance - spread / 60).mean(axis=(1, 2, 3)),
                         far - wide / 72, far - wide / 60, wide / 30, samples.std(axis=1, ddof=1).mean(axis=(1, 2, 3))])

# ---- features: Frechet distance by SciPy's root, discrepancies by their definitions ----------------------------------
mix = random.standard_normal((5, 5))
f, g = random.standard_normal((12, 5)) @ mix + 0.3, random.standard_normal((9, 5)) * [1, 2, 0.5, 1, 1]
save("features_f", f)
save("features_g", g)


def frechet(a, b):
    ca, cb = numpy.cov(a.T), numpy.cov(b.T)
    root = linalg.sqrtm(ca @ cb)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + numpy.trace(ca) + numpy.trace(cb) - 2 * numpy.trace(root).real


def discrepancy(kernel, a, b, biased):
    n, m = len(a), len(b)
    counts = lambda p, q, i, j: p is not q or biased or i != j
    k = lambda p, q: sum(kernel(u, v) for i, u in enumerate(p) for j, v in enumerate(q) if counts(p, q, i, j))
    pairs = lambda c: c * c if biased else c * (c - 1)
    return k(a, a) / pairs(n) + k(b, b) / pairs(m) - 2 * k(a, b) / (n * m)


def jackknife(kernel, a, b):
    variance = 0
    for without in (lambda i: (numpy.delete(a, i, 0), b), lambda i: (a, numpy.delete(b, i, 0))):
        count = len(a) if len(without(0)[0]) < len(a) else len(b)
        u = numpy.array([discrepancy(kernel, *without(i), False) for i in range(count)])
        variance += (count - 1) / count * ((u - u.mean()) ** 2).sum()
    return numpy.sqrt(variance)


pool = numpy.concatenate([f, g])
i, j = numpy.triu_indices(len(pool), 1)
median = numpy.median(numpy.linalg.norm(pool[i] - pool[j], axis=1))
gauss = lambda u, v: numpy.exp(-((u - v) ** 2).sum() / (2 * median**2))
five = lambda u, v: sum(numpy.exp(-((u - v) ** 2).sum() / (2 * (h * median) ** 2)) for h in (0.25, 0.5, 1, 2, 4))
cubic = lambda u, v: (u @ v / 5 + 1) ** 3
save("feature_distances", [frechet(f, g), frechet(f, g[:4]), median, discrepancy(gauss, f, g, False),
                           discrepancy(gauss, f, g, True), jackknife(gauss, f, g), discrepancy(five, f, g, False),
                           discrepancy(cubic, f, g, False), jackknife(cubic, f, g)])

# ---- chi-square and Kolmogorov: x, freedom, P(X > x); p, freedom, quantile; d, n, P(D_n > d) -------------------------
save("chi_square_tail", [[v, k, stats.chi2.sf(v, k)]
                         for k in (0.3, 1, 2, 7, 31, 400) for v in (1e-3, 0.5, 3, 20, 90, 450)])
save("chi_square_quantile", [[p, k, stats.chi2.ppf(p, k)]
                             for k in (0.7, 1, 9, 63) for p in (1e-6, 0.05, 0.5, 0.95, 0.9999)])
save("kolmogorov", [[d / n**0.5, n, stats.kstwo.sf(d / n**0.5, n)]
                    for n in (100, 4000) for d in (0.4, 0.8, 1.2, 1.6, 2)])

# ---- LPIPS over a small extractor that the test repeats --------------------------------------------------------------
x, y = random.uniform(-1, 1, (2, 2, 3, 6, 4))
y[1, :, 2, 1] = x[1, :, 2, 1]
save("lpips_x", x)
save("lpips_y", y)
shift, scale = numpy.array([-0.030, -0.088, -0.188]), numpy.array([0.458, 0.448, 0.450])


def layers(image):
    z = (image - shift[:, None, None]) / scale[:, None, None]
    first = numpy.maximum(numpy.stack([z[0], -z[1], z[2] - z[0], z[1] * z[2]]), 0)
    second = first[:2].reshape(2, 3, 2, 2, 2).mean(axis=(2, 4))
    return first, second


def lpips(p, q, weights):
    total = 0
    for u, v, w in zip(layers(p), layers(q), weights):
        u, v = (t / (numpy.sqrt((t**2).sum(axis=0)) + 1e-10) for t in (u, v))
        total += (numpy.array(w)[:, None, None] * (u - v) ** 2).sum(axis=0).mean()
    return total


save("lpips_value", [lpips(p, q, ([0.5, 1.25, 0, 2], [0.75, 3])) for p, q in zip(x, y)])
