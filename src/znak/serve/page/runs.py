"""Runs of training and comparisons as the page shows them: from folders, forgiving, without torch.

    for run in find_runs(settings.data / "runs"): read_curves(run), find_sheets(run)

The run of the shipped weights lies in the package (`SHIPPED`); `python -m znak.serve.page.ship` makes it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from znak.errors import DataError
from znak.training.gan_plots import group_figures
from znak.training.log import NAME as LOG
from znak.training.log import read_log

Curves = Mapping[str, Mapping[str, list[tuple[float, float]]]]
COMPARISON = "comparison.json"
FRAMES = 24
_WIDTH = 900
_FRAME_MS, _LAST_MS = 420, 2400


@dataclass(frozen=True)
class Measured:
    """A run's figures: name → (value, interval)."""

    name: str
    figures: Mapping[str, tuple[float, tuple[float, float] | None]]
    is_synthetic: bool


def shipped_run() -> Path:
    """Return the folder of the run that made the shipped weights."""
    return Path(str(resources.files("znak.serve.page") / "data" / "run"))


def find_runs(folder: Path) -> list[Path]:
    """Return the run folders in `folder`, two levels deep, in order of their names."""
    found = [p.parent for p in folder.glob(f"*/{LOG}")] + [
        p.parent for p in folder.glob(f"*/*/{LOG}")
    ]
    return sorted(p for p in found if not p.is_symlink() and not p.name.startswith("."))


def read_curves(run: Path) -> Curves:
    """Return "losses" and "metrics" of a run's log: name → (samples, value) in order.

    Lines that can't be read are left out. Raises DataError for a log without a single figure.
    """
    try:
        lines = [line for line in read_log(run) if isinstance(line, dict) and "samples" in line]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{run.name}/{LOG}: {error}") from error
    groups = group_figures(lines)
    curves = {
        group: {
            name: [
                (float(line["samples"]), float(line[name]))
                for line in lines
                if isinstance(line.get(name), int | float)
            ]
            for name in names
        }
        for group, names in groups.items()
    }
    curves = {g: {n: points for n, points in c.items() if points} for g, c in curves.items()}
    if not any(curves.values()):
        raise DataError(
            f"{run.name}/{LOG} holds no figures: train on, it is written every few steps",
            ru=f"В {run.name}/{LOG} нет чисел: продолжите обучение, они пишутся каждые несколько шагов",
        )
    return curves


def read_config(run: Path) -> dict[str, Any]:
    """Return the settings of a run, {} where they can't be read."""
    try:
        record = json.loads((run / "config.json").read_text("utf-8"))
        return dict(record["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def find_sheets(run: Path) -> list[tuple[int, Path]]:
    """Return the pictures of a run with the samples seen by then, in order."""
    sheets = [*run.glob("sheets/*.png"), *run.glob("sheets/*.webp")]
    return sorted((int(p.stem), p) for p in sheets if p.stem.isdecimal() and len(p.stem) < 16)


def animate(sheets: Sequence[tuple[int, Path]]) -> bytes:
    """Return the pictures one after the other as a WebP that plays over and over.

    At most FRAMES, evenly chosen, the last one always; damaged ones are left out. Raises DataError
    where not two are left.
    """
    step = max(1, -(-len(sheets) // FRAMES))
    chosen = [*sheets[: len(sheets) - 1 : step], *sheets[-1:]]
    frames = []
    for _, path in chosen:
        try:
            with Image.open(path) as picture:
                frame = picture.convert("L")
        except (OSError, UnidentifiedImageError):
            continue
        scale = min(1.0, _WIDTH / frame.width)
        size = (round(frame.width * scale), round(frame.height * scale))
        frames.append(frame.resize(size, Image.Resampling.BICUBIC) if scale < 1 else frame)
    if len(frames) < 2:
        raise DataError("there are no two pictures", ru="Двух картинок нет")
    frames = [f if f.size == frames[-1].size else f.resize(frames[-1].size) for f in frames]
    buffer = io.BytesIO()
    times = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0,
                   quality=70, method=4)  # fmt: skip
    return buffer.getvalue()


def find_comparisons(folder: Path) -> list[Path]:
    """Return the comparisons in `folder`, two levels deep."""
    found = [
        *folder.glob(COMPARISON),
        *folder.glob(f"*/{COMPARISON}"),
        *folder.glob(f"*/*/{COMPARISON}"),
    ]
    return sorted(p for p in found if not p.is_symlink())


def read_comparison(path: Path) -> list[Measured]:
    """Return the runs of a comparison that `znak compare` wrote; raise DataError for anything else."""
    try:
        record = json.loads(path.read_text("utf-8"))
        found = [
            Measured(
                str(run["name"]),
                {
                    str(f["name"]): (
                        float(f["value"]),
                        None
                        if f.get("interval") is None
                        else (float(f["interval"][0]), float(f["interval"][1])),
                    )
                    for f in run["figures"]
                },
                bool(run.get("about", {}).get("synthetic", False)),
            )
            for run in record["runs"]
        ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(
            f"{path.parent.name}/{path.name} is no comparison ({type(error).__name__}): write it with znak compare",
            ru=f"{path.parent.name}/{path.name} — не сравнение ({type(error).__name__}): сделайте его командой znak compare",
        ) from error
    if not found:
        raise DataError(f"{path.name} holds no runs", ru=f"В {path.name} нет запусков")
    return found
