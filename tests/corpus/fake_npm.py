"""A tiny npm cache of hand-written icon sets, and the lock file it answers to."""

import json
from pathlib import Path

STAR = "M12 2l3 7 7 .6-5.3 4.7L18.300 22 12 18 5.700 22l1.600-7.700L2 9.600 9 9z"
HOUSE = "M12 3 2 12h3v9h5v-6h4v6h5v-9h3z"
SWOOSH = "M2 16C6 20 12 14 22 5 14 15 7 22 3 19 1 17.500 2 16 2 16z"
LINE = 'fill="none" stroke="currentColor" stroke-width="2"'


def solid(data: str) -> dict:
    return {"body": f'<path fill="currentColor" d="{data}"/>'}


def polygon(points: int, dent: float) -> str:
    """A star-like solid that differs with both numbers."""
    import math

    corners = []
    for i in range(2 * points):
        radius = 10 if i % 2 == 0 else 10 * dent
        angle = math.pi * i / points
        corners.append(f"{12 + radius * math.sin(angle):.2f} {12 - radius * math.cos(angle):.2f}")
    return "M" + "L".join(corners) + "z"


SETS: dict[str, dict] = {
    "alpha": {
        "license": "MIT",
        "icons": {
            "home-fill": solid(HOUSE),
            "star": solid(STAR),
            "star-thin": solid(STAR),
            "bluefox": solid(polygon(7, 0.6)),
            "letter-a": solid("M4 20 12 4l8 16z"),
            "withdrawn": {**solid(HOUSE), "hidden": True},
            "nothing": {"body": '<path fill="none" d="M0 0h9v9z"/>'},
            "broken": {"body": "<path d='M0 0"},
            "tick-mark": solid(SWOOSH),
            "brand-acme": solid("M3 3h18v6h-6v12H9V9H3z"),
            "github": solid(polygon(9, 0.8)),
            "spinning": {"body": '<path d="M3 3h9v9z"><animate attributeName="d"/></path>'},
        },
        "aliases": {
            "house": {"parent": "home-fill"},
            "home-left": {"parent": "home-fill", "hFlip": True},
        },
        "categories": {"Buildings": ["home-fill"], "Brands": ["bluefox"]},
    },
    "beta": {
        "license": "Apache-2.0",
        "icons": {
            "mug": {"body": f'<path {LINE} d="M4 5h12v14H4zM16 8h4v6h-4M7 9h6"/>'},
            "cloud": {
                "body": f'<path {LINE} d="M6 18a4 4 0 0 1 0-8 6 6 0 0 1 11-1 4.500 4.500 0 0 1 1 9z"/>'
            },
            "wave": {"body": f'<path {LINE} d="M2 12c3-6 6-6 10 0s7 6 10 0"/>'},
            "hair": {"body": '<path fill="none" stroke="#000" stroke-width=".1" d="M2 12h20"/>'},
            "star": solid(STAR),
            **{f"arrow-{i}": solid(polygon(3 + i % 4, 0.2 + 0.07 * i)) for i in range(9)},
        },
    },
    "colours": {
        "license": "CC-BY-4.0",
        "palette": True,
        "icons": {
            "smiling-face": {
                "body": '<circle cx="12" cy="12" r="10" fill="#fc3"/><circle cx="8" cy="9" r="2" fill="#531"/>'
                '<circle cx="16" cy="9" r="2" fill="#531"/><path fill="#531" d="M6 14h12c-1 6-11 6-12 0z"/>'
            },
            "ball": {
                "body": '<path fill="#d22" d="M2 12a10 10 0 0 1 20 0z"/><path fill="#22d" d="M2 12a10 10 0 0 0 20 0z"/>'
            },
            "apple": {"body": '<circle cx="12" cy="12" r="9" fill="#d22"/>'},
        },
    },
    "sharealike": {"license": "CC-BY-SA-4.0", "icons": {"fox": solid(HOUSE)}},
    "mystery": {"license": "", "icons": {"fox": solid(HOUSE)}},
    "simple-icons": {
        "license": "CC0-1.0",
        "category": "Logos",
        "icons": {
            "swooshco": solid(SWOOSH),
            "starcorp": solid(STAR),
            "boxly": solid("M3 3h18v18H3z"),
        },
    },
}
COLLECTION = {
    "delta": {
        "license": "ISC",
        "icons": {
            "star": solid(STAR),
            "night-star": solid(STAR),
            "crystal": solid(polygon(6, 0.5)),
        },
    }
}


def _info(name: str, of: dict) -> dict:
    return {
        "prefix": name,
        "name": name.title(),
        "author": {"name": f"{name.title()} Team"},
        "license": {"spdx": of["license"]} if of["license"] else {},
        "category": of.get("category", "UI 24px"),
        "palette": of.get("palette", False),
    }


def _write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")


def make_cache(root: Path, *, installed: bool = True) -> tuple[Path, Path]:
    """Write the lock and the cache; return (cache, lock)."""
    cache, lock = root / "cache", root / "lock"
    names = [*(f"@iconify-json/{name}" for name in SETS), "@iconify/json", "emojibase-data"]
    packages = {
        f"node_modules/{name}": {"version": "1.0.0", "integrity": f"sha512-{name}"}
        for name in names
    }
    _write(lock / "package.json", {"dependencies": dict.fromkeys(names, "1.0.0")})
    _write(lock / "package-lock.json", {"lockfileVersion": 3, "packages": {"": {}, **packages}})
    modules = cache / "node_modules"
    for name in names:
        _write(modules / name / "package.json", {"name": name, "version": "1.0.0"})
    for name, of in SETS.items():
        folder = modules / "@iconify-json" / name
        data = {"prefix": name, "width": 24, "height": 24, "icons": of["icons"]}
        _write(folder / "icons.json", {**data, "aliases": of.get("aliases", {})})
        _write(folder / "info.json", _info(name, of))
        _write(folder / "metadata.json", {"categories": of.get("categories", {})})
    for name, of in COLLECTION.items():
        data = {"prefix": name, "width": 24, "height": 24, "icons": of["icons"]}
        _write(
            modules / "@iconify" / "json" / "json" / f"{name}.json",
            {**data, "info": _info(name, of)},
        )
    star = {"hexcode": "2B50", "label": "star", "tags": ["night"], "group": 4, "subgroup": 40}
    _write(modules / "emojibase-data" / "en" / "data.json", [star])
    _write(modules / "emojibase-data" / "ru" / "data.json", [{**star, "label": "звезда"}])
    _write(modules / "emojibase-data" / "meta" / "groups.json", {"subgroups": {"40": "sky"}})
    if installed:
        _write(modules / ".package-lock.json", {"packages": packages})
    return cache, lock


README_NAMES = (
    "fox wolf owl bear rocket star house tree leaf flower cup mug key crown castle fish whale bird "
    "cat dog horse lion anchor boat bell book camera clock cloud sun moon drop flame heart apple "
    "cherry bread cheese pizza guitar drum hat shoe shirt glasses lamp chair table door bridge "
    "mountain island volcano snowflake umbrella bicycle car bus train plane"
).split()


def make_readme_cache(cache: Path) -> None:
    """Write to `cache` what npm would after the real lock, made-up drawings in two of its sets."""
    from znak.corpus import sources

    lock = json.loads((sources.LOCK / "package-lock.json").read_text(encoding="utf-8"))
    modules = cache / "node_modules"
    _write(modules / ".package-lock.json", lock)
    info = {"license": {"spdx": "CC-BY-3.0"}, "author": {"name": "Nobody"}}
    for place in lock["packages"]:
        if place:
            _write(cache / place / "package.json", {"name": place.removeprefix("node_modules/")})
        if "/@iconify-json/" in place:
            _write(cache / place / "icons.json", {"icons": {}})
            _write(cache / place / "info.json", info)
    for shift, name in enumerate(("game-icons", "noto")):
        of = {
            word: solid(polygon(3 + (k + 2 * shift) % 6, 0.3 + 0.011 * k - 0.07 * shift))
            for k, word in enumerate(README_NAMES)
        }
        folder = modules / "@iconify-json" / name
        _write(folder / "icons.json", {"prefix": name, "width": 24, "height": 24, "icons": of})
    star = {"hexcode": "2B50", "label": "star", "tags": ["night"], "group": 4, "subgroup": 40}
    _write(modules / "emojibase-data" / "en" / "data.json", [star])
    _write(modules / "emojibase-data" / "ru" / "data.json", [{**star, "label": "звезда"}])
    _write(modules / "emojibase-data" / "meta" / "groups.json", {"subgroups": {"40": "sky"}})
