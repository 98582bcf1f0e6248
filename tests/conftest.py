"""Fixtures and rules shared by all tests: no network, same examples in every run."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("znak", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("znak")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose system program is missing; in CI let them run and fail."""
    if os.environ.get("CI") == "true":
        return
    for item in items:
        for marker in item.iter_markers("system"):
            program = marker.args[0]
            if shutil.which(program) is None:
                item.add_marker(
                    pytest.mark.skipif(True, reason=f"SKIPPED: {program} is not installed")
                )
