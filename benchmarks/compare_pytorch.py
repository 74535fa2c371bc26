#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A DPS step on a Gaussian-mixture prior: equireg against PyTorch, in turns, on the same problem.

    /usr/bin/python3 benchmarks/compare_pytorch.py build/release/benchmarks/mixture_benchmark

Needs torch and numpy. The step is that of DDIM(1) with a mask operator on d = 784; PyTorch runs it two ways:
  autograd     the score is the gradient of the log density, differentiated again for the step
  closed_form  score and step written out by hand, under no_grad
and equireg its own. Each round runs all in turn, in processes of their own; the table gives medians over rounds and
the median of the rounds' ratios. Use --threads 1 for one core. Machine load of others is not controlled: a ratio
under 1.15 is noise.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

CASES = [("isotropic", 64, 1), ("isotropic", 64, 64), ("isotropic", 64, 1024), ("full", 64, 1), ("full", 64, 64)]
D = 784


def torch_times(covariance, components, batch, threads):
    """Seconds of a step, {way: seconds}, checked against each other in double first."""
    import torch

    torch.set_num_threads(threads)
    a_bar, a_bar_next = 0.3, 0.31
    alpha = a_bar / a_bar_next
    c0 = math.sqrt(a_bar_next) * (1 - alpha) / (1 - a_bar)
    cx = math.sqrt(alpha) * (1 - a_bar_next) / (1 - a_bar)
    cz = math.sqrt((1 - a_bar_next) / (1 - a_bar) * (1 - alpha))

    def make(k, dtype):
        g = torch.Generator().manual_seed(1)
        means = torch.randn(k, D, generator=g, dtype=torch.float64) * 0.5
        log_w = torch.log_softmax(torch.randn(k, generator=g, dtype=torch.float64), 0)
        if covariance == "isotropic":
            v = a_bar * torch.linspace(0.05, 0.2, k, dtype=torch.float64) + 1 - a_bar
            p = {"v": v, "log": log_w - 0.5 * D * torch.log(v)}
        else:
            basis = torch.linalg.qr(torch.randn(k, D, D, generator=g))[0].double()
            v = a_bar * (torch.rand(k, D, generator=g, dtype=torch.float64) * 0.5 + 0.01) + 1 - a_bar
            p = {"u": basis, "iv": 1 / v, "log": log_w - 0.5 * torch.log(v).sum(1)}
        p["m"] = math.sqrt(a_bar) * means
        p["mm"] = (p["m"] ** 2).sum(1)
        return {key: value.to(dtype) for key, value in p.items()}

    def logits(p, x):
        if covariance == "isotropic":
            return p["log"] - ((x * x).sum(1, keepdim=True) - 2 * x @ p["m"].T + p["mm"]) / (2 * p["v"])
        z = torch.matmul(x[None] - p["m"][:, None], p["u"])
        return (p["log"][:, None] - 0.5 * (z * z * p["iv"][:, None]).sum(-1)).T

    def finish(x, x0, gradient):
        return c0 * x0 + cx * x + cz * torch.randn_like(x) - 0.5 * gradient

    def autograd(p, x, y, mask):
        xt = x.clone().requires_grad_(True)
        score = torch.autograd.grad(torch.logsumexp(logits(p, xt), 1).sum(), xt, create_graph=True)[0]
        x0 = (xt + (1 - a_bar) * score) / math.sqrt(a_bar)
        gradient = torch.autograd.grad(torch.linalg.norm(y - x0 * mask, dim=1).sum(), xt)[0]
        with torch.no_grad():
            return gradient, finish(x, x0.detach(), gradient)

    def closed_form(p, x, y, mask):
        with torch.no_grad():
            if covariance == "isotropic":
                r = torch.softmax(logits(p, x), 1)
                rv = r / p["v"]
                score = rv @ p["m"] - rv.sum(1, keepdim=True) * x
            else:
                z = torch.matmul(x[None] - p["m"][:, None], p["u"])
                w = z * p["iv"][:, None]
                r = torch.softmax((p["log"][:, None] - 0.5 * (z * w).sum(-1)).T, 1)
                each = -torch.matmul(w, p["u"].transpose(1, 2))
                score = (r.T[:, :, None] * each).sum(0)
            x0 = (x + (1 - a_bar) * score) / math.sqrt(a_bar)
            residual = y - x0 * mask
            u = -(residual * mask) / torch.linalg.norm(residual, dim=1, keepdim=True)
            if covariance == "isotropic":
                gu = (u @ p["m"].T - (x * u).sum(1, keepdim=True)) / p["v"]
                q = r * gu / p["v"]
                hv = -rv.sum(1, keepdim=True) * u + q @ p["m"] - q.sum(1, keepdim=True) * x
            else:
                hu = torch.matmul(u[None].expand(components_now, -1, -1), p["u"]) * p["iv"][:, None]
                hu = -torch.matmul(hu, p["u"].transpose(1, 2))
                hv = (r.T[:, :, None] * (hu + (each * u[None]).sum(-1, keepdim=True) * each)).sum(0)
            hv = hv - (score * u).sum(1, keepdim=True) * score
            gradient = (u + (1 - a_bar) * hv) / math.sqrt(a_bar)
            return gradient, finish(x, x0, gradient)

    ways = {"autograd": autograd, "closed_form": closed_form}

    components_now = 4
    p = make(4, torch.float64)
    x = torch.randn(3, D, dtype=torch.float64)
    mask = (torch.rand(D) > 0.5).double()
    y = torch.randn(3, D, dtype=torch.float64) * mask
    reference = autograd(p, x, y, mask)[0]
    difference = float((closed_form(p, x, y, mask)[0] - reference).norm() / reference.norm())
    assert difference < 1e-10, f"the two ways differ by {difference}"

    components_now = components
    p = make(components, torch.float32)
    x = torch.randn(batch, D)
    mask = (torch.rand(D) > 0.5).float()
    y = torch.randn(batch, D) * mask
    result = {}
    for name, way in ways.items():
        for _ in range(3):
            way(p, x, y, mask)
        times, end = [], time.perf_counter() + 1.5
        while time.perf_counter() < end or len(times) < 5:
            start = time.perf_counter()
            way(p, x, y, mask)
            times.append(time.perf_counter() - start)
        result[name] = statistics.median(times)
    return result


def equireg_time(program, covariance, components, batch, environment):
    out = subprocess.run(
        [program, f"--benchmark_filter=^dps_step/{covariance}/{components}/{batch}(/|$)", "--benchmark_format=json",
         "--benchmark_min_time=1"], check=True, capture_output=True, text=True, env=environment).stdout
    found = [b for b in json.loads(out)["benchmarks"] if b.get("run_type") != "aggregate"]
    assert len(found) == 1, f"{program} has {len(found)} benchmarks for {covariance}/{components}/{batch}"
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}[found[0]["time_unit"]]
    return found[0]["real_time"] * scale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the built mixture_benchmark")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--torch-case", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch_case:
        covariance, components, batch = arguments.torch_case
        print(json.dumps(torch_times(covariance, int(components), int(batch), arguments.threads)))
        return

    # PyTorch at its best here: its own BLAS pool off, no fixed kernel, large blocks kept by malloc.
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["OMP_NUM_THREADS"] = str(arguments.threads)
    torch_environment = dict(environment, OPENBLAS_NUM_THREADS="1", MALLOC_MMAP_THRESHOLD_="1073741824",
                             MALLOC_TRIM_THRESHOLD_="2147483647", MALLOC_TOP_PAD_="268435456")
    rows = []
    print(f"{'case':24} {'equireg':>10} {'autograd':>10} {'closed form':>12} {'of autograd':>12} {'of closed':>10}")
    for covariance, components, batch in CASES:
        ours, autograd, closed = [], [], []
        for _ in range(arguments.rounds):
            out = subprocess.run([sys.executable, __file__, arguments.program, "--threads", str(arguments.threads),
                                  "--torch-case", covariance, str(components), str(batch)],
                                 check=True, capture_output=True, text=True, env=torch_environment).stdout
            times = json.loads(out)
            autograd.append(times["autograd"])
            closed.append(times["closed_form"])
            ours.append(equireg_time(arguments.program, covariance, components, batch, environment))
        of_autograd = statistics.median(o / t for o, t in zip(ours, autograd))
        of_closed = statistics.median(o / t for o, t in zip(ours, closed))
        rows.append({"covariance": covariance, "components": components, "batch": batch, "threads": arguments.threads,
                     "equireg_s": statistics.median(ours), "torch_autograd_s": statistics.median(autograd),
                     "torch_closed_form_s": statistics.median(closed), "of_autograd": of_autograd,
                     "of_closed_form": of_closed})
        print(f"{covariance + f' K={components} B={batch}':24} {rows[-1]['equireg_s'] * 1e3:8.3f}ms "
              f"{rows[-1]['torch_autograd_s'] * 1e3:8.3f}ms {rows[-1]['torch_closed_form_s'] * 1e3:10.3f}ms "
              f"{of_autograd:12.3f} {of_closed:10.3f}", flush=True)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
