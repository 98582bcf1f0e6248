"""API keys: `znak_<id>_<secret>`, of which the file keeps the id, a name and a hash.

    key, record = add_key(path, name="website")     # the key is shown this once
    Keys(path).find("znak_k3f…_9s…")                # its record, None for anything else

The file also holds a secret that signs links to pictures: such a link works without a key, and for
one job alone.

A key has 256 random bits, so one SHA-256 is enough: there is nothing to guess. The file is read
again when it changes: a key that is removed stops working at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from znak.errors import DataError, InputError, StorageError

_KEY = re.compile(r"znak_([a-z2-7]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LONGEST_NAME = 60
_NOBODY = "0" * 64
VERSION = 1


@dataclass(frozen=True)
class KeyRecord:
    """What is kept of a key. `id` is its owner's name in the store of jobs."""

    id: str
    name: str
    sha256: str
    created: str


@dataclass(frozen=True)
class KeyFile:
    """What a file of keys holds."""

    link_secret: str
    keys: tuple[KeyRecord, ...]


def add_key(path: Path, *, name: str) -> tuple[str, KeyRecord]:
    """Make a key, add it to the file and return it with its record.

    Raises InputError for a name that is empty, too long or taken, DataError for a damaged file.
    """
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not shown or len(shown) > _LONGEST_NAME:
        raise InputError(
            f"the key's name has {len(shown)} characters: give 1 to {_LONGEST_NAME}",
            ru=f"В имени ключа {len(shown)} знаков: нужно от 1 до {_LONGEST_NAME}",
        )
    file = read_file(path) if path.exists() else KeyFile(secrets.token_urlsafe(32), ())
    if any(record.name == shown for record in file.keys):
        raise InputError(
            f"a key is called {shown!r} already: choose another name, or remove that one",
            ru=f"Ключ {shown!r} уже есть: выберите другое имя или удалите тот ключ",
        )
    number = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    key = f"znak_{number}_{secrets.token_urlsafe(32)}"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = KeyRecord(number, shown, _hash(key), now)
    _write(path, replace(file, keys=(*file.keys, record)))
    return key, record


def remove_key(path: Path, wanted: str) -> KeyRecord:
    """Remove the key with this id or name and return its record; raise InputError for no such key."""
    file = read_file(path)
    for record in file.keys:
        if wanted in (record.id, record.name):
            _write(path, replace(file, keys=tuple(r for r in file.keys if r is not record)))
            return record
    raise InputError(
        f"there is no key {wanted[:_LONGEST_NAME]!r}: `znak keys list` shows them",
        ru=f"Нет ключа {wanted[:_LONGEST_NAME]!r}: список — `znak keys list`",
    )


def read_file(path: Path) -> KeyFile:
    """Return what a file of keys holds; raise DataError for one that is missing or damaged."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        if rows["version"] != VERSION:
            raise ValueError(f"version {rows['version']}")
        file = KeyFile(rows["link_secret"], tuple(KeyRecord(**row) for row in rows["keys"]))
        values = [v for record in file.keys for v in asdict(record).values()]
        if not all(isinstance(v, str) and v for v in (file.link_secret, *values)):
            raise ValueError("values that are no text")
        return file
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"the file of API keys {path} can't be used ({error}): make one with `znak keys add`",
            ru=f"Файл ключей API {path} не подходит ({error}): создайте его: `znak keys add`",
        ) from error


class Keys:
    """The keys of a file, kept up to date; safe for threads."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise DataError where it is missing or damaged."""
        self._path = path
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._file: KeyFile | None = read_file(path)

    def find(self, key: str) -> KeyRecord | None:
        """Return the record of a key, None for anything that is no key of the file."""
        match = _KEY.fullmatch(key)
        file = self._current()
        records = {r.id: r for r in file.keys} if file else {}
        record = records.get(match.group(1)) if match else None
        # compare in any case, so that time tells nothing of which ids there are
        same = hmac.compare_digest(_hash(key), record.sha256 if record else _NOBODY)
        return record if same else None

    def sign(self, job_id: str) -> str:
        """Return the signature of links to a job's pictures; "" where the file can't be read."""
        file = self._current()
        if file is None:
            return ""
        seal = hmac.new(file.link_secret.encode(), f"pictures of {job_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(seal.digest()[:18]).decode()

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Say whether a link's signature is that of the job."""
        wanted = self.sign(job_id)
        given = signature.encode("utf-8", "surrogatepass")
        return bool(wanted) and hmac.compare_digest(wanted.encode(), given)

    def _current(self) -> KeyFile | None:
        stamp = _stamp(self._path)
        with self._lock:
            if stamp != self._stamp:
                try:
                    self._file = read_file(self._path)
                except DataError:
                    self._file = None  # nobody is let in by a file that can't be read
                self._stamp = stamp
            return self._file


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _write(path: Path, file: KeyFile) -> None:
    """Write the file, whole or not at all, for its owner's eyes only."""
    text = json.dumps({"version": VERSION, **asdict(file)}, ensure_ascii=False, indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.partial-", dir=path.parent)
        temporary = Path(name)  # mkstemp lets nobody else read it
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(text + "\n")
                opened.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"the file of API keys {path} can't be written ({reason}): choose another --file",
            ru=f"Файл ключей API {path} не записать ({reason}): выберите другой --file",
        ) from error
