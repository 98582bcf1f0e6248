"""What the studio works with: an engine, the text match and the index of known drawings.

Each of the package's own files may be missing (a checkout without weights): the studio then does
without, and says so. A file that is there and damaged is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from znak.engine import flow, match, originality
from znak.engine.base import Engine
from znak.errors import InputError

ENGINES = ("flow", "torch", "gan", "retrieval", "monogram")


@dataclass(frozen=True, eq=False)
class Tools:
    """An engine (None: monograms) and the judges (None: not judged by that).

    `is_missing` says that an engine was wanted and the package has no weights for it.
    """

    engine: Engine | None
    match: match.Match | None = None
    index: originality.Index | None = None
    is_missing: bool = False


@lru_cache(maxsize=4)
def open_tools(
    engine: str = "flow",
    *,
    checkpoint: Path | None = None,
    corpus: Path | None = None,
    device: str = "auto",
) -> Tools:
    """Return the tools with the engine of this name.

    `checkpoint` is the file of a trained model: a run-time file for flow, a training checkpoint for
    torch and gan. `corpus` is the folder that retrieval takes drawings from. Raises InputError for
    an unknown name or a missing option, DataError for damaged files, MissingError without an extra.
    """
    if engine not in ENGINES:
        raise InputError(
            f"--engine {engine}: known are {', '.join(ENGINES)}",
            ru=f"--engine {engine}: известны {', '.join(ENGINES)}",
        )
    if engine == "gan" and checkpoint is None:
        raise InputError(
            f"--engine {engine} needs --checkpoint with a trained model's file",
            ru=f"--engine {engine}: укажите файл обученной модели через --checkpoint",
        )
    if engine == "retrieval" and corpus is None:
        raise InputError(
            "--engine retrieval needs --corpus with a corpus folder (znak corpus build)",
            ru="--engine retrieval: укажите папку корпуса через --corpus (znak corpus build)",
        )
    opened = _open_engine(engine, checkpoint, corpus, device)
    if opened is None:
        return Tools(None, is_missing=engine != "monogram")
    return Tools(
        opened,
        match.load_match() if match.shipped_path().is_file() else None,
        originality.load_index() if originality.shipped_path().is_file() else None,
    )


def _open_engine(
    name: str, checkpoint: Path | None, corpus: Path | None, device: str
) -> Engine | None:
    if name == "monogram":
        return None
    if name == "flow":
        if checkpoint is None and not flow.is_shipped():
            return None
        return flow.load_flow(checkpoint)
    if name == "retrieval":
        from znak.engine.retrieval import open_retrieval

        assert corpus is not None
        return open_retrieval(corpus)
    from znak.engine.trained import open_trained

    return open_trained(checkpoint or flow.shipped_path(), device=device, coloured=name == "gan")
