"""How figures look: colours and type, and the context in which they are drawn."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Theme:
    """Colours ("#rrggbb") of a figure; `series` for things side by side."""

    paper: str = "#ffffff"
    ink: str = "#1c1d22"
    soft: str = "#6c707a"
    grid: str = "#e7e9ee"
    accent: str = "#c2410c"
    second: str = "#2f6690"
    series: tuple[str, ...] = ("#2f6690", "#c2410c", "#6a994e", "#8e5572", "#d9a441", "#5f6470")
    ramp: str = "YlOrBr"


LIGHT = Theme()
DARK = Theme(
    paper="#16171b", ink="#eceef2", soft="#9aa0ab", grid="#2d3038", accent="#f08a4b",
    second="#7fb2d9",
    series=("#7fb2d9", "#f08a4b", "#a3c585", "#d29bb8", "#e6c26b", "#a9adb8"), ramp="magma",
)  # fmt: skip


@cache
def _family() -> list[str]:
    """Return font families, Manrope first where it is installed (Latin and Cyrillic)."""
    spec = find_spec("font_manrope")
    if spec is None or spec.origin is None:
        return ["DejaVu Sans"]
    for weight in ("Regular", "Medium", "Bold"):
        font_manager.fontManager.addfont(font_path(weight))
    return ["Manrope", "DejaVu Sans"]


def font_path(weight: str) -> str:
    """Return the file of Manrope in `weight`; it comes with the package's own dependencies."""
    spec = find_spec("font_manrope")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name="font_manrope")
    return str(Path(spec.origin).parent / "files" / f"Manrope-{weight}.ttf")


@contextmanager
def drawn(theme: Theme) -> Iterator[None]:
    """Draw what is drawn inside under `theme`."""
    style: Any = {
        "font.family": _family(),
        "font.size": 10.5,
        "text.color": theme.ink,
        "text.parse_math": False,
        "axes.labelcolor": theme.soft,
        "axes.titlesize": 11.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.edgecolor": theme.grid,
        "axes.facecolor": theme.paper,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": theme.grid,
        "grid.linewidth": 0.8,
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "xtick.color": theme.soft,
        "ytick.color": theme.soft,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "znak",
        "figure.constrained_layout.use": True,
    }
    with mpl.rc_context(style), warnings.catch_warnings():
        # A tag in a script that no installed font has is drawn as boxes, which is no failure.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message=".*findfont.*")
        yield


def save(figure: Figure, folder: Path, name: str, theme: Theme) -> str:
    """Write `name.png` and `name.svg`; return the SVG as a data URL."""
    with drawn(theme):
        figure.draw_without_rendering()  # lays it out, once for both files
        figure.set_layout_engine("none")
        figure.savefig(folder / f"{name}.png", dpi=160, metadata={"Software": None})
        text = io.BytesIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    (folder / f"{name}.svg").write_bytes(text.getvalue())
    return "data:image/svg+xml;base64," + base64.b64encode(text.getvalue()).decode("ascii")
