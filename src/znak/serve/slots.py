"""Which worker is which: each live process holds a numbered lock file in the data folder.

The lowest free number is taken, so that a worker that starts again is the one that died and takes up
its jobs at once. The system frees a lock when its process ends, however it ends: a lock that can be
had belongs to a dead worker, whose jobs the living may take.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from znak.errors import StorageError

_MOST = 256


class Slot:
    """A number held by this process until `release`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take over the lock that is held through `descriptor`."""
        self.path = path
        self.name = path.stem
        self._descriptor: int | None = descriptor

    def release(self, *, forget: bool = False) -> None:
        """Give the number back; with `forget` remove its file."""
        if self._descriptor is not None:
            if forget:
                self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def claim(folder: Path) -> Slot:
    """Return the lowest free slot. Raises StorageError where the folder can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST + 1):
            slot = _take(folder / f"worker-{number}.lock")
            if slot is not None:
                return slot
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"{folder} can't be written ({reason}): choose another --data folder",
            ru=f"Не удалось записать в {folder} ({reason}): выберите другую папку --data",
        ) from error
    raise StorageError(
        f"{_MOST} workers run on {folder} already",
        ru=f"На {folder} уже работает {_MOST} исполнителей",
    )


@contextmanager
def dead(folder: Path, *, mine: Slot) -> Iterator[list[Slot]]:
    """Yield the slots of workers that died, held inside the block and forgotten after it."""
    found = []
    try:
        for path in sorted(folder.glob("worker-*.lock")):
            if path != mine.path and (slot := _take(path)) is not None:
                found.append(slot)
        yield found
    except BaseException:
        for slot in found:
            slot.release()
        raise
    for slot in found:
        slot.release(forget=True)


def is_any_live(folder: Path) -> bool:
    """Say whether a worker lives, that is holds its lock; nothing is left locked.

    A worker that starts in the moment of the look takes the next number, which does no harm.
    """
    for path in folder.glob("worker-*.lock"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # it has just been removed
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks: no worker could start either
            continue
        finally:
            os.close(descriptor)
    return False


def _take(path: Path) -> Slot | None:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        try:
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return Slot(path, descriptor)
        except FileNotFoundError:
            pass
        os.close(descriptor)  # the file was removed between opening and locking it
