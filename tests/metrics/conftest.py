"""The reference implementations, and one thread: faster for arrays this small."""

from __future__ import annotations

import importlib
import sys
import types
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def fidelity() -> Iterator[Any]:
    """torch-fidelity's metric functions.

    Its package imports torchvision for data sets that are not used here; where torchvision is
    missing or does not fit the installed torch, empty modules stand in.
    """
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("", ".datasets", ".transforms", ".transforms.functional"):
            sys.modules[f"torchvision{name}"] = types.ModuleType(f"torchvision{name}")
        datasets: Any = sys.modules["torchvision.datasets"]
        for name in ("CIFAR10", "CIFAR100", "STL10"):
            setattr(datasets, name, type(name, (), {}))
        whole: Any = sys.modules["torchvision"]
        whole.datasets = datasets
        whole.transforms = sys.modules["torchvision.transforms"]
        sys.modules["torchvision.transforms"].functional = sys.modules[  # type: ignore[attr-defined]
            "torchvision.transforms.functional"
        ]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield types.SimpleNamespace(
                fid=importlib.import_module("torch_fidelity.metric_fid"),
                kid=importlib.import_module("torch_fidelity.metric_kid"),
                isc=importlib.import_module("torch_fidelity.metric_isc"),
            )
    except ModuleNotFoundError as error:
        pytest.skip(f"SKIPPED: {error.name} is not installed (make test installs it)")
