"""The reference's published figures on CIFAR-10: needs Inception's weights and the data set.

ZNAK_CIFAR10=FOLDER names the folder of `cifar-10-batches-py`; the first 5,000 pictures of the
training and of the test batches are compared.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from znak.metrics.extractors import find_inception, open_extractor
from znak.metrics.frechet import measure_frechet
from znak.metrics.kernel import measure_kernel

FOLDER = os.environ.get("ZNAK_CIFAR10", "")


def read_batch(name: str) -> np.ndarray:
    path = Path(FOLDER) / name
    data = pickle.loads(path.read_bytes(), encoding="bytes")[b"data"]
    return np.ascontiguousarray(data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))[:5000]


@pytest.mark.skipif(
    not FOLDER or not find_inception().is_file(),
    reason="SKIPPED: set ZNAK_CIFAR10=FOLDER and put Inception's weights at hand",
)
@pytest.mark.usefixtures("fidelity")
def test_the_references_figures_on_cifar_10() -> None:
    extract = open_extractor("inception")
    train, test = (extract(read_batch(name)) for name in ("data_batch_1", "test_batch"))
    figure = measure_frechet(train, test, replicates=0)
    assert figure.name == "FID"
    assert figure.value == pytest.approx(10.3233274, abs=0.01)
    kernel = measure_kernel(train, test, subsets=100, subset_size=1000, seed=2020, replicates=0)
    assert kernel.name == "KID"
    assert kernel.value == pytest.approx(-2.9e-05, abs=2e-5)
