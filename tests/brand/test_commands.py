from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from PIL import Image

from tests.brand.marks import mark
from znak import cli
from znak.engine.alike import find, verdict
from znak.engine.file import Weights
from znak.engine.originality import KIND, Index, reduce
from znak.fields import field_of_outline
from znak.fields.likeness import picture_fields, readings

HOSTILE = {
    "script": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>x()</script></svg>',
    "entity": '<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 9 9">&a;</svg>',
    "outside": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect fill="url(http://e.x/#a)" width="9" height="9"/></svg>',
    "broken": "<svg viewBox='0 0 9 9'><path",
    "empty": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
    "flat": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9"><path d="M0 0h9v9"/></svg>',
}


@pytest.fixture
def znak(monkeypatch, capsys):
    def run(*arguments, language="en"):
        monkeypatch.setenv("ZNAK_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["znak", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def star(tmp_path):
    path = tmp_path / "star.svg"
    path.write_text(mark("star").to_svg(fill="#1d4ed8"), encoding="utf-8")
    return path


def test_kit_writes_all_files_and_the_sheet_in_the_users_language(znak, star, tmp_path):
    out = tmp_path / "kit"
    code, text, err = znak("kit", star, "--name", "Звезда", "--language", "ru", "--out", out)
    assert (code, err) == (0, "") and "brand-sheet.png" in text
    assert (out / "kit.zip").stat().st_size > 100_000
    assert "Набор логотипа «Звезда»" in (out / "README.txt").read_text(encoding="utf-8")


def test_the_logo_of_a_kit_passes_the_audit(znak, star, tmp_path):
    out = tmp_path / "kit"
    znak("kit", star, "--name", "Star", "--out", out, "--quiet")
    code, text, _ = znak("audit", out / "svg/horizontal-colour.svg", "--json")
    row = json.loads(text)[0]
    assert code == 0 and row["passed"] and row["legible"] == 1.0


@pytest.mark.parametrize("command", ["kit", "audit", "originality"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_broken_svgs_end_in_one_line_and_nothing_written(
    znak, tmp_path, command, kind, monkeypatch
):
    if command == "audit" and kind == "empty":
        pytest.skip("an empty picture can be audited")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"{kind}.svg"
    path.write_text(HOSTILE[kind], encoding="utf-8")
    extra = ["--index", _index_file(tmp_path)] if command == "originality" else []
    before = sorted(p.name for p in tmp_path.iterdir())
    code, _, err = znak(command, path, *extra, language="ru")
    assert code == 2 and err.startswith("ошибка: ") and err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--colour", "orange-ish"), "colour"),
        (("--layout", "diagonal"), "layout"),
        (("--form", "chrome"), "form"),
        (("--font", "no.ttf"), "no.ttf"),
        (("--name", "x" * 500), "500"),
        (("--name", "🦊"), "U+1F98A"),
    ],
)
def test_bad_options_are_named(znak, star, tmp_path, options, word):
    out = tmp_path / "kit"
    given = options if "--name" in options else ("--name", "Star", *options)
    code, _, err = znak("kit", star, *given, "--out", out)
    assert code == 2 and word in err and not out.exists()


def test_audit_says_what_is_wrong(znak, tmp_path):
    path = tmp_path / "bad.svg"
    bow = "M0 0L60 60L60 0L0 60Z"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" data-x="1">'
        f'<path d="{bow}" fill="#ff0000" stroke-width="2.12345"/><path d="M1 1h.01v.01z"/></svg>'
    )
    code, out, _ = znak("audit", path, "--json")
    row = json.loads(out)[0]
    assert code == 1 and not row["passed"]
    assert row["crossings"] == 1 and row["specks"] == 1 and row["long_numbers"] == 1
    assert "path/stroke-width" in row["stray"] and not row["has_title"]


def test_legibility_tells_bars_apart_until_they_run_together():
    from znak.brand.audit import audit

    def bars(n):
        step = 60 / n
        paths = "".join(
            f'<path d="M{2 + k * step:.2f} 2h{step / 2:.2f}v60h-{step / 2:.2f}z"/>'
            for k in range(n)
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{paths}</svg>'

    assert audit(bars(3)).legible == 1.0
    assert audit(bars(13)).legible < 0.8


def _fields(*names):
    return np.stack([field_of_outline(mark(name)) for name in names])


def _index(names=("star", "ring", "dots", "corner")):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(256, 48)))[0].T.astype(np.float32)
    features = reduce(_fields(*names)) @ basis.T
    scale = np.abs(features).max() / 127
    import zlib

    arrays = {
        "rows": np.rint(features / scale).astype(np.int8),
        "basis": basis,
        "mean": np.zeros(256, np.float32),
        "scale": np.array([scale], np.float32),
        "names": np.frombuffer(zlib.compress("\n".join(names).encode()), np.uint8),
        "brands": np.array([0, 1, 0, 1][: len(names)], np.uint8),
        "quantiles": np.linspace(0, 8, 101).astype(np.float32),
    }
    return arrays


def _index_file(folder):
    from znak.engine.file import write_weights

    path = folder / "index.safetensors"
    write_weights(path, _index(), kind=KIND, config={}, about={})
    return path


@pytest.mark.parametrize("name", ["star", "ring", "dots", "corner"])
def test_a_turned_mirrored_framed_or_inverted_mark_is_found(name):
    index = Index(Weights(KIND, {}, {}, _index(), ""))
    from znak.fields import algebra, render, shapes

    field = field_of_outline(mark(name))
    tile = shapes.rectangle(width=62, height=62, corner=4)
    inside = algebra.place(field, scale=0.7)
    frame = algebra.outline(tile, width=2.5, place=-1.0)
    views = {
        "turned": algebra.place(field, angle=12, scale=0.9),
        "mirrored": algebra.mirror(field),
        "small": algebra.place(field, scale=0.45),
        "framed": algebra.union(frame, inside),
        "inverted": algebra.subtract(tile, inside),
    }
    for how, view in views.items():
        assert find(index, readings(view), n=1)[0].name == name, how
    svg = mark(name).to_svg(fill="#ffffff").replace("<path", '<rect width="64" height="64" fill="#102030"/><path', 1)  # fmt: skip
    fields = [r for f in picture_fields(render(svg, 256)) for r in readings(f)]
    assert find(index, fields, n=1)[0].name == name


def test_the_verdict_grows_calmer_with_distance_and_always_has_the_caveat():
    index = Index(Weights(KIND, {}, {}, _index(), ""))
    same = find(index, [field_of_outline(mark("star"))], n=2)
    other = find(index, [field_of_outline(mark("wide"))], n=2)
    assert same[0].distance < 0.2 and "Very close to star" in verdict(same)[0]
    assert other[0].distance > same[0].distance and same[0].distance <= same[1].distance
    assert all("no legal search" in verdict(f)[0] and "юридический" in verdict(f)[1] for f in (same, other, []))  # fmt: skip


def test_originality_takes_svg_and_png_and_prints_both_ways(znak, star, tmp_path):
    index = _index_file(tmp_path)
    png = tmp_path / "star.png"
    from znak.fields import render

    Image.fromarray(render(star.read_text(), 256)).save(png)
    for path in (star, png):
        code, out, err = znak("originality", path, "--index", index, "--json")
        assert code == 0, err
        assert json.loads(out)["closest"][0]["name"] == "star"
    code, out, _ = znak("originality", star, "--index", index, language="ru")
    assert code == 0 and "Очень похоже на star" in out
