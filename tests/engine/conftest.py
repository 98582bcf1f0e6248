"""A tiny mark model, exported as the shipped one is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.engine.tiny import export_tiny

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run-time file of an untrained model of both stages."""
    return export_tiny(tmp_path_factory.mktemp("tiny"))
