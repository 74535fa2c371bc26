#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draws what posterior_table has written:  plot_posterior_table.py table.json posterior_table.png

One row of panels for each problem, one panel for each number, one line for each solver: a full dot is the solver as it
is, a ring the solver with the equivariance penalty. The grey line is what as many exact samples give. Needs matplotlib.
"""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

PANELS = [  # key, title, logarithmic
    ("energy_distance", "energy distance (0)", True),
    ("mean_bias", "bias of the mean (0)", False),
    ("weight_error", "error of mode weights (0)", False),
    ("diversity", "diversity (1)", False),
    ("coverage_90", "coverage of 90% intervals (0.9)", False),
]
LEAST = 1e-3  # energy distances below it are noise


def main(table, picture):
    with open(table, encoding="utf-8") as file:
        problems = json.load(file)["problems"]
    figure, axes = plt.subplots(
        len(problems), len(PANELS), figsize=(3.1 * len(PANELS), 4.6 * len(problems)), squeeze=False, sharey="row"
    )
    for line, problem in zip(axes, problems):
        rows = [r for r in problem["rows"] if "failure" not in r]
        plain = {r["solver"]: r for r in rows if r["penalty"] == "none"}
        penalised = {r["solver"]: r for r in rows if r["penalty"] == "hflip"}
        draws = plain.pop("draws")
        plain.pop("unconditional", None)  # so far off that the others would lie on top of each other
        names = list(plain)
        for axis, (key, title, logarithmic) in zip(line, PANELS):
            value = (lambda r: max(r[key], LEAST)) if logarithmic else (lambda r: r[key])
            for i, name in enumerate(names):
                axis.axhline(i, color="0.92", linewidth=0.8, zorder=0)
                if name in penalised:
                    ends = [value(plain[name]), value(penalised[name])]
                    axis.plot(ends, [i, i], color="C1", linewidth=1, zorder=1)
                    axis.plot(ends[1], i, "o", color="C1", markerfacecolor="white", markersize=6, zorder=2)
                axis.plot(value(plain[name]), i, "o", color="C0", markersize=5, zorder=3)
            axis.axvline(value(draws), color="0.5", linewidth=1)
            if logarithmic:
                axis.set_xscale("log")
            axis.set_title(title, fontsize=9)
            axis.tick_params(labelsize=8)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
        line[0].set_yticks(range(len(names)), [plain[n]["title"] for n in names])
        line[0].set_ylim(len(names) - 0.5, -0.5)
        line[0].set_ylabel(problem["title"], fontsize=10)
    handles = [
        plt.Line2D([], [], marker="o", color="C0", linestyle="", markersize=5, label="the solver"),
        plt.Line2D([], [], marker="o", color="C1", markerfacecolor="white", markersize=6, label="with EquiReg, hflip"),
        plt.Line2D([], [], color="0.5", label="exact samples, as many"),
    ]
    figure.legend(handles=handles, loc="upper center", ncol=3, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.4 / (4.6 * len(problems))))
    figure.savefig(picture, dpi=90)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
