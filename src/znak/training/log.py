"""The log of a run: JSON lines, and TensorBoard when it is installed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from znak.errors import StorageError

NAME = "log.jsonl"


class Log:
    """Appends figures to `log.jsonl`; lines past `start` samples, of a run cut off, are dropped."""

    def __init__(self, folder: Path, start: int) -> None:
        self.path = folder / NAME
        kept = [line for line in read_log(folder) if line["samples"] <= start] if start else []
        text = "".join(json.dumps(line) + "\n" for line in kept)
        try:
            self.path.write_text(text, encoding="utf-8")
            self._file = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise self._full(error) from error
        self._board = _board(folder / "tensorboard", start)

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._board is not None:
            self._board.close()

    def add(self, samples: int, figures: Mapping[str, float]) -> None:
        """Write one line of figures."""
        line = {"samples": samples, "time": round(time.time(), 1)}
        line |= {k: float(f"{v:.6g}") for k, v in figures.items()}
        try:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._full(error) from error
        if self._board is not None:
            for key, value in figures.items():
                self._board.add_scalar(key, value, samples)

    def _full(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} can't be written ({error.strerror}): free some space, then --resume",
            ru=f"{self.path} не записан ({error.strerror}): освободите место и продолжите с --resume",
        )


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's log; a torn last line is left out."""
    path = folder / NAME
    lines = []
    if path.is_file():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue
    return lines


def _board(folder: Path, start: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=start or None)
