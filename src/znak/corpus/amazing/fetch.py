"""The data set from the hub, file by file: what is there stays, what was cut short goes on.

    znak data fetch amazing-logos --to data/amazing

The files of one commit are listed, fetched by range requests into `NAME.partial`, checked against
the hub's size and SHA-256, and only then named; `znak-fetch.json` says what was fetched. Plain HTTP
of the standard library, which takes the proxy from the system.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from znak.atomic import new_file
from znak.errors import DataError, InputError, StorageError, ZnakError

HUB = "https://huggingface.co"
DATA_SETS = {"amazing-logos": "iamkaikai/amazing_logos_v4"}
RECORD = "znak-fetch.json"
TRIES = 5
_BLOCK = 1 << 20
_TIMEOUT = 30.0
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_AGENT = {"User-Agent": "znak"}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Remote:
    """A file of the hub: its path there, size, and SHA-256 where the hub gives one."""

    path: str
    size: int
    sha256: str | None


class _UnreachableError(Exception):
    """A failure that another try may mend."""


def fetch(
    name: str,
    folder: Path,
    *,
    hub: str = HUB,
    tries: int = TRIES,
    wait: float = 1.0,
    progress: Progress = lambda path, done, total: None,
) -> list[Path]:
    """Return the parquet files of data set `name`, fetched into `folder` where they aren't yet.

    `progress` is called with a file's path, its bytes here and in all. A connection that breaks is
    taken up again after `wait` seconds, then twice that …, at most `tries` times without a byte
    gained. Raises InputError for the name, DataError when the hub can't be reached (with the way by
    hand) or a file is not what it should be, StorageError when the disk has no room.
    """
    if name not in DATA_SETS:
        known = ", ".join(DATA_SETS)
        raise InputError(
            f"unknown data set {name!r}: choose {known}",
            ru=f"Неизвестный набор {name!r}: выберите {known}",
        )
    repository = DATA_SETS[name]
    try:
        commit, remote = _list(hub, repository, tries=tries, wait=wait)
    except (_UnreachableError, ValueError, KeyError, TypeError) as error:
        raise _no_network(repository, folder, error) from error
    _check_room(folder, remote)
    paths = []
    for file in remote:
        place = folder / file.path
        url = f"{hub}/datasets/{repository}/resolve/{commit}/{urllib.parse.quote(file.path)}"
        try:
            _fetch_file(url, place, file, tries=tries, wait=wait, progress=progress)
        except _UnreachableError as error:
            raise _no_network(repository, folder, error) from error
        paths.append(place)
    record = {"repository": repository, "commit": commit, "files": [asdict(f) for f in remote]}
    with new_file(folder / RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return paths


def _list(hub: str, repository: str, *, tries: int, wait: float) -> tuple[str, list[Remote]]:
    """Return the newest commit and its parquet files."""
    api = f"{hub}/api/datasets/{repository}"
    commit = str(_read_json(f"{api}/revision/main", tries, wait)[0]["sha"])
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise ValueError(f"the hub names a commit {commit!r}")
    url: str | None = f"{api}/tree/{commit}?recursive=true"
    files = []
    while url:
        page, url = _read_json(url, tries, wait)
        for item in page:
            path = PurePosixPath(item["path"])
            if item["type"] != "file" or path.suffix != ".parquet":
                continue
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"the hub names a file {path}")
            sha = item["lfs"]["oid"] if item.get("lfs") else None
            files.append(Remote(str(path), int(item["size"]), sha))
    if not files:
        raise ValueError("the hub lists no parquet file")
    return commit, sorted(files, key=lambda file: file.path)


def _read_json(url: str, tries: int, wait: float) -> tuple[Any, str | None]:
    """Return what JSON stands at `url`, and the address of the next page."""
    for turn in range(tries - 1):
        try:
            return _read_json_once(url)
        except _UnreachableError:
            time.sleep(wait * 2**turn)
    return _read_json_once(url)


def _read_json_once(url: str) -> tuple[Any, str | None]:
    with _open(url) as answer:
        link = _NEXT.search(answer.headers.get("Link") or "")
        try:
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise _UnreachableError(f"{url}: {error}") from error
    return json.loads(text), link.group(1) if link else None


def _fetch_file(
    url: str, place: Path, file: Remote, *, tries: int, wait: float, progress: Progress
) -> None:
    partial = place.with_name(place.name + ".partial")
    if place.is_file() and place.stat().st_size == file.size:
        if _is_right(place, file):
            progress(file.path, file.size, file.size)
            return
        place.unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(2):
        _fill(url, partial, file, tries=tries, wait=wait, progress=progress)
        if _is_right(partial, file):
            partial.replace(place)
            return
        # What an earlier run left may have been of another commit: once more from the start.
        partial.unlink()
        if attempt:
            raise DataError(
                f"{file.path} does not have the checksum that the hub gives ({file.sha256}): "
                "try again later",
                ru=f"Контрольная сумма {file.path} не совпала с указанной хабом ({file.sha256}): "
                "попробуйте позже",
            )


def _fill(
    url: str, partial: Path, file: Remote, *, tries: int, wait: float, progress: Progress
) -> None:
    """Bring `partial` to its full size, whatever it holds already."""
    idle = 0
    while True:
        here = partial.stat().st_size if partial.exists() else 0
        if here > file.size:
            partial.unlink()
            here = 0
        progress(file.path, here, file.size)
        if here == file.size and (file.size or partial.exists()):
            return
        try:
            _append(url, partial, here, file, progress)
        except _UnreachableError:
            gained = partial.exists() and partial.stat().st_size > here
            idle = 0 if gained else idle + 1
            if idle >= tries:
                raise
            time.sleep(wait * 2**idle)


def _append(url: str, partial: Path, here: int, file: Remote, progress: Progress) -> None:
    """Fetch the bytes from `here` on; raise _UnreachableError when the connection ends before they do."""
    with _open(url, {"Range": f"bytes={here}-"} if here else {}) as answer:
        whole = here == 0 or answer.status != http.HTTPStatus.PARTIAL_CONTENT
        with partial.open("wb" if whole else "ab") as out:
            done = 0 if whole else here
            while done < file.size:
                try:
                    block = answer.read(min(_BLOCK, file.size - done))
                except (OSError, http.client.HTTPException) as error:
                    raise _UnreachableError(str(error)) from error
                if not block:
                    raise _UnreachableError(f"{url} ended at byte {done:,} of {file.size:,}")
                _store(out.write, block, partial)
                done += len(block)
                progress(file.path, done, file.size)


def _store(write: Callable[[bytes], object], block: bytes, place: Path) -> None:
    try:
        write(block)
    except OSError as error:
        raise StorageError(
            f"{place} can't be written ({error}): free some space; what is here is kept, and the "
            "same command goes on",
            ru=f"Не удалось записать {place} ({error}): освободите место; полученное сохранено, та "
            "же команда продолжит",
        ) from error


def _open(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={**_AGENT, **(headers or {})})
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT)
        return answer
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (408, 425, 429) or error.code >= 500:
            raise _UnreachableError(f"{url}: {error.code} {error.reason}") from error
        raise DataError(
            f"the hub answers {error.code} {error.reason} for {url}: check the address, or get the "
            "files by hand",
            ru=f"Хаб отвечает {error.code} {error.reason} на {url}: проверьте адрес или скачайте "
            "файлы вручную",
        ) from error
    except (http.client.HTTPException, OSError) as error:
        raise _UnreachableError(f"{url}: {getattr(error, 'reason', error)}") from error


def _is_right(path: Path, file: Remote) -> bool:
    """Say whether the file has the checksum; without one, whether it has the size."""
    if file.sha256 is None:
        return path.stat().st_size == file.size
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _check_room(folder: Path, remote: list[Remote]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = 0
    for file in remote:
        place = folder / file.path
        partial = place.with_name(place.name + ".partial")
        there = next((p.stat().st_size for p in (place, partial) if p.is_file()), 0)
        wanted += max(0, file.size - there)
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise StorageError(
            f"{folder} has {free / 1e9:.1f} GB free, {wanted / 1e9:.1f} GB are to come: free some "
            "space or give another folder",
            ru=f"В {folder} свободно {free / 1e9:.1f} ГБ, а нужно ещё {wanted / 1e9:.1f} ГБ: "
            "освободите место или укажите другую папку",
        )


def _no_network(repository: str, folder: Path, error: Exception) -> ZnakError:
    page = f"{HUB}/datasets/{repository}/tree/main"
    return DataError(
        f"the hub can't be reached ({error}). What was fetched is kept; the same command goes on. By "
        f"hand: on a machine with network open {page}, save all .parquet files, copy them into "
        f"{folder} and run: znak data check {folder}",
        ru=f"Хаб недоступен ({error}). Полученное сохранено, та же команда продолжит. Вручную: на "
        f"машине с сетью откройте {page}, сохраните все файлы .parquet, скопируйте их в {folder} и "
        f"запустите: znak data check {folder}",
    )
