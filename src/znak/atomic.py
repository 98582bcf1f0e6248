"""Files and folders that are whole or absent: write beside the place, sync, then rename.

Whatever ends the block early (an error, Ctrl-C, a full disk) removes what was begun. Only a kill -9
can leave a `.name.partial-…` behind; it is never read.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from znak.errors import InputError, StorageError


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that becomes `path` when the block ends well.

    Raises StorageError when the place can't be written or the disk is full.
    """
    if path.is_dir():
        raise InputError(
            f"{path} is a folder: give a file name", ru=f"{path} — папка: укажите имя файла"
        )
    with _stored(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.partial-", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` as by `new_file`."""
    with new_file(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def new_folder(path: Path, *, marker: str) -> Iterator[Path]:
    """Yield a temporary folder beside `path` that becomes `path` when the block ends well.

    An old folder there is replaced when it is empty or holds the file `marker`, the sign that
    we made it; anything else raises InputError.
    """
    if path.exists() and not (
        path.is_dir() and ((path / marker).is_file() or not any(path.iterdir()))
    ):
        raise InputError(
            f"{path} exists and was not made by this command (no {marker} in it): give another folder",
            ru=f"{path} уже есть и создана не этой командой (в ней нет {marker}): укажите другую папку",
        )
    with _stored(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.partial-", dir=path.parent))
        try:
            yield temporary
            temporary.chmod(0o755)
            if path.exists():
                old = temporary.with_name(temporary.name + "-old")
                path.rename(old)
                temporary.rename(path)
                shutil.rmtree(old, ignore_errors=True)
            else:
                temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def new_files(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files move into `folder` when the block ends well.

    What else is in `folder` stays; a file of the same name is replaced. A folder that was made for
    them goes again when the block ends badly.
    """
    with _stored(folder):
        made = _make(folder)
        temporary = Path(tempfile.mkdtemp(prefix=".znak.partial-", dir=folder))
        try:
            yield temporary
            _check_places(temporary, folder)
            for path in sorted(temporary.rglob("*")):
                target = folder / path.relative_to(temporary)
                if path.is_dir():
                    target.mkdir(exist_ok=True)
                else:
                    path.replace(target)
            made = []
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            for path in made:
                with suppress(OSError):  # no longer empty: not ours alone
                    path.rmdir()


def _make(folder: Path) -> list[Path]:
    """Make a folder and those above it; return what was made, deepest first."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _check_places(temporary: Path, folder: Path) -> None:
    """Raise before the first file moves where one can't: a folder of its name, or a file in the way."""
    for path in temporary.rglob("*"):
        target = folder / path.relative_to(temporary)
        if target.exists() and target.is_dir() != path.is_dir():
            kind = errno.EISDIR if target.is_dir() else errno.ENOTDIR
            raise OSError(kind, os.strerror(kind), str(target))


def _sync(path: Path) -> None:
    """Bring a file or, where the system lets folders be opened, a folder to the disk."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    said = error.strerror or str(error)
    return f"{error.filename}: {said}" if error.filename else said


@contextmanager
def _stored(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"{path} was not written, the disk is full; what stood there before is intact: free some "
                "space and run it again",
                ru=f"{path} не записан: диск полон; прежний файл цел: освободите место и запустите "
                "снова",
            ) from error
        raise StorageError(
            f"{path} can't be written ({_reason(error)}): check the path and your rights to it",
            ru=f"Не удалось записать {path} ({_reason(error)}): проверьте путь и права на него",
        ) from error
