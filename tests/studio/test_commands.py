from __future__ import annotations

import errno
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from defusedxml.ElementTree import fromstring
from PIL import Image

from tests.engine.tiny import Drawer, random_model
from znak.cli import app, show
from znak.errors import DataError, DrawingError, InputError, MissingError, StorageError
from znak.fields import render
from znak.models.checkpoint import save_model
from znak.studio import maker
from znak.studio.mark import read_provenance
from znak.studio.tools import Tools, open_tools


def znak(*arguments: str) -> None:
    app(list(arguments), standalone_mode=False)


@pytest.fixture(autouse=True)
def quick(monkeypatch, tools):
    """Let the commands work with the quick engine."""
    monkeypatch.setattr(show, "choose_tools", lambda *a: tools)
    monkeypatch.setenv("ZNAK_LANGUAGE", "en")


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def made(tmp_path_factory, tools) -> Path:
    from znak.studio.files import write_logos

    out = tmp_path_factory.mktemp("made") / "logos"
    result = maker.design("a fox, #0F766E", name="Foxy", n=2, tools=tools)
    write_logos(result, result.logos(), out)
    return out


def test_make_writes_svg_png_sheet_and_brief(tmp_path, capsys):
    out = tmp_path / "a"
    znak("make", "a fox, #0F766E", "-n", "2", "--size", "64", "--size", "1024", "--out", str(out))
    names = {"sheet.png", "brief.json", "result.json"}
    names |= {f"{k}{end}" for k in (1, 2) for end in (".svg", ".png", "-64.png", "-1024.png")}
    assert {p.name for p in out.iterdir()} == names
    with Image.open(out / "1.png") as a, Image.open(out / "2-1024.png") as b:
        assert (a.size, a.mode) == ((512, 512), "RGBA")
        assert a.getextrema()[3] == (0, 255)
        assert b.size == (1024, 1024)
    assert json.loads((out / "brief.json").read_text("utf-8"))["concepts"][0]["name"] == "fox"
    shown = capsys.readouterr().out
    assert "1.svg" in shown
    assert "2 marks" in " ".join(shown.split())


def test_the_same_command_gives_the_same_bytes_and_keeps_what_else_is_there(tmp_path, made):
    out = tmp_path / "logos"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    znak("make", "a fox, #0F766E", "--name", "Foxy", "-n", "2", "--out", str(out), "--quiet")
    again = digests(out)
    assert again.pop("notes.txt")
    assert again == digests(made)


def test_json_is_all_that_is_printed_and_quiet_prints_nothing(tmp_path, capsys):
    znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "a"), "--json")
    said = json.loads(capsys.readouterr().out)
    (mark,) = said["marks"]
    assert mark["file"] == "1.svg"
    assert (mark["subject"], mark["engine"], mark["seed"]) == ("fox", "drawer", 0)
    assert said["brief"]["prompt"] == "a fox"
    znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "a"), "--quiet")
    assert capsys.readouterr() == ("", "")


def test_the_table_speaks_the_users_language(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ZNAK_LANGUAGE", "ru")
    znak("make", "лиса", "-n", "1", "--out", str(tmp_path / "a"))
    shown = capsys.readouterr().out
    assert "файл" in shown
    assert "Знаков" in shown


def test_make_starts_from_a_picture(tmp_path, made):
    like = ["--like", str(made / "1.png"), "--strength", "0.2", "--quiet"]
    znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "a"), *like)
    znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "b"), "--quiet")
    a, b = ((tmp_path / n / "1.svg").read_text("utf-8") for n in "ab")
    assert a != b


def test_vary_and_morph_know_what_a_mark_of_ours_shows(tmp_path, made):
    znak("vary", str(made / "1.svg"), "-n", "2", "--out", str(tmp_path / "v"), "--quiet")
    svg = (tmp_path / "v/1.svg").read_text("utf-8")
    provenance = read_provenance(svg)
    assert (provenance.subject, provenance.way) == ("fox", "varied")
    assert "#0f766e" in svg
    note = json.loads(fromstring(svg).find("{*}metadata").text)
    whole = json.loads(fromstring((made / "1.svg").read_text("utf-8")).find("{*}metadata").text)
    assert note["prompt"] == "a fox, #0F766E"
    assert {k: v for k, v in note["logo"].items() if k != "mark"} == {
        k: v for k, v in whole["logo"].items() if k != "mark"
    }
    ends = [str(made / "1.svg"), str(made / "2.svg")]
    znak("morph", *ends, "-n", "3", "--out", str(tmp_path / "m"), "--quiet")
    assert (tmp_path / "m/3.svg").is_file()
    assert read_provenance((tmp_path / "m/2.svg").read_text("utf-8")).way == "between, 0.50"


def test_the_mark_alone_varies_alone_and_takes_a_name_when_asked(tmp_path, made):
    source = str(made / "1-mark.svg")
    znak("vary", source, "-n", "1", "--out", str(tmp_path / "v"), "--quiet")
    assert not (tmp_path / "v/1-mark.svg").exists()
    named = ["--name", "Lis", "--colour", "#1d4ed8", "--layout", "stacked"]
    znak("vary", source, "-n", "1", *named, "--out", str(tmp_path / "w"), "--quiet")
    told = json.loads((tmp_path / "w/result.json").read_text("utf-8"))["marks"][0]["logo"]
    assert (told["name"], told["layout"], told["colours"]["mark"]) == ("Lis", "stacked", "#1d4ed8")


def test_a_kit_of_a_logo_is_that_logo(tmp_path, made):
    from znak.studio.pictures import read_svg

    znak("kit", str(made / "2.svg"), "--out", str(tmp_path / "k"), "--quiet")
    told = json.loads((made / "result.json").read_text("utf-8"))["marks"][1]["logo"]
    drawn = read_svg(tmp_path / f"k/svg/{told['layout']}-colour.svg")
    a, b = (render(svg, 200) for svg in (drawn, read_svg(made / "2.svg")))
    assert np.abs(a.astype(int) - b.astype(int)).mean() < 0.5
    znak("make", "a fox, #0F766E", "--name", "Foxy", "-n", "2", "--kit", "2", "--quiet",
         "--out", str(tmp_path / "m"))  # fmt: skip
    assert (tmp_path / "m/kit/kit.zip").is_file()
    assert read_svg(tmp_path / f"m/kit/svg/{told['layout']}-colour.svg") == read_svg(made / "2.svg")


def test_kit_without_a_number_is_that_of_the_first(tmp_path, monkeypatch):
    taken = []
    monkeypatch.setattr("znak.brand.kit.write_kit", lambda logo, out, **k: taken.append(logo.about))
    make = ["make", "a fox", "--name", "Foxy", "-n", "3", "--quiet", "--out", str(tmp_path / "m")]
    for said in (["--kit"], ["--kit", "3"], ["--kit=2"]):
        znak(*make, *said)
    znak("make", "--kit", *make[1:])
    assert [about["number"] for about in taken] == [1, 3, 2, 1]
    with pytest.raises(InputError, match="--kit 4"):
        znak(*make, "--kit", "4")


def test_weaker_variations_are_nearer(tools, made):
    from znak.studio.pictures import read_picture
    from znak.studio.rank import cover, overlap
    from znak.studio.redraw import vary

    field = read_picture(made / "1.svg")
    near = [
        np.mean(
            [
                overlap(cover(m.field), cover(field))
                for m in vary(field, strength=s, n=4, tools=tools)
            ]
        )
        for s in (0.1, 0.9)
    ]
    assert near[0] > near[1] + 0.05


def test_vary_without_weights_says_what_to_do_and_morph_blends(tmp_path, made, monkeypatch):
    monkeypatch.setattr(show, "choose_tools", lambda *a: Tools(None, is_missing=True))
    with pytest.raises(MissingError, match="--checkpoint"):
        znak("vary", str(made / "1.svg"), "--out", str(tmp_path / "v"))
    assert not (tmp_path / "v").exists()
    ends = [str(made / "1.svg"), str(made / "2.svg")]
    znak("morph", *ends, "-n", "3", "--out", str(tmp_path / "m"), "--quiet")
    assert read_provenance((tmp_path / "m/2.svg").read_text("utf-8")).engine == "blend"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["make", "a fox", "-n", "0"], InputError, "-n 0"),
        (["make", "a fox", "-n", "1000"], InputError, "-n 1000"),
        (["make", "a fox", "--size", "5000"], InputError, "--size 5000"),
        (["make", "a fox", "--like", "none.png"], DataError, "none.png"),
        (["make", "a fox", "--strength", "2"], InputError, "strength"),
        (["vary", "none.svg"], DataError, "none.svg"),
        (["vary", "evil.svg"], DrawingError, "script"),
        (["vary", "empty.svg"], DrawingError, "empty"),
        (["vary", "1.svg", "--strength", "0"], InputError, "strength"),
        (["morph", "1.svg", "evil.svg"], DrawingError, "script"),
        (["morph", "1.svg", "1.svg", "-n", "1"], InputError, "-n 1"),
    ],
)
def test_bad_input_is_one_error_and_leaves_nothing(
    arguments, kind, message, tmp_path, made, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    (tmp_path / "evil.svg").write_text(head + "<script>alert(1)</script></svg>")
    (tmp_path / "empty.svg").write_text(head + "</svg>")
    (tmp_path / "1.svg").write_bytes((made / "1.svg").read_bytes())
    with pytest.raises(kind, match=message) as caught:
        znak(*arguments, "--out", "out")
    assert caught.value.ru != caught.value.message
    assert not (tmp_path / "out").exists()


def test_ctrl_c_in_the_middle_leaves_nothing_half_written(tmp_path, monkeypatch):
    class Interrupted(Drawer):
        def sample(self, *a, **k):
            raise KeyboardInterrupt

    monkeypatch.setattr(show, "choose_tools", lambda *a: Tools(Interrupted()))
    assert app(["make", "a fox", "--out", str(tmp_path / "a")], standalone_mode=False) == 130
    assert not (tmp_path / "a").exists()
    monkeypatch.setattr(show, "choose_tools", lambda *a: Tools(Drawer()))
    monkeypatch.setattr("znak.studio.files.sheet", lambda cells: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_a_full_disk_and_a_file_in_the_way_are_said(tmp_path, monkeypatch, made):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="can't be written"):
        znak("make", "a fox", "-n", "1", "--out", str(tmp_path / "file"))
    before = digests(made)

    def full(*a, **k):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("znak.studio.files.png_of", full)
    with pytest.raises(StorageError, match="disk is full"):
        znak("make", "a fox", "-n", "1", "--out", str(made))
    assert digests(made) == before


def test_a_gan_checkpoint_goes_the_same_way_traced_in_colour(tmp_path, monkeypatch):
    gan = pytest.importorskip("znak.models.gan")
    from znak.words import load_encoder

    torch.set_num_threads(1)
    model = random_model(gan.Generator(gan.GanConfig(text_dim=256, widths=(16, 8))), 0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(9)
    save_model(tmp_path / "gan", model, about={"encoder": load_encoder().name})
    tools = open_tools("gan", checkpoint=tmp_path / "gan", device="cpu")
    result = maker.design("a fox", n=3, tools=tools)
    assert len(result) == 3
    assert result.engine == "gan"
    for mark in result:
        assert mark.outline is None
        assert len(mark.colours) >= 2
        assert np.ptp(mark.render(64)[..., 0]) > 0
        assert read_provenance(mark.svg).way == "traced image"
    for logo in maker.design("a fox", name="Foxy", n=2, tools=tools).logos():
        fills = {role for part in logo.parts for role in [part.role]}
        assert len(fills) >= 2
        drawn = logo.svg()
        assert all(fill in drawn for fill in fills)
        assert set(re.findall(r'fill="(#[^"]+)"', logo.svg("black"))) <= {"#000000", "#ffffff"}
    again = maker.design("a fox", n=2, tools=tools)
    assert [m.svg for m in again] == [m.svg for m in result][:2]
    with pytest.raises(InputError, match="can't start from a picture"):
        maker.design("a fox", like=np.zeros((64, 64), np.float32), tools=tools)


def test_a_checkpoint_that_draws_nothing_or_is_damaged_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"no weights")
    for options in ({"engine": "gan"}, {"engine": "flow"}, {"engine": "torch"}):
        with pytest.raises(DataError, match="damaged"):
            open_tools(**options, checkpoint=tmp_path / "x", device="cpu")


def test_the_engine_of_colour_images_refuses_a_model_of_marks(tmp_path):
    flow = pytest.importorskip("znak.models.flow")
    model = flow.FlowModel(flow.FlowConfig(size=16, width=32, depth=1, head=16))
    save_model(tmp_path / "marks", model, about={})
    with pytest.raises(DataError, match="--engine torch takes it"):
        open_tools("gan", checkpoint=tmp_path / "marks", device="cpu")


def test_retrieval_hands_out_drawings_under_its_own_name():
    from znak.engine.retrieval import RetrievalEngine
    from znak.fields import shapes
    from znak.fields.sdf import quantise
    from znak.words import load_encoder

    fields = np.stack([quantise(shapes.star(k)) for k in range(4, 16)])
    captions = ["star"] * 6 + ["fox"] * 6
    engine = RetrievalEngine(fields, captions, [f"s:{k}" for k in range(12)], load_encoder())
    result = maker.design("a star", n=2, tools=Tools(engine))
    assert result.engine == "retrieval"
    assert result.revision == "retrieval-12"
    assert '"engine": "retrieval"' in result[0].svg
