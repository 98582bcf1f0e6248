import base64
import hashlib
import io
import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.corpus.fake_npm import make_cache
from znak.corpus import licences, sources
from znak.corpus.brands import BRAND_SETS, is_brand, is_country_flag
from znak.corpus.sources import Icon, IconSet
from znak.corpus.weed import is_glyph, weed
from znak.errors import DataError, MissingError, StorageError


@pytest.fixture
def npm(tmp_path: Path) -> tuple[Path, Path]:
    return make_cache(tmp_path)


def icon_set(prefix: str = "alpha", category: str = "UI 24px") -> IconSet:
    return IconSet(prefix, Path("icons.json"), "MIT", "A", category, False)


def icon(name: str, *tags: str) -> Icon:
    return Icon(name, "<svg/>", tags, False)


def test_lock_file_names_no_registry_and_pins_every_package():
    lock = json.loads((sources.LOCK / "package-lock.json").read_text())
    text = (sources.LOCK / "package-lock.json").read_text() + (
        sources.LOCK / "package.json"
    ).read_text()
    assert "resolved" not in text
    assert not re.search(r"registry|verdaccio|artifactory|:4873|://[^\"]*npm", text)
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 200
    assert all(
        entry["version"] and entry["integrity"].startswith("sha512-") for entry in packages.values()
    )
    wanted = json.loads((sources.LOCK / "package.json").read_text())["dependencies"]
    assert all(
        packages[f"node_modules/{name}"]["version"] == version for name, version in wanted.items()
    )


def test_sets_come_from_their_own_package_and_else_from_the_collection(npm):
    found = {s.prefix: s for s in sources.list_sets(npm[0])}
    assert sorted(found) == [
        "alpha", "beta", "colours", "delta", "mystery", "sharealike", "simple-icons",
    ]  # fmt: skip
    assert found["colours"].coloured and found["colours"].author == "Colours Team"
    assert found["delta"].license == "ISC"
    assert [i.name for i in found["delta"].read()] == ["crystal", "night-star", "star"]


def test_aliases_are_tags_unless_they_mirror(npm):
    icons = {i.name: i for i in sources.list_sets(npm[0])[0].read()}
    assert "house" not in icons
    assert icons["home-fill"].tags == ("category:Buildings", "house")
    assert "scale(-1 1)" in icons["home-left"].svg
    assert 'viewBox="0 0 24 24"' in icons["home-left"].svg


def test_quarter_turns_swap_the_view_box():
    box = {"left": 0.0, "top": 0.0, "width": 20.0, "height": 10.0}
    body = sources._turn({"body": "<path/>", "rotate": 1}, box)
    assert body.startswith('<g transform="rotate(90 10 5)">')
    assert box == {"left": 5.0, "top": -5.0, "width": 10.0, "height": 20.0}


def test_an_installed_cache_is_reused_without_npm(npm, monkeypatch):
    monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    assert sources.installed(*npm)
    sources.install(*npm)


def test_a_cache_of_another_lock_needs_npm(tmp_path, monkeypatch):
    cache, lock = make_cache(tmp_path, installed=False)
    monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    with pytest.raises(MissingError, match="npm is not installed"):
        sources.install(cache, lock)


@pytest.mark.parametrize(
    ("complaint", "error", "says"),
    [
        ("ENOTFOUND registry", DataError, "check the network"),
        ("npm error code EINTEGRITY", DataError, "could not fetch"),
        ("ENOSPC: no space left on device", StorageError, "no disk space"),
    ],
)
def test_npm_failures_are_told(tmp_path, monkeypatch, complaint, error, says):
    cache, lock = make_cache(tmp_path, installed=False)
    calls = []

    def run(command, **options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 1, "", complaint)

    monkeypatch.setattr(sources.shutil, "which", lambda name: "/usr/bin/npm")
    monkeypatch.setattr(sources.subprocess, "run", run)
    monkeypatch.setattr(sources.time, "sleep", lambda seconds: None)
    with pytest.raises(error, match=says):
        sources.install(cache, lock)
    assert "--ignore-scripts" in calls[0]
    assert len(calls) == (3 if "ENOTFOUND" in complaint else 1)


def pack_tarball(path: Path, name: str) -> str:
    """Write an npm package of one set; return its integrity."""
    files = {
        "package.json": {"name": name, "version": "1.0.0"},
        "icons.json": {"prefix": "alpha", "icons": {"star": {"body": "<path d='M0 0h9v9z'/>"}}},
        "info.json": {"license": {"spdx": "MIT"}},
    }
    with tarfile.open(path, "w:gz") as archive:
        for file, content in files.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{file}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


@pytest.mark.system("npm")
@pytest.mark.parametrize("damage", [False, True])
def test_the_real_npm_installs_a_lock(tmp_path, damage):
    cache, lock = tmp_path / "cache", tmp_path / "lock"
    lock.mkdir()
    tarball, name = tmp_path / "alpha-1.0.0.tgz", "@iconify-json/alpha"
    place = tarball.as_uri()
    entry = {"version": "1.0.0", "resolved": place, "integrity": pack_tarball(tarball, name)}
    root = {"name": "sets", "dependencies": {name: place}}
    (lock / "package.json").write_text(json.dumps({**root, "private": True}))
    packages = {"": root, f"node_modules/{name}": entry}
    (lock / "package-lock.json").write_text(
        json.dumps({"name": "sets", "lockfileVersion": 3, "requires": True, "packages": packages})
    )
    if damage:
        entry["integrity"] = "sha512-" + base64.b64encode(bytes(64)).decode()
        (lock / "package-lock.json").write_text(
            json.dumps(
                {"name": "sets", "lockfileVersion": 3, "requires": True, "packages": packages}
            )
        )
        with pytest.raises(DataError, match="could not fetch"):
            sources.install(cache, lock)
        return
    sources.install(cache, lock)
    assert sources.installed(cache, lock)
    assert [s.prefix for s in sources.list_sets(cache)] == ["alpha"]


def test_a_lock_that_npm_did_not_follow_is_an_error(tmp_path, monkeypatch):
    cache, lock = make_cache(tmp_path, installed=False)
    monkeypatch.setattr(sources.shutil, "which", lambda name: "/usr/bin/npm")
    monkeypatch.setattr(
        sources.subprocess,
        "run",
        lambda command, **o: subprocess.CompletedProcess(command, 0, "", ""),
    )
    with pytest.raises(DataError, match="don't match the lock"):
        sources.install(cache, lock)


def test_damaged_and_empty_caches_are_told(npm, tmp_path):
    (npm[0] / "node_modules" / "@iconify-json" / "beta" / "info.json").write_text('{"half')
    with pytest.raises(DataError, match=r"info\.json"):
        sources.list_sets(npm[0])
    with pytest.raises(DataError, match="no icon sets"):
        sources.list_sets(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "spdx", ["MIT", "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "OFL-1.1", "Unlicense", "ISC"]
)
def test_permissive_licences_are_let_in(spdx):
    assert licences.is_allowed(spdx)


@pytest.mark.parametrize(
    "spdx",
    [
        "",
        "CC-BY-SA-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "GPL-3.0",
        "MPL-2.0",
        "mit",
        "Proprietary",
    ],
)
def test_other_licences_are_kept_out(spdx):
    assert not licences.is_allowed(spdx)


@pytest.mark.parametrize(
    ("prefix", "category", "name", "tags"),
    [
        ("simple-icons", "Logos", "anything", ()),
        ("newset", "Logos", "anything", ()),
        ("vscode-icons", "Programming", "folder", ()),
        ("carbon", "UI", "plain", ("category:Brand",)),
        ("mdi", "UI", "plain", ("category:Brand / Logo",)),
        ("uil", "UI", "plain", ("category:Brand Logos",)),
        ("ph", "UI", "apple-logo-fill", ()),
        ("tabler", "UI", "brand-x", ()),
        ("lineicons", "UI", "github", ()),
        ("ant-design", "UI", "facebook-filled", ()),
    ],
)
def test_brands_are_known_by_set_category_and_name(prefix, category, name, tags):
    assert is_brand(icon_set(prefix, category), icon(name, *tags))


@pytest.mark.parametrize(
    "name", ["fox", "apple", "target", "shell", "box-open", "rocket-launch-fill"]
)
def test_plain_words_are_no_brands(name):
    assert not is_brand(icon_set(), icon(name, "category:Social", "category:Buildings"))


def test_arcticons_would_be_brands_too():
    assert "arcticons" in BRAND_SETS


@pytest.mark.parametrize(
    ("prefix", "category", "name", "tags", "flag"),
    [
        ("circle-flags", "Flags / Maps", "ru", (), True),
        ("noto", "Emoji", "flag-for-japan", ("category:Flags",), True),
        ("noto", "Emoji", "chequered-flag", ("category:Flags",), False),
        ("twemoji", "Emoji", "flag-bahrain", (), True),
        ("mdi", "Material", "flag-checkered", (), False),
        ("tabler", "UI", "flag", (), False),
    ],
)
def test_country_flags(prefix, category, name, tags, flag):
    assert is_country_flag(icon_set(prefix, category), icon(name, *tags)) is flag


def test_weed_drops_twins_by_name():
    names = ["bell", "bell-thin", "bell-duotone", "sun-thin", "cat-16", "cat-24", "cat-48", "moon-light",
             "moon-fill", "traffic-light"]  # fmt: skip
    out = weed("ph", [icon(name) for name in names])
    assert set(out) == {"bell-thin", "bell-duotone", "cat-16", "cat-48", "moon-light"}
    assert out["cat-16"] == ("variant", "size of cat-24")


def test_weed_drops_skin_tones_of_emoji_sets_only():
    names = ["waving-hand", "waving-hand-dark-skin-tone", "moon-light"]
    assert set(weed("noto", [icon(name) for name in names])) >= {"waving-hand-dark-skin-tone"}


@pytest.mark.parametrize(
    "name",
    [
        "letter-a",
        "number-7",
        "circle-letter-b-filled",
        "alpha-z-box-outline",
        "4k",
        "numeric-1",
        "a",
        "square-number-nine",
        "keycap-3",
        "regionalindicatora",
        "uppercase",
    ],
)
def test_letters_and_numbers_are_glyphs(name):
    assert is_glyph(name)


@pytest.mark.parametrize(
    "name",
    [
        "fox",
        "tv",
        "add",
        "ox-fill",
        "cpu",
        "3d-glasses",
        "letterbox",
        "love-letter",
        "alphabet-soup",
        "seven-dwarfs",
        "usb",
        "button-mushroom",
    ],
)
def test_words_are_no_glyphs(name):
    assert not is_glyph(name)
