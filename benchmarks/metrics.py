"""Feature statistics and the matrix square root beside torch-fidelity's, on the same features.

    python benchmarks/metrics.py                      10,000 × 2,048, as FID
    python benchmarks/metrics.py --rows 2000 --dimensions 512
    python benchmarks/metrics.py --only KID           one line of the table
    python benchmarks/metrics.py --wall               all threads, wall clock; else CPU seconds of one
    python benchmarks/metrics.py --pins               also prdc's published pin (a minute)

Both get the same float64 arrays; they run by turns in this process, the best of --rounds counts.
Peak memory is what the process held above the arrays themselves (Linux only). The ratio is
torch-fidelity over ours: above 1 is faster, or smaller (less than 1 MB counts as 1).
"""

from __future__ import annotations

import argparse
import sys
import time
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from znak.metrics.features import Features
from znak.metrics.frechet import fit_gaussian, measure_distance
from znak.metrics.inception_score import score_splits
from znak.metrics.kernel import measure_kernel
from znak.metrics.manifold import count_in_balls


def load_fidelity() -> Any:
    """Return torch-fidelity's metric modules; empty ones stand in for an unfit torchvision."""
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError):
        for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("", ".datasets", ".transforms", ".transforms.functional"):
            sys.modules[f"torchvision{name}"] = types.ModuleType(f"torchvision{name}")
        for name in ("CIFAR10", "CIFAR100", "STL10"):
            setattr(sys.modules["torchvision.datasets"], name, type(name, (), {}))
        sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]  # type: ignore[attr-defined]
        sys.modules["torchvision.transforms"].functional = sys.modules[  # type: ignore[attr-defined]
            "torchvision.transforms.functional"
        ]
    return {name: import_module(f"torch_fidelity.metric_{name}") for name in ("fid", "kid", "isc")}


def read_memory(field: str) -> int:
    """Return bytes of a field of /proc/self/status; 0 where there is none."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    lines = status.read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


def reset_peak() -> None:
    """Make the peak start anew at what is held now."""
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5")


def measure(
    works: list[Callable[[], Any]], rounds: int, clock: Callable[[], float]
) -> list[tuple[float, float, Any]]:
    """Return of each work the best seconds, the least peak MB above its start, and its result."""
    found: list[tuple[float, float, Any]] = [(float("inf"), float("inf"), None) for _ in works]
    for _ in range(rounds):  # by turns: what else the machine does meets both
        for i, work in enumerate(works):
            reset_peak()
            before = read_memory("VmRSS")
            began = clock()
            result = work()
            best = min(found[i][0], clock() - began)
            peak = min(found[i][1], (read_memory("VmHWM") - before) / 1e6)
            found[i] = best, peak, result
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=2_048)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--pins", action="store_true")
    parser.add_argument("--only", default="", help="what a line begins with")
    parser.add_argument("--wall", action="store_true", help="all threads, wall clock")
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.process_time
    if not options.wall:
        torch.set_num_threads(1)
        threadpool_limits(1)
    fidelity = load_fidelity()
    rng = np.random.default_rng(0)
    d = options.dimensions
    mix = rng.standard_normal((d, d)) / d**0.5
    x = np.abs(rng.standard_normal((options.rows, d)) @ mix)
    y = np.abs(rng.standard_normal((options.rows, d)) @ mix * 1.1 + 0.05)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    statistics = fidelity["fid"].fid_features_to_statistics
    ours, theirs = [fit_gaussian([z]) for z in (x, y)], [statistics(z) for z in (tx, ty)]
    size, subsets = min(1000, options.rows), 10
    logits, t_logits = x[:, : min(d, 1008)], tx[:, : min(d, 1008)]
    kid = fidelity["kid"].kid_features_to_metric
    given: dict[str, Any] = {
        "kid_subsets": subsets,
        "kid_subset_size": size,
        "kid_kernel": "poly",
        "kid_kernel_poly_degree": 3,
        "kid_kernel_poly_gamma": None,
        "kid_kernel_poly_coef0": 1,
        "rng_seed": 0,
        "verbose": False,
    }
    plans: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        (
            "statistics of one set",
            lambda: fit_gaussian([x]).covariance,
            lambda: statistics(tx)["sigma"],
        ),
        (
            "distance, with the root",
            lambda: measure_distance(*ours),
            lambda: fidelity["fid"].fid_statistics_to_metric(*theirs, verbose=False)[
                "frechet_inception_distance"
            ],
        ),
        (
            f"KID, {subsets} subsets of {size}",
            lambda: (
                measure_kernel(
                    Features(x), Features(y), subsets=subsets, subset_size=size, replicates=0
                ).value
            ),
            lambda: kid(tx, ty, **given)["kernel_inception_distance_mean"],
        ),
        (
            "IS, 10 splits",
            lambda: score_splits(logits, 10).mean(),
            lambda: fidelity["isc"].isc_features_to_metric(t_logits, 10, False, 0)[
                "inception_score_mean"
            ],
        ),
    ]
    print(
        f"{options.rows:,} × {d:,} float64, {torch.get_num_threads()} threads for torch, numpy's own"
    )
    head = ("", "ours s", "peer s", "ratio", "ours MB", "peer MB", "ratio", "rel. difference")
    print("{:<26}{:>9}{:>9}{:>7}{:>9}{:>9}{:>7}{:>17}".format(*head))
    for name, own, peer in plans:
        if not name.startswith(options.only):
            continue
        (a, mb_a, value_a), (b, mb_b, value_b) = measure([own, peer], options.rounds, clock)
        gap = float(np.max(np.abs(value_a - value_b)) / np.max(np.abs(value_b)))
        ratio = mb_b / max(mb_a, 1.0)
        print(
            f"{name:<26}{a:>9.3f}{b:>9.3f}{b / a:>7.2f}{mb_a:>9.0f}{mb_b:>9.0f}{ratio:>7.2f}{gap:>17.1e}"
        )
    if options.pins:
        real, fake = (
            Features(np.random.default_rng(s).standard_normal((10_000, 1000))) for s in (0, 1)
        )
        means = count_in_balls(fake, real, 5).means()
        print(
            "two N(0, I) draws, n 10,000, d 1,000, k 5; prdc: .477 .471 1.056 .974; ours:", end=" "
        )
        print(" ".join(f"{value:.3f}" for value in means.values()))


if __name__ == "__main__":
    main()
