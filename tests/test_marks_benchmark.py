"""benchmarks/marks.py and benchmarks/blind_naming.py, at tiny size."""

from __future__ import annotations

import importlib
import io
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from tests.engine.tiny import export_tiny
from tests.metrics.fake_marks import SHAPES, FakePack, draw_shape, make_pack, make_prompts
from znak.errors import DataError, InputError
from znak.fields import trace
from znak.metrics.judge import Judge, JudgeConfig
from znak.metrics.prompts import plain
from znak.models.checkpoint import save_model
from znak.models.gan import GanConfig, Generator
from znak.studio.plan import FORMS
from znak.words import load_encoder


def train_rows(pack: FakePack) -> np.ndarray:
    return np.flatnonzero((np.asarray(pack.split) == "train") & np.asarray(pack.solid))


BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
torch.set_num_threads(1)


def open_benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def pack() -> FakePack:
    """Shapes with a knob in a place of its own, so that no two are alike once they are framed."""
    pack, rng = make_pack(480), np.random.default_rng(1)
    for field in pack.fields:
        angle, far = rng.uniform(0, 6.28), rng.uniform(17, 24)
        knob = draw_shape("disc", rng.uniform(5, 7), far * np.cos(angle), far * np.sin(angle))
        field[:] = np.maximum(field, np.rint(127 * knob).astype(np.int8))
    return pack


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, pack: FakePack) -> Path:
    """A judge, a mark model, a GAN and a list of prompts."""
    folder = tmp_path_factory.mktemp("files")
    torch.manual_seed(0)
    prompts = make_prompts(pack)
    judge = Judge(JudgeConfig(widths=(8,), depths=(1,), dim=8, buckets=64))
    save_model(folder / "judge.safetensors", judge, about={"prompts": prompts.corpus})
    export_tiny(folder)
    gan = Generator(GanConfig(text_dim=load_encoder().dim))
    save_model(folder / "gan.safetensors", gan, about={"encoder": load_encoder().name})
    (folder / "prompts.json").write_text(json.dumps(plain(prompts)))
    return folder


def test_one_run_prints_every_figure_of_every_condition(files, pack, tmp_path, monkeypatch, capsys):
    marks = open_benchmark("marks", monkeypatch)
    monkeypatch.setattr(marks, "unpack", lambda *a, **k: pack)
    out = tmp_path / "figures.json"
    options = ["nowhere", "--prompts", str(files / "prompts.json"), "--out", str(out)]
    options += ["--judge", str(files / "judge.safetensors"), "--seeds", "8", "--replicates", "20"]
    options += ["--model", str(files / "marks.safetensors"), "--no-times"]
    assert marks.main([*options, "--gan", str(files / "gan.safetensors")]) == 0
    figures = json.loads(out.read_text())
    assert list(figures["figures"]) == ["real", "retrieval", "model", "best of 4", "seed GAN"]
    real, near = figures["figures"]["real"], figures["figures"]["retrieval"]
    assert "commit" in figures["machine"] and "commit" in capsys.readouterr().out
    assert 0 <= real["recall@1"]["value"] <= real["recall@5"]["value"] == 1  # of four concepts
    assert real["diversity"]["value"] == pytest.approx(1)
    assert real["near copies"]["value"] < 0.03
    assert near["near copies"]["value"] > 0.7  # they are training drawings, traced anew
    assert real["KS thickness"] < 0.35
    assert figures["figures"]["model"]["KS thickness"] > real["KS thickness"]
    for name, column in figures["figures"].items():  # the judge is untrained: only that it measures
        kernel = column["KD ×1000"]
        if name == "best of 4":  # two marks a concept are too few
            assert kernel["value"] is None
        else:
            assert kernel["interval"][0] < kernel["value"] < kernel["interval"][1]


def test_what_is_missing_is_left_out_with_a_note(files, pack, monkeypatch, capsys):
    marks = open_benchmark("marks", monkeypatch)
    monkeypatch.setattr(marks, "unpack", lambda *a, **k: pack)
    monkeypatch.setattr(marks, "is_shipped", lambda: False)
    options = ["nowhere", "--prompts", str(files / "prompts.json"), "--replicates", "10"]
    assert marks.main([*options, "--judge", str(files / "judge.safetensors"), "--seeds", "2"]) == 0
    printed = capsys.readouterr().out
    assert "no model" in printed and "no seed GAN" in printed
    assert "retrieval" in printed and "best of 4" not in printed


def test_times_are_told_for_float32_and_bf16(files, pack, monkeypatch):
    marks = open_benchmark("marks", monkeypatch)
    path = files / "marks.safetensors"
    times = marks.time_model(marks.load_flow(path), path, make_prompts(pack), lambda note: None)
    assert [name.split(",")[0] for name in times] == ["float32", "float32", "bf16"]
    assert all(wall > 0 and cpu > 0 for wall, cpu in times.values())


def test_copies_are_found_mirrored_moved_and_scaled(pack, monkeypatch):
    marks = open_benchmark("marks", monkeypatch)
    lopsided = np.maximum(draw_shape("disc", 9, -8, -8), draw_shape("bar", 16, 4, 6))
    known = FakePack(
        **{**vars(pack), "fields": np.rint(127 * np.stack([lopsided] * 3)).astype(np.int8)}
    )
    small = np.maximum(draw_shape("disc", 6.75, 2, -2), draw_shape("bar", 12, 11, 8.5))
    other = draw_shape("ring", 20, 0, 0)
    found = marks.nearest_training(
        np.stack([lopsided, lopsided[:, ::-1], small, other]), np.arange(3), known
    )
    assert found[:2].max() < 0.02 and found[2] < 0.4 and found[3] > 1.5


def test_ranking_takes_the_cleanest_of_each_four(monkeypatch):
    conditions = open_benchmark("conditions", monkeypatch)
    clean = draw_shape("disc", 22, 0, 0)
    empty = conditions.EMPTY
    thin = draw_shape("bar", 26, 0, 0) - np.float32(0.95)
    fields = np.stack([empty, thin, clean, thin, empty, empty, empty, empty])
    rows = conditions.rank(fields, ["disc"], per_concept=8, match=None, index=None)
    assert rows.tolist() == [2, 4]
    drawn = conditions.draw("x", ["disc"] * 2, fields[[2, 0]], processes=1)
    assert drawn.outlines[1] is None and drawn.rasters[1].sum() == 0
    assert drawn.forms[0, 1] == 1 and drawn.forms[0, 0] > 150


def test_an_engine_that_knows_styles_is_asked_the_studios_wishes_in_turn(monkeypatch):
    conditions = open_benchmark("conditions", monkeypatch)

    class Plain:
        output = "fields"

        def __init__(self) -> None:
            self.style = None

        def encode(self, texts):
            return np.zeros((len(texts), 3), np.float32)

        def sample(self, vectors, *, seeds, style=None):
            self.style = style
            return np.zeros((len(seeds), 64, 64), np.float32)

    class Styled(Plain):
        styles = ("thickness", "symmetry", "cleanness")

    plain_engine, styled = Plain(), Styled()
    for engine in (plain_engine, styled):
        conditions.sample(engine, ["fox", "cup"], per_concept=len(FORMS) + 1)
    assert plain_engine.style is None
    assert styled.style.shape == (2 * len(FORMS) + 2, 3)
    wanted = [wish.get("symmetry", np.nan) for wish in (*FORMS, FORMS[0])] * 2
    np.testing.assert_array_equal(styled.style[:, 1], wanted)
    assert 0 < np.isnan(styled.style[:, 1]).sum() < len(styled.style)
    assert (styled.style[:, 2] == 1).all()


def test_contact_sheets_show_every_mark_of_every_prompt(monkeypatch, tmp_path):
    contact = open_benchmark("contact", monkeypatch)
    disc = trace(draw_shape("disc", 14, 0, 0))
    concepts = [f"thing {k}" for k in range(51)]
    outlines = [disc] * (2 * len(concepts))
    outlines[1] = None
    paths = contact.write_sheets(outlines, concepts, tmp_path)
    assert [path.name for path in paths] == ["contact-1.png", "contact-2.png"]
    pages = [np.asarray(Image.open(path).convert("L")) for path in paths]
    wide = contact.NAME + contact.SHOWN * contact.CELL
    assert pages[0].shape == (contact.HEAD + contact.ROWS * contact.CELL, 2 * wide)
    assert pages[1].shape == (contact.HEAD + contact.CELL, wide)

    def dark(page, row, place):
        top, left = contact.HEAD + row * contact.CELL, contact.NAME + place * contact.CELL
        return bool((page[top : top + contact.CELL, left : left + contact.CELL] < 60).any())

    assert [dark(pages[0], row, place) for row in (0, 1) for place in (0, 1, 2)] == [
        *(True, False, False),
        *(True, True, False),
    ]


def test_the_drawings_become_pictures_with_their_names(pack, tmp_path, monkeypatch):
    script = open_benchmark("gan_pictures", monkeypatch)
    n = len(pack)
    whole = SimpleNamespace(**vars(pack), tags=[[]] * n, measures=np.zeros((n, 6), np.float32))
    monkeypatch.setattr(script, "unpack", lambda *a, **k: whole)
    out = tmp_path / "marks.parquet"
    assert script.main(["nowhere", "--out", str(out)]) == 0
    rows = pq.read_table(out).to_pylist()
    assert len(rows) == len(train_rows(pack)) > 50
    assert {row["text"] for row in rows} <= set(pack.concepts)
    row = rows[0]
    number = int(row["image"]["path"].removesuffix(".png"))
    kept = train_rows(pack)[number]
    assert row["text"] == pack.concepts[kept]
    picture = np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("L"))
    assert np.array_equal(picture < 128, pack.fields[kept] > 0)


def test_a_picture_is_read_as_its_field(monkeypatch):
    conditions = open_benchmark("conditions", monkeypatch)
    field = draw_shape("ring", 20, 0, 0)
    picture = np.repeat(1 - 2 * np.clip(field[None] * 8 + 0.5, 0, 1), 3, axis=0)
    read = conditions.read_picture(picture)
    assert ((read > 0) == (conditions.tidy(read).field > 0)).mean() > 0.99
    assert read[32, 32] < 0 < read.max()  # a ring, not a disc
    assert (conditions.read_picture(np.ones((3, 28, 28), np.float32)) == -1).all()


# Blind naming


@pytest.fixture
def naming(monkeypatch):
    return open_benchmark("blind_naming", monkeypatch)


def make_sheets(naming, folder: Path, *, seed: int = 0) -> dict:
    concepts = [f"{shape} {k}" for k in range(8) for shape in SHAPES]
    drawn = [trace(draw_shape(c.split()[0], 20, 0, 0)) for c in concepts]
    sets = {name: list(drawn) for name in naming.CONDITIONS}
    sets["model"][3] = None
    naming.make_sheets(sets, concepts, [*concepts, "fox", "owl"], folder, seed=seed)
    return json.loads((folder / "key.json").read_text())


def answer(folder: Path, key: dict, reader: str, right: dict[str, float], card: float) -> None:
    for number, sheet in enumerate(key["sheets"], start=1):
        n = len(sheet["marks"])
        share = right[sheet["condition"]]
        given = {
            str(k + 1): {"name": m["concept"] if k < share * n else "none", "card": k < card * n}
            for k, m in enumerate(sheet["marks"])
        }
        path = folder / "answers" / reader / f"sheet-{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(given))


def test_sheets_tell_nothing_of_the_condition_and_are_the_same_for_a_seed(naming, tmp_path):
    key = make_sheets(naming, tmp_path / "a")
    assert sorted(s["condition"] for s in key["sheets"]) == sorted(naming.CONDITIONS)
    orders = [[m["concept"] for m in s["marks"]] for s in key["sheets"]]
    assert len({tuple(o) for o in orders}) == 4 and len({frozenset(o) for o in orders}) == 1
    for sheet in key["sheets"]:
        for mark in sheet["marks"]:
            assert len(set(mark["names"])) == 20 and mark["concept"] in mark["names"]
            assert mark["names"] == sorted(mark["names"])
    for number in range(1, 5):
        text = (tmp_path / "a" / f"sheet-{number}.md").read_text()
        assert not any(word in text for word in ("retrieval", "best of", "model", "seed"))
        for page, size in ((1, (1000, 1000)), (2, (1000, 400))):
            with Image.open(tmp_path / "a" / f"sheet-{number}-{page}.png") as picture:
                assert picture.size == size
    make_sheets(naming, tmp_path / "b")
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert all(
        (tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names
    )
    assert make_sheets(naming, tmp_path / "c", seed=1) != key


def test_answers_are_scored_by_condition_beside_the_real_drawings(naming, tmp_path, capsys):
    key = make_sheets(naming, tmp_path)
    right = {"real": 1.0, "retrieval": 0.75, "model": 0.5, "best of 4": 0.75}
    for reader in ("ann", "bob", "cid"):
        answer(tmp_path, key, reader, right, 0.25)
    rows = {row["condition"]: row for row in naming.score(tmp_path, replicates=200)}
    assert {c: row["named"] for c, row in rows.items()} == right
    assert {row["card"] for row in rows.values()} == {0.25}
    assert rows["model"]["named of real"] == 0.5 and rows["model"]["readers"] == 3
    low, high = rows["model"]["named interval"]
    assert 0.2 < low < 0.5 < high < 0.8
    assert naming.main(["score", str(tmp_path)]) == 0
    assert "| model | 3 | 0.50 [" in capsys.readouterr().out
    with pytest.raises(InputError, match="holds answers"):
        make_sheets(naming, tmp_path)


def test_answers_that_can_not_be_scored_are_refused(naming, tmp_path):
    with pytest.raises(DataError, match=r"no readable key\.json"):
        naming.score(tmp_path)
    key = make_sheets(naming, tmp_path)
    with pytest.raises(DataError, match="no answers yet"):
        naming.score(tmp_path)
    answer(tmp_path, key, "ann", dict.fromkeys(naming.CONDITIONS, 1.0), 1.0)
    path = tmp_path / "answers" / "ann" / "sheet-2.json"
    whole = json.loads(path.read_text())
    for k, bad in (("1", {"name": "a name not offered", "card": True}), ("2", {"name": "none"})):
        path.write_text(json.dumps({**whole, k: bad}))
        with pytest.raises(DataError, match="can't be scored"):
            naming.score(tmp_path)
    path.write_text(json.dumps({k: v for k, v in whole.items() if k != "7"}))
    with pytest.raises(DataError, match="31 answers to marks 1 to 32"):
        naming.score(tmp_path)
    path.rename(path.with_name("sheet-9.json"))
    with pytest.raises(DataError, match="no such sheet"):
        naming.score(tmp_path)
