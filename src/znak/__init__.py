"""Znak: text to logo, original marks as clean SVG, on a laptop's CPU.

from znak import design
marks = design("a fox for a coffee shop, warm orange", name="Foxy Beans", n=8, seed=0)
print(marks[0].svg)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from znak.studio import Mark, Result, design

__version__ = "0.1.0"
__all__ = ["Mark", "Result", "__version__", "design"]


def __getattr__(name: str) -> Any:
    """Load the studio when it is asked for, so that `import znak` costs nothing."""
    if name in ("Mark", "Result", "design"):
        return getattr(import_module("znak.studio"), name)
    raise AttributeError(f"module 'znak' has no attribute {name!r}")
