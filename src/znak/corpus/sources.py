"""The icon sets the corpus is made from: npm packages pinned by the lock file in `data/`.

`install` puts them into a cache folder with `npm ci` (no scripts are run; npm checks each package
against the lock's integrity hash) and `list_sets` says what is there. Most sets are a package of
their own, `@iconify-json/NAME`; the few that are published in Iconify's collection alone come from
`@iconify/json`, pinned in the same lock. Nothing here renders or judges a drawing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from znak.errors import DataError, MissingError, StorageError

LOCK = Path(__file__).parent / "data"
"""Folder of the package.json and package-lock.json that pin the sources."""
_TRIES = 3
_QUIET = ("--loglevel=error", "--no-update-notifier")
_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=9000")
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="{left:g} {top:g} {width:g} {height:g}">{body}</svg>'
)


@dataclass(frozen=True)
class Icon:
    """One drawing of a set as published, `tags` its aliases and categories."""

    name: str
    svg: str
    tags: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True)
class IconSet:
    """One icon set: where it lies and what it says of itself."""

    prefix: str
    path: Path
    license: str
    author: str
    category: str
    coloured: bool

    def read(self) -> list[Icon]:
        """Return the set's drawings in the order of their names; raise DataError when damaged."""
        return list(_icons(self.path))

    def size(self) -> int:
        """Return the number of drawings, transformed aliases included."""
        return len(_icons(self.path))


def fingerprint(lock: Path = LOCK) -> str:
    """Return the SHA-256 of the lock's packages, hexadecimal; raise DataError when unreadable."""
    text = json.dumps(_packages(lock / "package-lock.json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def installed(cache: Path, lock: Path = LOCK) -> bool:
    """Return whether `cache` holds exactly the packages of `lock`, by version and hash."""
    wanted = _packages(lock / "package-lock.json")
    try:
        found = _packages(cache / "node_modules" / ".package-lock.json")
    except DataError:
        return False
    return wanted == found and all((cache / path / "package.json").is_file() for path in wanted)


def install(cache: Path, lock: Path = LOCK) -> None:
    """Make `cache` hold the packages of `lock`; does nothing when it does already.

    Raises MissingError without npm, StorageError when `cache` can't be written, DataError when
    the registry can't be reached or the lock doesn't fit what it serves.
    """
    if installed(cache, lock):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError(
            "npm is not installed and is needed to fetch the icon sets: install Node.js "
            f"(nodejs.org, or apt install npm), or give --cache a folder that holds them (not {cache})",
            ru="Нужна программа npm, чтобы скачать наборы значков: установите Node.js "
            f"(nodejs.org или apt install npm) либо укажите в --cache готовую папку (сейчас {cache})",
        )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(lock / name, cache / name)
    except OSError as error:
        raise StorageError(
            f"the cache folder {cache} can't be written ({error}): free space or choose another --cache",
            ru=f"В папку {cache} нельзя записать ({error}): освободите место или смените --cache",
        ) from error
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *_QUIET, *_PATIENCE]
    for attempt in range(_TRIES):
        result = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            break
        complaint = "; ".join(
            line.removeprefix("npm error").strip() for line in result.stderr.splitlines()[:3]
        )
        if "ENOSPC" in complaint:
            raise StorageError(
                f"no disk space for the icon sets in {cache} (about 1 GB): free some and run again",
                ru=f"Нет места для наборов значков в {cache} (около 1 ГБ): освободите и повторите",
            )
        if "EINTEGRITY" in complaint or attempt == _TRIES - 1:
            raise DataError(
                f"npm could not fetch the icon sets ({complaint}): check the network and run again; "
                f"what is in {cache} will be reused",
                ru=f"npm не смог скачать наборы значков ({complaint}): проверьте сеть и повторите; "
                f"уже скачанное в {cache} пригодится",
            )
        time.sleep(2.0 * (attempt + 1))
    if not installed(cache, lock):
        raise DataError(
            f"the packages in {cache} don't match the lock: delete that folder and run again",
            ru=f"Пакеты в {cache} не соответствуют lock-файлу: удалите папку и повторите",
        )


def list_sets(cache: Path) -> list[IconSet]:
    """Return the icon sets in `cache`, by prefix; a set's own package goes before the collection."""
    modules = cache / "node_modules"
    found: dict[str, IconSet] = {}
    for path in sorted((modules / "@iconify" / "json" / "json").glob("*.json")):
        found[path.stem] = _icon_set(path.stem, path, _load(path).get("info", {}))
    for folder in sorted((modules / "@iconify-json").glob("*")):
        path = folder / "icons.json"
        found[folder.name] = _icon_set(folder.name, path, _load(folder / "info.json"))
    if not found:
        raise DataError(
            f"no icon sets in {cache}: delete that folder and run the build again",
            ru=f"В {cache} нет наборов значков: удалите папку и запустите сборку снова",
        )
    return [found[prefix] for prefix in sorted(found)]


def _icon_set(prefix: str, path: Path, info: dict[str, Any]) -> IconSet:
    return IconSet(
        prefix=prefix,
        path=path,
        license=str(info.get("license", {}).get("spdx", "")),
        author=str(info.get("author", {}).get("name", "")),
        category=str(info.get("category", "")),
        coloured=bool(info.get("palette", False)),
    )


@lru_cache(maxsize=2)
def _icons(path: Path) -> tuple[Icon, ...]:
    data = _load(path)
    metadata = path.with_name("metadata.json")
    categories = data.get("categories") or (
        _load(metadata).get("categories", {})
        if path.name == "icons.json" and metadata.exists()
        else {}
    )
    tags: dict[str, list[str]] = {}
    for category in sorted(categories):
        for name in categories[category]:
            tags.setdefault(name, []).append(f"category:{category}")
    aliases = data.get("aliases", {})
    for name in sorted(aliases):
        if not _moved(aliases[name]):
            tags.setdefault(_root(name, aliases), []).append(name)
    return tuple(_resolved(data, tags))


def _resolved(data: dict[str, Any], tags: dict[str, list[str]]) -> Iterator[Icon]:
    """Yield the icons, and the aliases that turn or mirror one, in the order of their names."""
    icons, aliases = data["icons"], data.get("aliases", {})
    moved = {name: alias for name, alias in aliases.items() if _moved(alias)}
    for name in sorted({*icons, *moved}):
        changes = moved.get(name, {})
        root = name if name in icons else _root(name, aliases)
        if root not in icons:
            continue
        icon = {**icons[root], **changes}
        box = {
            key: float(icon.get(key, data.get(key, default)))
            for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
        }
        body = _turn(icon, box)
        own = tuple(dict.fromkeys(tags.get(name, []) + (tags.get(root, []) if changes else [])))
        yield Icon(name, _SVG.format(body=body, **box), own, bool(icon.get("hidden", False)))


def _moved(alias: dict[str, Any]) -> bool:
    return any(alias.get(key) for key in ("hFlip", "vFlip", "rotate"))


def _root(name: str, aliases: dict[str, Any]) -> str:
    """Return the icon that the alias `name` stands for in the end."""
    for _ in range(6):
        if name not in aliases:
            break
        name = str(aliases[name].get("parent", ""))
    return name


def _turn(icon: dict[str, Any], box: dict[str, float]) -> str:
    """Return the body mirrored and turned (quarter turns) as Iconify means it; adapts `box`."""
    body = str(icon.get("body", ""))
    left, top, width, height = box["left"], box["top"], box["width"], box["height"]
    if icon.get("hFlip"):
        body = f'<g transform="translate({2 * left + width:g} 0) scale(-1 1)">{body}</g>'
    if icon.get("vFlip"):
        body = f'<g transform="translate(0 {2 * top + height:g}) scale(1 -1)">{body}</g>'
    turns = int(icon.get("rotate", 0)) % 4
    if turns:
        x, y = left + width / 2, top + height / 2
        body = f'<g transform="rotate({90 * turns} {x:g} {y:g})">{body}</g>'
        if turns % 2:
            box.update(left=x - height / 2, top=y - width / 2, width=height, height=width)
    return body


def _packages(path: Path) -> dict[str, tuple[str, str]]:
    packages = _load(path).get("packages", {})
    return {
        key: (str(value.get("version")), str(value.get("integrity")))
        for key, value in packages.items()
        if key
    }


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} can't be read ({error}): delete the cache folder and run the build again",
            ru=f"{path} не читается ({error}): удалите папку кэша и запустите сборку снова",
        ) from error
    if not isinstance(data, dict):
        raise DataError(
            f"{path} holds no JSON object: delete the cache folder and run the build again"
        )
    return data
