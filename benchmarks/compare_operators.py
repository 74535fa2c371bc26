#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measurement operators, their adjoints, and a DPS step without its network: equireg against PyTorch, in turns.

    /usr/bin/python3 benchmarks/compare_operators.py build/release/benchmarks/operator_benchmark

Needs torch, numpy and scipy. One sample in float, 3 x 256 x 256 unless operator_benchmark has another shape for a row.
Each operator is written for PyTorch in several forms:
  published    as the code of DPS has it: 61 x 61 convolution after padding, the resizer's gather and weighted sum;
               where no code is published, as PyTorch's manual would
  others       dense matrices, separable convolution, FFT, ...: what a user would try who wants it fast
The published form is run as DPS runs it: recorded for autograd, whose backward pass (timed without the forward pass) is
the adjoint. The others are not recorded, and their adjoint is also written by hand where that is easy. In the rows
dps_outside/... published is autograd through the operator and the norm, then the update by plain arithmetic; "by hand"
is under no_grad and in place. The network itself costs nothing on either side: both are handed x0. The identity has no
target: nothing is computed, and a copy is a copy.

First each form is checked: on the arrays that `operator_benchmark --write` stores it must return what equireg returns.
Then rounds: in each, every form of PyTorch (in a process that stays) and equireg (in one of its own) take turns.
The table gives the medians over rounds of a call's time, and how many times faster equireg is than the published form
and than the fastest: medians of the rounds' ratios. A row fails where the ratio of the rule is below the target. On a
machine that is not quiet use --statistic least, which compares the least time of either side, and more rounds.
"""
import argparse
import fnmatch
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TARGETS = {"forward": 2, "adjoint": 2, "dps_outside/box_inpainting": 5, "dps_outside/bicubic_x4": 15,
           "dps_outside/gaussian_blur": 15}
TOLERANCE = 2e-5  # relative, in the Euclidean norm: float32 and sums of up to 3721 terms in another order
# grid_sample takes positions on [-1, 1] in float: an error of 8e-6 pixels.
TOLERANCES = {"tomography_180": 1e-4, "tomography_60": 1e-4}


def target_of(row):
    return 0 if row.endswith("/identity") else TARGETS.get(row, TARGETS.get(row.split("/")[0]))


# ---- PyTorch: {form: (forward, adjoint or None)}, the published form first; one function for each operator ----

def identity(torch, data):
    return {"clone": (lambda x: x.clone(), lambda v: v.clone())}


def masked(torch, data):
    mask = data["mask"]
    full = mask.expand(1, 3, 256, 256).contiguous()
    return {"published (shared mask)": (lambda x: x * mask, lambda v: v * mask),
            "full mask": (lambda x: x * full, lambda v: v * full)}


def resized(torch, data, factor=4, size=256):
    """Keys' cubic, stretched; borders repeat their edge."""
    def keys(t):
        t = abs(t)
        return ((1.5 * t - 2.5) * t * t + 1 if t <= 1 else ((-0.5 * t + 2.5) * t - 4) * t + 2) if t <= 2 else 0.0

    taps = 4 * factor
    first = [factor * i + factor // 2 - taps // 2 for i in range(size // factor)]
    weights = torch.tensor([keys(((factor - 1) / 2 - first[0] - k) / factor) for k in range(taps)])
    weights = weights / weights.sum()
    mirror = list(range(size)) + list(reversed(range(size)))
    reads = torch.tensor([[mirror[(f + k) % (2 * size)] for f in first] for k in range(taps)])  # (taps, outputs)
    column = weights.reshape(taps, 1, 1, 1, 1)
    matrix = torch.zeros(size // factor, size)
    for i in range(size // factor):
        for k in range(taps):
            matrix[i, reads[k, i]] += weights[k]
    transposed = matrix.t().contiguous()
    pad = -first[0]
    padded = torch.tensor([mirror[j % (2 * size)] for j in range(-pad, size + pad)])
    down, across = weights.reshape(1, 1, taps, 1), weights.reshape(1, 1, 1, taps)

    def published(x):
        for axis in (2, 3):
            x = x.transpose(axis, 0)
            x = (x[reads] * column).sum(0)
            x = x.transpose(axis, 0)
        return x

    def strided(x):
        x = x.reshape(3, 1, size, size).index_select(2, padded)
        x = torch.nn.functional.conv2d(x, down, stride=(factor, 1)).index_select(3, padded)
        return torch.nn.functional.conv2d(x, across, stride=(1, factor)).reshape(1, 3, size // factor, size // factor)

    return {"published (gather, sum)": (published, None),
            "matrices": (lambda x: matrix @ x @ transposed, lambda v: transposed @ v @ matrix),
            "strided convolution": (strided, None)}


def averaged(torch, data):
    f = torch.nn.functional
    def repeated(v):
        return (v / 16)[:, :, :, None, :, None].expand(1, 3, 64, 4, 64, 4).reshape(1, 3, 256, 256)

    return {"avg_pool2d": (lambda x: f.avg_pool2d(x, 4),
                           lambda v: f.interpolate(v / 16, scale_factor=4, mode="nearest")),
            "mean of a view": (lambda x: x.view(1, 3, 64, 4, 64, 4).mean((3, 5)), repeated)}


def gaussian_blurred(torch, data):
    """61 x 61, sigma 3, cut at 12 pixels, borders reflected."""
    f = torch.nn.functional
    line = torch.exp(-0.5 * (torch.arange(-12, 13, dtype=torch.float64) / 3) ** 2)
    line = line / line.sum()
    square = torch.zeros(61, 61, dtype=torch.float64)
    square[18:43, 18:43] = line[:, None] * line
    square = square.float().expand(3, 1, 61, 61).contiguous()
    index = torch.arange(256)
    matrix = torch.zeros(256, 256, dtype=torch.float64)
    for k in range(-12, 13):
        read = (index + k).abs()
        read = torch.where(read > 255, 510 - read, read)
        matrix[index, read] += line[k + 12]
    matrix = matrix.float()
    transposed = matrix.t().contiguous()
    line = line.float()
    wrapped = torch.zeros(280, dtype=torch.float32)  # 256 and 12 on either side
    wrapped[(torch.arange(-12, 13)) % 280] = line
    transfer = torch.fft.rfft2(wrapped[:, None] * wrapped).real.contiguous()
    down, across = line.reshape(1, 1, 25, 1), line.reshape(1, 1, 1, 25)

    def separable(x):
        x = f.pad(x.reshape(3, 1, 256, 256), (12, 12, 12, 12), mode="reflect")
        return f.conv2d(f.conv2d(x, down), across).reshape(1, 3, 256, 256)

    def fourier(x):
        x = f.pad(x, (12, 12, 12, 12), mode="reflect")
        return torch.fft.irfft2(torch.fft.rfft2(x) * transfer, s=(280, 280))[..., 12:268, 12:268]

    def published(x):
        return f.conv2d(f.pad(x, (30, 30, 30, 30), mode="reflect"), square, groups=3)

    return {"published (61 x 61)": (published, None),
            "separable": (separable, None),
            "FFT": (fourier, None),
            "matrices": (lambda x: matrix @ x @ transposed, lambda v: transposed @ v @ matrix)}


def motion_blurred(torch, data):
    """A convolution with data["kernel"], an odd square with its centre in the middle, borders reflected."""
    f = torch.nn.functional
    side = data["kernel"].shape[3]
    around = (side // 2,) * 4
    flipped = data["kernel"].flip(2, 3)
    square = flipped.expand(3, 1, side, side).contiguous()
    whole = f.pad(square, ((61 - side) // 2,) * 4)
    transfer = torch.fft.rfft2(f.pad(data["kernel"], (0, 255, 0, 255)))

    def published(x):
        return f.conv2d(f.pad(x, (30, 30, 30, 30), mode="reflect"), whole, groups=3)

    def cut(x):
        return f.conv2d(f.pad(x, around, mode="reflect"), square, groups=3)

    def fourier(x):
        x = torch.fft.rfft2(f.pad(x, around, mode="reflect")) * transfer
        return torch.fft.irfft2(x, s=(255 + side, 255 + side))[..., side - 1:, side - 1:]

    return {"published (61 x 61)": (published, None), "without zeros around": (cut, None), "FFT": (fourier, None)}


def grey(torch, data):
    weights = [0.4472 * 0.66851, 0.8781 * 0.66851, 0.1706 * 0.66851]
    column = torch.tensor(weights).reshape(1, 3, 1, 1)
    return {"weighted sum": (lambda x: (x * column).sum(1, keepdim=True), lambda v: v * column),
            "1 x 1 convolution": (lambda x: torch.nn.functional.conv2d(x, column), None)}


def high_dynamic_range(torch, data):
    return {"published (clip)": (lambda x: torch.clip(x * 2, -1, 1), None)}


def phase_retrieved(torch, data):
    """Oversampled twice: 64 zeros on each side; amplitudes of the unitary transform, the zero frequency centred."""
    f = torch.nn.functional

    def published(x):
        u = f.pad(x * 0.5 + 0.5, (64, 64, 64, 64))
        u = torch.fft.ifftshift(u, dim=(-2, -1))
        u = torch.fft.fftn(torch.view_as_complex(torch.stack((u, torch.zeros_like(u)), -1)), dim=(-2, -1), norm="ortho")
        return torch.fft.fftshift(u, dim=(-2, -1)).abs()

    def real(x):
        u = torch.fft.fft2(x * 0.5 + 0.5, s=(384, 384), norm="ortho").abs()
        return torch.fft.fftshift(u, dim=(-2, -1))

    return {"published (complex, shifted)": (published, None), "in the corner": (real, None)}


def fourier_sampled(torch, data):
    """The centred unitary transform of real images, masked; real and imaginary parts are neighbouring channels."""
    mask = data["mask"]
    plane = (-2, -1)

    def published(x):
        z = torch.fft.fftshift(torch.fft.fft2(torch.fft.ifftshift(x, dim=plane), norm="ortho"), dim=plane) * mask
        return torch.view_as_real(z).permute(0, 1, 4, 2, 3).reshape(1, 6, 256, 256)

    def adjoint(v):
        z = torch.view_as_complex((v * mask).reshape(1, 3, 2, 256, 256).permute(0, 1, 3, 4, 2).contiguous())
        return torch.fft.fftshift(torch.fft.ifft2(torch.fft.ifftshift(z, dim=plane), norm="ortho"), dim=plane).real

    return {"published (shifted)": (published, adjoint)}


def walsh_hadamard_sampled(torch, data):
    """Some coefficients of the orthonormal Walsh-Hadamard transform of each channel, in natural order."""
    kept = data["kept"].flatten().long()
    hadamard = torch.ones(1, 1)
    for _ in range(8):
        hadamard = torch.cat((torch.cat((hadamard, hadamard), 1), torch.cat((hadamard, -hadamard), 1)), 0)
    hadamard = hadamard / 16

    def transformed(x):
        h, n = 1, 65536
        while h < n:
            x = x.reshape(3, n // (2 * h), 2, h)
            x = torch.stack((x[:, :, 0] + x[:, :, 1], x[:, :, 0] - x[:, :, 1]), 2)
            h *= 2
        return x.reshape(3, n) / 256

    def spread(v):
        return torch.zeros(3, 65536).index_copy_(1, kept, v.reshape(3, -1))

    return {"published (log n steps)": (lambda x: transformed(x)[:, kept].reshape(1, 3, 1, -1),
                                        lambda v: transformed(spread(v)).reshape(1, 3, 256, 256)),
            "matrices": (lambda x: (hadamard @ x @ hadamard).reshape(3, -1)[:, kept].reshape(1, 3, 1, -1),
                         lambda v: hadamard @ spread(v).reshape(1, 3, 256, 256) @ hadamard)}


# Of even planes the centred transform is a plain one between two checkerboards of 1 and -1.

def checkerboard(torch):
    signs = 1.0 - 2 * (torch.arange(256) % 2)
    return signs[:, None] * signs


def centred(torch, transform, z):
    z = torch.fft.ifftshift(z, dim=(-2, -1))
    return torch.fft.fftshift(transform(z, norm="ortho"), dim=(-2, -1))


def complex_of(torch, pairs):
    """Neighbouring channels to complex numbers."""
    b, c, h, w = pairs.shape
    return torch.view_as_complex(pairs.reshape(b, c // 2, 2, h, w).permute(0, 1, 3, 4, 2).contiguous())


def pairs_of(torch, z):
    b, c, h, w = z.shape
    return torch.view_as_real(z).permute(0, 1, 4, 2, 3).reshape(b, 2 * c, h, w)


def fourier_sampled_complex(torch, data):
    mask, signs = data["mask"], checkerboard(torch)
    of_spectrum = mask * signs

    def published(x):
        return pairs_of(torch, centred(torch, torch.fft.fft2, complex_of(torch, x)) * mask)

    def adjoint(v):
        return pairs_of(torch, centred(torch, torch.fft.ifft2, complex_of(torch, v * mask)))

    def signed(x):
        return pairs_of(torch, torch.fft.fft2(complex_of(torch, x * signs), norm="ortho") * of_spectrum)

    def signed_adjoint(v):
        return pairs_of(torch, torch.fft.ifft2(complex_of(torch, v * of_spectrum), norm="ortho") * signs)

    return {"published (shifted)": (published, adjoint), "signs for shifts": (signed, signed_adjoint)}


def mri(torch, data):
    """Coil maps, the centred unitary transform, a mask of lines."""
    mask, maps, signs = data["mask"], complex_of(torch, data["maps"]), checkerboard(torch)
    signed_maps, of_spectrum = maps * signs, mask * signs
    conjugate, signed_conjugate = maps.conj().resolve_conj(), signed_maps.conj().resolve_conj()

    def published(x):
        return pairs_of(torch, centred(torch, torch.fft.fft2, complex_of(torch, x) * maps) * mask)

    def adjoint(v):
        z = centred(torch, torch.fft.ifft2, complex_of(torch, v) * mask)
        return pairs_of(torch, (z * conjugate).sum(1, keepdim=True))

    def signed(x):
        return pairs_of(torch, torch.fft.fft2(complex_of(torch, x) * signed_maps, norm="ortho") * of_spectrum)

    def signed_adjoint(v):
        z = torch.fft.ifft2(complex_of(torch, v) * of_spectrum, norm="ortho")
        return pairs_of(torch, (z * signed_conjugate).sum(1, keepdim=True))

    return {"published (shifted)": (published, adjoint), "signs for shifts": (signed, signed_adjoint)}


def coded_diffraction(torch, data):
    """Amplitudes of the centred unitary transform behind four complex masks."""
    masks = complex_of(torch, data["masks"]).reshape(1, 1, 4, 256, 256)
    signed = masks * checkerboard(torch)

    def published(x):
        return centred(torch, torch.fft.fft2, x[:, :, None] * masks).abs().reshape(1, 12, 256, 256)

    def unshifted(x):
        return torch.fft.fft2(x[:, :, None] * signed, norm="ortho").abs().reshape(1, 12, 256, 256)

    return {"published (shifted)": (published, None), "signs for shifts": (unshifted, None)}


def clipped(torch, data):
    return {"published (clip)": (lambda x: torch.clip(x, -1, 1), None)}


def quantised(torch, data):
    """256 levels on [-1, 1], gradients straight through in that range."""
    def rounded(x):
        return ((x + 1) * 127.5).clamp(0, 255).round() * (2 / 255) - 1

    def published(x):
        c = torch.clamp(x, -1, 1)
        return c + (rounded(x) - c).detach()

    return {"published (straight through)": (published, lambda v: v * (data["x"].abs() <= 1))}


def gamma_blurred(torch, data):
    """Light is blurred, as gaussian_blurred does it."""
    def of_light(blur):
        def forward(x):
            u = ((torch.clamp(x, -1, 1) + 1) / 2).clamp(min=1e-3)
            return 2 * blur(u ** 2.2).clamp(min=1e-3 ** 2.2) ** (1 / 2.2) - 1
        return forward

    return {form: (of_light(blur), None) for form, (blur, _) in gaussian_blurred(torch, data).items()}


def strided_blurred(torch, data, stride=4, size=256):
    """Circular convolution with data["kernel"], an odd square; every fourth row and column is kept."""
    f = torch.nn.functional
    side = data["kernel"].shape[3]
    radius, kept = side // 2, size // stride
    flipped = data["kernel"].flip(2, 3).expand(3, 1, side, side).contiguous()
    placed = torch.roll(f.pad(data["kernel"], (0, size - side, 0, size - side)), (-radius, -radius), (2, 3))
    transfer = torch.fft.fft2(placed)

    def published(x):
        y = f.conv2d(f.pad(x, (radius,) * 4, mode="circular"), flipped, groups=3)
        return y[..., ::stride, ::stride]

    def strided(x):
        return f.conv2d(f.pad(x, (radius,) * 4, mode="circular"), flipped, groups=3, stride=stride)

    def aliased(x):
        z = (torch.fft.fft2(x) * transfer).reshape(1, 3, stride, kept, stride, kept)
        return torch.fft.ifft2(z.mean((2, 4))).real

    return {"published (blur, then every fourth)": (published, None), "strided convolution": (strided, None),
            "FFT": (aliased, None)}


def spatially_varying_blurred(torch, data):
    """sum_l weight_l (kernel_l * x): nine kernels of 61 x 61, borders reflected."""
    f = torch.nn.functional
    kernels = torch.cat([data[f"kernel{l}"] for l in range(9)])  # (9, 1, 61, 61)
    weights = torch.cat([data[f"weight{l}"] for l in range(9)], 1)  # (1, 9, 256, 256)
    flipped = kernels.flip(2, 3).contiguous()
    transfer = torch.fft.rfft2(f.pad(kernels[:, 0], (0, 255, 0, 255)))

    def published(x):
        x = f.pad(x, (30,) * 4, mode="reflect")
        return sum(weights[:, l] * f.conv2d(x, flipped[l].expand(3, 1, 61, 61), groups=3) for l in range(9))

    def fourier(x):
        x = torch.fft.rfft2(f.pad(x, (30,) * 4, mode="reflect"))[:, :, None] * transfer
        return (torch.fft.irfft2(x, s=(316, 316))[..., 60:, 60:] * weights).sum(2)

    return {"published (61 x 61 each)": (published, None), "FFT": (fourier, None)}


def stacked(torch, data):
    """Gaussian blur and bicubic super-resolution as one vector."""
    blurs, resizers = gaussian_blurred(torch, data), resized(torch, data)

    def both(blur, resize):
        return lambda x: torch.cat((blur(x).flatten(), resize(x).flatten())).reshape(1, 1, 1, -1)

    (blur, _), (resize, _) = next(iter(blurs.values())), next(iter(resizers.values()))
    (blur_fast, blur_back), (resize_fast, resize_back) = blurs["matrices"], resizers["matrices"]

    def adjoint(v):
        return blur_back(v[..., :196608].reshape(1, 3, 256, 256)) + resize_back(v[..., 196608:].reshape(1, 3, 64, 64))

    return {"published (both published)": (both(blur, resize), None),
            "matrices": (both(blur_fast, resize_fast), adjoint)}


def tomography(torch, data, views, size=256, detectors=364):
    """(angles, detectors): sums over points at steps of a pixel along each line, read bilinearly."""
    import math

    import numpy
    import scipy.sparse

    f = torch.nn.functional
    theta = numpy.arange(views)[:, None, None] * math.pi / views
    s = (numpy.arange(detectors) - (detectors - 1) / 2)[None, None, :]
    t = (numpy.arange(detectors) - (detectors - 1) / 2)[None, :, None]
    column = s * numpy.cos(theta) + t * numpy.sin(theta) + (size - 1) / 2
    row = -s * numpy.sin(theta) + t * numpy.cos(theta) + (size - 1) / 2
    grids = torch.from_numpy(numpy.stack(((2 * column + 1) / size - 1, (2 * row + 1) / size - 1), -1)).float()

    def rotated(x, grid):
        return f.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False).sum(2)

    def published(x):
        return torch.stack([rotated(x, grids[j:j + 1]) for j in range(views)], 2)

    def together(x):
        return rotated(x.expand(views, 3, size, size), grids).transpose(0, 1)[None]

    def sparse():
        left, top = numpy.floor(column).astype(numpy.int32), numpy.floor(row).astype(numpy.int32)
        right, below = column - left, row - top
        line = numpy.broadcast_to(numpy.arange(views)[:, None, None] * detectors
                                  + numpy.arange(detectors)[None, None, :], column.shape)
        total = scipy.sparse.csr_matrix((views * detectors, size * size), dtype=numpy.float32)
        for down, weight_down in ((0, 1 - below), (1, below)):
            for across, weight_across in ((0, 1 - right), (1, right)):
                i, j, w = top + down, left + across, weight_down * weight_across
                inside = (i >= 0) & (i < size) & (j >= 0) & (j < size)
                total = total + scipy.sparse.csr_matrix(
                    (w[inside].astype(numpy.float32), (line[inside], i[inside] * size + j[inside])), total.shape)
        return total

    def csr(m):
        return torch.sparse_csr_tensor(torch.from_numpy(m.indptr), torch.from_numpy(m.indices),
                                       torch.from_numpy(m.data), m.shape)

    matrix = sparse()
    matrices = {"v": csr(matrix.T.tocsr())} if "v" in data else {}
    matrices["x"] = csr(matrix)

    class by_matrix(torch.autograd.Function):  # PyTorch 1.13's own gradient of a large sparse product is wrong
        @staticmethod
        def forward(_, x):
            return (matrices["x"] @ x.reshape(3, -1).t().contiguous()).t().reshape(1, 3, views, detectors)

        @staticmethod
        def backward(_, v):
            return by_transpose(v)

    def by_transpose(v):
        return (matrices["v"] @ v.reshape(3, -1).t().contiguous()).t().reshape(1, 3, size, size)

    return {"published (rotate, sum)": (published, None), "all angles at once": (together, None),
            "sparse matrix": (by_matrix.apply, by_transpose)}


def born_scattering(torch, data, pixels=64, transmitters=20, receivers=180):
    """InverseBench's set-up, sensors and pixels centred, with fewer pixels and receivers."""
    side, radius, per_wavelength = 0.18, 1.6, 6
    dx = side / pixels
    k = 2 * torch.pi / (per_wavelength * dx)
    place = (torch.arange(pixels, dtype=torch.float64) - (pixels - 1) / 2) * dx

    def field(sensors):
        angle = torch.arange(sensors, dtype=torch.float64) * 2 * torch.pi / sensors
        x, y = radius * torch.cos(angle)[:, None, None], radius * torch.sin(angle)[:, None, None]
        r = k * torch.hypot(x - place[None, None, :], y - place[None, :, None])
        g = torch.complex(-torch.special.bessel_y0(r), torch.special.bessel_j0(r)) / 4
        return g.reshape(sensors, pixels * pixels)

    incident = ((dx * k) ** 2 * field(transmitters).conj()).to(torch.complex64).resolve_conj()
    received = field(receivers).to(torch.complex64)
    columns = received.t().contiguous()
    incident_back, received_back = incident.conj().resolve_conj(), received.conj().resolve_conj()
    shape = (1, 2, transmitters, receivers)

    def one_by_one(f):
        y = torch.stack([received @ (f.flatten() * u) for u in incident])
        return torch.view_as_real(y).permute(2, 0, 1).reshape(shape)

    def published(f):
        return torch.view_as_real((f.reshape(1, -1) * incident) @ columns).permute(2, 0, 1).reshape(shape)

    def adjoint(v):
        y = torch.complex(v[0, 0], v[0, 1])
        return (incident_back * (y @ received_back)).sum(0).real.reshape(1, 1, pixels, pixels)

    return {"published (product of matrices)": (published, adjoint), "each transmitter": (one_by_one, None)}


def interferometer(torch, data, size=64):
    """Visibilities; pixels are two microarcseconds wide, (u, v) = 0 at the image's centre."""
    pixel = 2 * torch.pi / 180 / 3600 * 1e-6
    u, v = data["baseline_u"].flatten().double(), data["baseline_v"].flatten().double()
    place = (torch.arange(size, dtype=torch.float64) - (size - 1) / 2) * pixel

    def factor(frequency, sign):
        return torch.exp(-2j * torch.pi * sign * frequency[:, None] * place)

    across, down = factor(u, 1), factor(v, -1)  # (baselines, pixels)
    matrix = (down[:, :, None] * across[:, None, :]).reshape(-1, size * size).to(torch.complex64)
    real = torch.cat((matrix.real, matrix.imag)).contiguous()
    real_back = real.t().contiguous()
    across, down = across.to(torch.complex64), down.to(torch.complex64)
    columns = torch.cat((across.real, across.imag)).t().contiguous()  # (pixels, 2 baselines)
    down_columns = down.t().contiguous()

    def published(x):
        return torch.view_as_real(matrix @ x.flatten().to(torch.complex64)).t().reshape(1, 2, 1, -1)

    def separable(x):
        lines = x.reshape(size, size) @ columns
        count = lines.shape[1] // 2
        y = (torch.complex(lines[:, :count], lines[:, count:]) * down_columns).sum(0)
        return torch.view_as_real(y).t().reshape(1, 2, 1, -1)

    return {"published (complex matrix)": (published, None),
            "real matrix": (lambda x: (real @ x.flatten()).reshape(1, 2, 1, -1),
                            lambda w: (real_back @ w.flatten()).reshape(1, 1, size, size)),
            "rows, then columns": (separable, None)}


def closure_quantities(torch, data):
    """Closure phases of triangles, then log closure amplitudes of quadrangles."""
    def terms(rows):
        return rows[0, 0].long(), rows[0, 1]

    def matrix(index, weight):
        return torch.zeros(index.shape[0], 421).scatter_add_(1, index, weight)

    (triangles, signs), (quadrangles, weights) = terms(data["triangles"]), terms(data["quadrangles"])
    phases, amplitudes = matrix(triangles, signs), matrix(quadrangles, weights)

    def published(v):
        z = torch.complex(v[0, 0, 0], v[0, 1, 0])
        sides = z[triangles]
        sides = torch.where(signs > 0, sides, sides.conj())
        a = z[quadrangles].abs()
        log_a = torch.log(a[:, 0] * a[:, 1] / (a[:, 2] * a[:, 3]))
        return torch.cat((torch.angle(sides.prod(1)), log_a)).reshape(1, 1, 1, -1)

    def logarithms(v):
        z = torch.complex(v[0, 0, 0], v[0, 1, 0])
        p = phases @ torch.angle(z)
        p = p - 2 * torch.pi * torch.round(p / (2 * torch.pi))
        return torch.cat((p, amplitudes @ torch.log(z.abs()))).reshape(1, 1, 1, -1)

    return {"published (products)": (published, None), "matrices of logarithms": (logarithms, None)}


OPERATORS = {
    "identity": identity,
    "box_inpainting": masked,
    "random_inpainting": masked,
    "bicubic_x4": resized,
    "average_x4": averaged,
    "gaussian_blur": gaussian_blurred,
    "motion_blur": motion_blurred,
    "colourisation": grey,
    "high_dynamic_range": high_dynamic_range,
    "phase_retrieval": phase_retrieved,
    "fourier_sampling": fourier_sampled,
    "compressed_sensing": walsh_hadamard_sampled,
    "demosaicing": masked,
    "clipping": clipped,
    "quantisation": quantised,
    "gamma_blur": gamma_blurred,
    "strided_blur": strided_blurred,
    "spatially_varying_blur": spatially_varying_blurred,
    "stacked": stacked,
    "fourier_sampling_complex": fourier_sampled_complex,
    "mri": mri,
    "coded_diffraction": coded_diffraction,
    "tomography_180": lambda torch, data: tomography(torch, data, 180),
    "tomography_60": lambda torch, data: tomography(torch, data, 60),
    "born_scattering": born_scattering,
    "interferometer": interferometer,
    "closure_quantities": closure_quantities,
}


def forms_of(torch, row, data):
    """{form: call}: what a row times. call(noise) returns the row's output; only steps need noise, a function of x."""
    kind, name = row.split("/")
    operator = OPERATORS[name](torch, data)
    forms = {}
    for number, (form, (forward, adjoint)) in enumerate(operator.items()):
        if kind == "forward":
            x = data["x"].clone().requires_grad_(number == 0)
            forms[form + (", recorded" if number == 0 else "")] = lambda noise, forward=forward, x=x: forward(x)
            if number == 0:
                forms[form] = lambda noise, forward=forward: forward(data["x"])
        elif kind == "adjoint":
            x = data["x"].clone().requires_grad_(True)
            y = forward(x)
            forms[form + ", autograd"] = lambda noise, x=x, y=y: torch.autograd.grad(y, x, data["v"],
                                                                                     retain_graph=True)[0]
            if adjoint:
                forms[form + ", by hand"] = lambda noise, adjoint=adjoint: adjoint(data["v"])
        else:
            forms[form + ", autograd"] = lambda noise, forward=forward: step_by_autograd(torch, data, forward, noise)
            if adjoint:
                forms[form + ", by hand"] = lambda noise, forward=forward, adjoint=adjoint: step_by_hand(
                    torch, data, forward, adjoint, noise)
    return forms


def step_by_autograd(torch, data, forward, noise):
    of_x, of_x0, of_noise, zeta = data["numbers"]
    x = data["x"]
    x0 = data["x0"].detach().requires_grad_(True)
    distance = torch.linalg.norm(data["y"] - forward(x0))
    gradient = torch.autograd.grad(distance, x0)[0]
    sample = of_x * x + of_x0 * x0.detach() + of_noise * noise(x)
    return sample - zeta * gradient


def step_by_hand(torch, data, forward, adjoint, noise):
    of_x, of_x0, of_noise, zeta = data["numbers"]
    with torch.no_grad():
        residual = data["y"] - forward(data["x0"])
        direction = adjoint(residual)
        sample = noise(data["x"]).mul_(of_noise)
        sample.add_(data["x"], alpha=of_x).add_(data["x0"], alpha=of_x0)
        return sample.addcmul_(direction, zeta / torch.linalg.norm(residual))


# ---- the process that holds PyTorch: a row's name on each line of its input, the times of its forms as JSON back ----

def worker(folder, threads, seconds):
    import warnings

    import numpy
    import torch

    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    torch.set_num_threads(threads)
    known = {}

    def prepare(row):
        start = os.path.join(folder, row.replace("/", "-") + "-")
        data = {path[len(start):-4]: torch.from_numpy(numpy.load(path)) for path in sorted(glob.glob(start + "*.npy"))}
        if "coefficients" in data:
            data["numbers"] = data["coefficients"].flatten().tolist()
        forms = forms_of(torch, row, data)
        for form, call in forms.items():
            out = call(lambda x: data["z"].clone()).detach().double()
            expected = data["out"].double()
            assert out.shape == expected.shape, f"{row}, {form}: shape {tuple(out.shape)}, not {tuple(expected.shape)}"
            error = float((out - expected).norm() / expected.norm())
            tolerance = TOLERANCES.get(row.split("/")[1], TOLERANCE)
            assert error < tolerance, f"{row}: PyTorch's form '{form}' differs from equireg by {error:.1e}"
        return forms

    for line in sys.stdin:
        row = line.strip()
        if row not in known:
            known[row] = prepare(row)
        times = {}
        for form, call in known[row].items():
            for _ in range(3):
                call(torch.randn_like)
            samples, end = [], time.perf_counter() + seconds
            while time.perf_counter() < end or len(samples) < 5:
                begin = time.perf_counter()
                call(torch.randn_like)
                samples.append(time.perf_counter() - begin)
            times[form] = {"median": statistics.median(samples) * 1e6, "least": min(samples) * 1e6}
        print(json.dumps(times), flush=True)


def equireg_time(program, row, seconds, environment):
    out = subprocess.run([program, f"--benchmark_filter=^{row}(/|$)", "--benchmark_format=json",
                          f"--benchmark_min_time={seconds}"], check=True, capture_output=True, text=True,
                         env=environment).stdout
    found = json.loads(out)["benchmarks"]
    assert len(found) == 1, f"{program} has {len(found)} benchmarks for {row}"
    return {"median": found[0]["median_us"], "least": found[0]["least_us"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the built operator_benchmark")
    parser.add_argument("--rows", default="*", help="only rows that match, as in forward/*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each form in each round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--statistic", choices=["median", "least"], default="median")
    parser.add_argument("--rule", choices=["published", "fastest"], default="published",
                        help="which form targets count against")
    parser.add_argument("--forms", action="store_true", help="also print each form of PyTorch")
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.program, arguments.threads, arguments.seconds)
        return

    # PyTorch at its best here: its own BLAS pool off, no fixed kernel, large blocks kept by malloc.
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["OMP_NUM_THREADS"] = str(arguments.threads)
    torch_environment = dict(environment, OPENBLAS_NUM_THREADS="1", MALLOC_MMAP_THRESHOLD_="1073741824",
                             MALLOC_TRIM_THRESHOLD_="2147483647", MALLOC_TOP_PAD_="268435456")
    listed = subprocess.run([arguments.program, "--benchmark_list_tests"], check=True, capture_output=True, text=True,
                            env=environment).stdout.split()
    rows = [name.removesuffix("/manual_time") for name in listed]
    for row in rows:
        if row.split("/")[1] not in OPERATORS:
            print(f"not raced, for compare_operators.py has no form of it: {row}")
    rows = [r for r in rows if r.split("/")[1] in OPERATORS and fnmatch.fnmatch(r, arguments.rows)]

    pick = arguments.statistic
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.program, "--write", folder], check=True, env=environment)
        with subprocess.Popen([sys.executable, __file__, folder, "--worker", "--threads", str(arguments.threads),
                               "--seconds", str(arguments.seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, env=torch_environment) as torch_process:
            def torch_times(row):
                print(row, file=torch_process.stdin, flush=True)
                answer = torch_process.stdout.readline()
                if not answer:
                    sys.exit("the process that runs PyTorch has ended")
                return {form: times[pick] for form, times in json.loads(answer).items()}

            measured = {row: [] for row in rows}
            for _ in range(arguments.rounds):
                for row in rows:
                    measured[row].append((torch_times(row), equireg_time(arguments.program, row, arguments.seconds,
                                                                         environment)[pick]))
            torch_process.stdin.close()

    def times_faster(turns, form):
        if pick == "least":
            return min(torch[form] for torch, _ in turns) / min(time for _, time in turns)
        return statistics.median(torch[form] / time for torch, time in turns)

    over_rounds = min if pick == "least" else statistics.median
    figures, failed = [], []
    print(f"{'us a call':30} {'equireg':>9} {'published':>10} {'fastest':>9} {'x published':>12} {'x fastest':>10}"
          f" {'target':>7}  fastest form")
    for row, turns in measured.items():
        forms = {form: over_rounds(torch[form] for torch, _ in turns) for form in turns[0][0]}
        published, fastest = next(iter(forms)), min(forms, key=forms.get)
        ours = over_rounds(time for _, time in turns)
        ratio = {"published": times_faster(turns, published), "fastest": times_faster(turns, fastest)}
        target = target_of(row)
        passed = ratio[arguments.rule] >= target
        if not passed:
            failed.append(row)
        figures.append({"row": row, "threads": arguments.threads, "statistic": pick, "equireg_us": ours,
                        "torch_us": forms, "published": published, "fastest": fastest,
                        "times_published": ratio["published"], "times_fastest": ratio["fastest"], "target": target})
        print(f"{row:30} {ours:9.1f} {forms[published]:10.1f} {forms[fastest]:9.1f} {ratio['published']:12.1f}"
              f" {ratio['fastest']:10.1f} {target:6}{' ' if passed else '!'}  {fastest}", flush=True)
        if arguments.forms:
            for form, us in forms.items():
                print(f"{'':30} {'':9} {us:10.1f}  {form}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    if failed:
        sys.exit(f"below the target against PyTorch's {arguments.rule} form: {', '.join(failed)}")


if __name__ == "__main__":
    main()
