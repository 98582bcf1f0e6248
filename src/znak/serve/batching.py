"""Calls to one engine from several job threads, gathered into one.

    engine = Batching(engine, wait_s=0.004, limit=64)

A call waits a moment for others when more jobs run than it alone; then one of the callers' threads
runs them all as one call, first come first served, at most `limit` samples. Each call's samples are
padded to whole chunks of the engine, so that its chunks hold the same rows as when it runs alone: the
bytes are the same. Calls that can't go together (other steps, guidance, shapes) go one after another.
An error, or a progress callback that raises, ends the call it belongs to and no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from znak.engine.base import Engine, Floats, OnStep, Redrawer


@dataclass(eq=False)
class _Call:
    """One caller's request; `together` says which calls it can go with."""

    together: tuple[Any, ...]
    arrays: dict[str, Any]
    seeds: list[int]
    options: dict[str, Any]
    on_step: OnStep | None
    changed: threading.Condition
    out: Floats | None = None
    error: BaseException | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def step(self, share: float) -> None:
        """Pass progress on; what the callback raises ends this call."""
        if self.on_step is None or self.error is not None:
            return
        try:
            self.on_step(share)
        except BaseException as error:  # it may be the sign to stop
            self.error = error
            with self.changed:
                self.over.set()
                self.changed.notify_all()


class Batching:
    """An engine that behaves as the one it wraps; see the module."""

    def __init__(self, engine: Engine, *, wait_s: float = 0.004, limit: int = 64) -> None:
        """Wrap `engine`."""
        self.engine = engine
        self.chunk: int = getattr(engine, "chunk", 1)
        self.styles: tuple[str, ...] = tuple(getattr(engine, "styles", ()))
        self._wait_s, self._limit = wait_s, limit
        self._waiting: list[_Call] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_running = False
        self._users = 0
        self.calls = 0
        self.runs = 0

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    @property
    def revision(self) -> str:
        """The engine's weights."""
        return self.engine.revision

    @property
    def output(self) -> Literal["fields", "images"]:
        """What the engine returns."""
        return self.engine.output

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the engine's text vectors."""
        return self.engine.encode(texts)

    def using(self) -> AbstractContextManager[None]:
        """Count a job that may call; a job that is alone waits for nobody."""
        return self._using()

    def sample(
        self,
        text_vectors: Floats,
        *,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return what the engine samples; see `znak.engine.base`."""
        arrays = {"text_vectors": text_vectors, "style": style}
        return self._call("sample", arrays, seeds, {"steps": steps, "guidance": guidance}, on_step)

    def _call(
        self,
        kind: str,
        arrays: dict[str, Any],
        seeds: Sequence[int],
        options: dict[str, Any],
        on_step: OnStep | None,
    ) -> Floats:
        given = {k: None if v is None else np.asarray(v, np.float32) for k, v in arrays.items()}
        shapes = tuple(None if a is None else a.shape[1:] for a in given.values())
        n = len(seeds)
        if any(a is not None and len(a) != n for a in given.values()) or n == 0:
            call: Callable[..., Floats] = getattr(self.engine, kind)  # it says what is wrong
            return call(seeds=seeds, on_step=on_step, **arrays, **options)
        together = (kind, shapes, *options.values())
        mine = _Call(together, given, [int(s) for s in seeds], options, on_step, self._changed)
        with self._lock:
            self._waiting.append(mine)
            self.calls += 1
            alone = self._users <= 1
        if self._wait_s > 0 and not alone:
            time.sleep(self._wait_s)
        while self._is_my_turn(mine):
            try:
                if batch := self._take():
                    self._run(kind, batch)
            finally:
                with self._changed:
                    self._is_running = False
                    self._changed.notify_all()
        if mine.error is not None:
            raise mine.error
        assert mine.out is not None
        return mine.out

    def _is_my_turn(self, mine: _Call) -> bool:
        """Wait until this thread may run calls, and say so, or until its own is over."""
        with self._changed:
            while self._is_running and not mine.over.is_set():
                self._changed.wait()
            if not mine.over.is_set():
                self._is_running = True
                return True
        return False

    def _take(self) -> list[_Call]:
        """Return the call that waits longest and those that can go with it."""
        with self._lock:
            batch: list[_Call] = []
            size = 0
            for call in self._waiting:
                n = self._padded(len(call.seeds))
                fits = not batch or size + n <= self._limit
                if fits and (not batch or call.together == batch[0].together):
                    batch.append(call)
                    size += n
            self._waiting = [call for call in self._waiting if call not in batch]
            return [call for call in batch if not call.over.is_set()]

    def _run(self, kind: str, batch: list[_Call]) -> None:
        try:
            outs = self._run_together(kind, batch)
        except BaseException as error:
            if len(batch) == 1:
                outs = None
                batch[0].error = batch[0].error or error
            else:  # whose fault was it? each on its own
                for call in batch:
                    if not call.over.is_set():
                        self._run(kind, [call])
                return
        for place, call in enumerate(batch):
            if outs is not None:
                call.out = outs[place]
            call.over.set()

    def _run_together(self, kind: str, batch: list[_Call]) -> list[Floats]:
        self.runs += 1
        rows, places, low = [], [], 0
        for call in batch:
            n = len(call.seeds)
            full = n if len(batch) == 1 else self._padded(n)
            rows.append(np.minimum(np.arange(full), n - 1))
            places.append((low, low + n))
            low += full
        arrays = {
            key: None
            if batch[0].arrays[key] is None
            else np.concatenate([c.arrays[key][r] for c, r in zip(batch, rows, strict=True)])
            for key in batch[0].arrays
        }
        seeds = [c.seeds[int(k)] for c, r in zip(batch, rows, strict=True) for k in r]

        def step(share: float) -> None:
            for call in batch:
                call.step(share)
            if all(call.error is not None for call in batch):
                raise _NobodyWaitsError

        run: Callable[..., Floats] = getattr(self.engine, kind)
        out = run(seeds=seeds, on_step=step, **arrays, **batch[0].options)
        return [out[first:last].copy() for first, last in places]

    def _padded(self, n: int) -> int:
        return -(-n // self.chunk) * self.chunk

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1


class BatchingRedrawer(Batching):
    """`Batching` around an engine that can start from given marks."""

    def redraw(
        self,
        fields: Floats,
        text_vectors: Floats,
        *,
        strength: float,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return what the engine makes of the fields."""
        arrays = {"fields": fields, "text_vectors": text_vectors, "style": style}
        options = {"strength": strength, "steps": steps, "guidance": guidance}
        return self._call("redraw", arrays, seeds, options, on_step)


class _NobodyWaitsError(Exception):
    """All callers of a run have gone."""


def batching(engine: Engine, *, wait_s: float, limit: int) -> Batching:
    """Return the wrapper for an engine; it can redraw if the engine can."""
    kind = BatchingRedrawer if isinstance(engine, Redrawer) else Batching
    return kind(engine, wait_s=wait_s, limit=limit)
