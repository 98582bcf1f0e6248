"""What may be asked of a mark's form: measured quantities brought to a common scale of 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError

RANGES: dict[str, tuple[float, float]] = {
    "thickness": (0.0, 16.0),
    "coverage": (0.0, 0.8),
    "symmetry": (0.0, 1.0),
    "parts": (1.0, 5.0),
    "holes": (0.0, 5.0),
    "solid": (0.0, 1.0),
    "cleanness": (0.0, 1.0),
}
"""Raw values that map to 0 and 1; of counts, log2(1 + n)."""
COUNTS = ("parts", "holes")


def scale_style(
    raw: Mapping[str, NDArray[np.generic]], names: Sequence[str]
) -> NDArray[np.float32]:
    """Return (n, len(names)) float32 scaled values; NaN, not given, where `raw` lacks the name.

    `solid` is 1 for a mark drawn solid, 0 for one derived from a line drawing.
    """
    n = len(next(iter(raw.values()))) if raw else 0
    out = np.full((n, len(names)), np.nan, dtype=np.float32)
    for column, name in enumerate(names):
        if name not in RANGES:
            raise InputError(
                f"unknown style {name!r}: known are {', '.join(RANGES)}",
                ru=f"Неизвестный признак стиля {name!r}; известны: {', '.join(RANGES)}",
            )
        if name in raw:
            value = np.asarray(raw[name], dtype=np.float64)
            low, high = RANGES[name]
            if name in COUNTS:
                value = np.log2(1 + value)
            out[:, column] = np.clip((value - low) / (high - low), 0, 1)
    return out


def ask_style(names: Sequence[str], n: int = 1, **asked: float) -> NDArray[np.float32]:
    """Return (n, len(names)): the raw values in `asked` scaled, the rest NaN (left unasked)."""
    unknown = set(asked) - set(names)
    if unknown:
        raise InputError(
            f"style {', '.join(sorted(unknown))} can't be asked of this model: it knows {', '.join(names)}",
            ru=f"Эта модель не знает признаков {', '.join(sorted(unknown))}; знает: {', '.join(names)}",
        )
    if not asked:
        return np.full((n, len(names)), np.nan, dtype=np.float32)
    return scale_style({k: np.full(n, v) for k, v in asked.items()}, names)
