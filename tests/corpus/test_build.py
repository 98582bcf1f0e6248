import errno
import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpus.fake_npm import make_cache
from znak.corpus import build as build_module
from znak.corpus import stage
from znak.corpus.build import build
from znak.corpus.cluster import Pairs
from znak.corpus.sift import PER_INTERFACE_CAPTION, Sieve
from znak.corpus.store import DRAWING, read_drawings, read_manifest
from znak.errors import DataError, InputError, StorageError


@pytest.fixture(scope="module")
def npm(tmp_path_factory) -> tuple[Path, Path]:
    return make_cache(tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="module")
def corpus(npm, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("corpora") / "corpus"
    build(out, cache=npm[0], lock=npm[1], processes=1)
    return out


def drawings(root: Path) -> list[dict]:
    return [row for batch in read_drawings(root) for row in batch.to_pylist()]


def table(root: Path, name: str) -> list[dict]:
    return pq.read_table(root / name).to_pylist()


def digest(root: Path) -> dict[str, str]:
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_corpus_holds_what_the_schema_says(corpus):
    manifest = read_manifest(corpus)
    rows = drawings(corpus)
    assert manifest["counts"]["drawings"] == len(rows) == sum(manifest["counts"]["splits"].values())
    assert not (corpus / "work").exists()
    assert {row["derived"] for row in rows} >= {"", "filled", "silhouette"}
    for part in corpus.glob("drawings/*/*.parquet"):
        assert pq.read_schema(part).equals(DRAWING)
    star = next(row for row in rows if row["name"] == "star")
    assert (star["caption"], star["ru"], star["author"]) == ("star", "звезда", "Alpha Team")
    home = next(row for row in rows if row["name"] == "home-fill")
    assert "house" in home["tags"] and "buildings" in home["tags"]


def test_every_reject_has_its_reason(corpus):
    reasons = {(row["set"], row["name"]): row["reason"] for row in table(corpus, "rejects.parquet")}
    expected = {
        ("alpha", "withdrawn"): "hidden",
        ("alpha", "nothing"): "empty",
        ("alpha", "broken"): "can't be rendered",
        ("alpha", "letter-a"): "text glyph",
        ("alpha", "spinning"): "animated",
        ("beta", "hair"): "empty",
        ("sharealike", "fox"): "licence",
        ("mystery", "fox"): "licence",
    }
    assert {key: reasons.get(key) for key in expected} == expected
    assert reasons[("beta", "star")] == "duplicate"


def test_no_brand_can_reach_training(corpus):
    brands = [row for part in sorted((corpus / "brands").glob("*")) for row in table(corpus, part)]
    rows = drawings(corpus)
    marks = {(row["set"], row["name"]) for row in brands}
    assert {("simple-icons", "swooshco"), ("alpha", "brand-acme"), ("alpha", "github")} <= marks
    assert ("alpha", "bluefox") in marks  # its set files it under Brands
    assert not marks & {(row["set"], row["name"]) for row in rows}
    assert not {row["set"] for row in rows} & {"simple-icons"}
    assert "split" not in brands[0] and "cluster" not in brands[0]
    fields = {row["field"] for row in brands if row["set"] == "simple-icons"}
    rejects = {(row["set"], row["name"]): row for row in table(corpus, "rejects.parquet")}
    look_alike = rejects[("alpha", "tick-mark")]
    assert (look_alike["reason"], look_alike["detail"]) == (
        "brand look-alike",
        "simple-icons:swooshco",
    )
    swoosh = next(row["field"] for row in brands if row["name"] == "swooshco")
    assert swoosh in fields and all(row["field"] != swoosh for row in rows)


def test_only_allowed_licences_are_in(corpus):
    assert {row["license"] for row in drawings(corpus)} <= {"MIT", "Apache-2.0", "CC-BY-4.0", "ISC"}


def test_near_copies_share_cluster_and_split(corpus):
    stars = [row for row in drawings(corpus) if row["name"] in ("star", "night-star")]
    assert len({row["set"] for row in stars}) == 2
    assert len({row["cluster"] for row in stars}) == len({row["split"] for row in stars}) == 1
    mug = [row["split"] for row in drawings(corpus) if row["name"] == "mug"]
    assert len(mug) == 2 and len(set(mug)) == 1  # as drawn, and filled


def test_built_twice_it_is_the_same_to_the_byte(corpus, npm, tmp_path):
    build(tmp_path / "again", cache=npm[0], lock=npm[1], processes=1)
    assert digest(tmp_path / "again") == digest(corpus)


def test_two_processes_build_the_same(corpus, npm, tmp_path):
    build(tmp_path / "two", cache=npm[0], lock=npm[1], processes=2)
    assert digest(tmp_path / "two") == digest(corpus)


def test_a_killed_build_goes_on_where_it_stopped(corpus, npm, tmp_path, monkeypatch):
    out, drawn = tmp_path / "killed", []
    real = stage.draw_lot

    def draw_lot(lot, folder):
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(lot.icon_set.prefix)
        real(lot, folder)

    monkeypatch.setattr(stage, "draw_lot", draw_lot)
    with pytest.raises(KeyboardInterrupt):
        build(out, cache=npm[0], lock=npm[1], processes=1)
    assert drawn == ["alpha", "beta"]
    with pytest.raises(DataError, match="half-written"):
        read_manifest(out)
    monkeypatch.setattr(
        stage,
        "draw_lot",
        lambda lot, folder: (drawn.append(lot.icon_set.prefix), real(lot, folder)),
    )
    build(out, cache=npm[0], lock=npm[1], processes=1)
    assert drawn.count("alpha") == drawn.count("beta") == 1
    assert digest(out) == digest(corpus)


def test_lots_of_other_code_or_another_lock_are_not_used(npm, tmp_path, monkeypatch):
    out = tmp_path / "stale"
    monkeypatch.setattr(build_module, "_install", stop)
    with pytest.raises(KeyboardInterrupt):
        build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])
    lots = list((out / "work" / "lots").iterdir())
    assert [lot.name for lot in lots] == ["delta-00000.parquet"]
    before = lots[0].stat().st_mtime_ns
    with pytest.raises(KeyboardInterrupt):
        build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])
    assert lots[0].stat().st_mtime_ns == before
    monkeypatch.setattr(stage, "code", lambda: "other")
    with pytest.raises(KeyboardInterrupt):
        build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])
    assert lots[0].stat().st_mtime_ns != before


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_killed_while_tables_are_put_in_place_it_is_no_corpus_yet(npm, tmp_path, monkeypatch):
    out = tmp_path / "late"
    arguments = {"cache": npm[0], "lock": npm[1], "processes": 1, "sets": ["delta"]}
    build(out, **arguments)
    before = digest(out)
    real = Path.rename

    def rename(self, target):
        if Path(target).name == "concepts.parquet":
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            build(out, **arguments)
    with pytest.raises(DataError, match="half-written"):
        read_manifest(out)
    build(out, **arguments)
    assert digest(out) == before


def test_a_full_disk_is_told_and_leaves_no_half_file(npm, tmp_path, monkeypatch):
    def write_table(table, path, **options):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage.pq, "write_table", write_table)
    out = tmp_path / "full"
    with pytest.raises(StorageError, match="disk is full"):
        build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])
    assert not list((out / "work" / "lots").iterdir())
    assert not (out / "manifest.json").exists()


def test_a_folder_with_something_else_is_refused(npm, tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(InputError, match=r"something else \(thesis.doc\)"):
        build(tmp_path, cache=npm[0], lock=npm[1])
    file = tmp_path / "thesis.doc"
    with pytest.raises(InputError, match="something else"):
        build(file, cache=npm[0], lock=npm[1])
    assert file.read_text() == "years of work"


def test_unknown_sets_are_named(npm, tmp_path):
    with pytest.raises(InputError, match="no icon set nonsense"):
        build(tmp_path / "out", cache=npm[0], lock=npm[1], sets=["alpha", "nonsense"])


def test_a_damaged_lot_is_named(npm, tmp_path, monkeypatch):
    out = tmp_path / "damaged"
    with monkeypatch.context() as patch:
        patch.setattr(build_module, "_install", stop)
        with pytest.raises(KeyboardInterrupt):
            build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])
    (out / "work" / "lots" / "delta-00000.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"delta-00000.parquet is damaged"):
        build(out, cache=npm[0], lock=npm[1], processes=1, sets=["delta"])


def test_limit_takes_the_first_of_each_set(npm, tmp_path):
    manifest = build(
        tmp_path / "out", cache=npm[0], lock=npm[1], processes=1, limit=1, sets=["delta", "alpha"]
    )
    assert manifest["counts"]["sets"] == {"alpha": 0} | {"delta": 1} or manifest["looked_at"] == 2
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["limit"] == 1


def pictogram(i: int, *, interface: bool, caption: str = "arrow") -> dict:
    return {
        "kind": "drawing", "set": "s", "name": f"{caption}-{i}", "derived": "", "license": "MIT",
        "caption": caption, "interface": interface, "solid": bool(i % 2), "tags": [],
    }  # fmt: skip


NO_PAIRS = Pairs(*(np.zeros(0, dtype) for dtype in (np.int64, np.int64, np.float32, bool)))


def test_interface_pictograms_are_capped_by_caption_and_in_all():
    rows = [pictogram(i, interface=False, caption="fox") for i in range(900)]
    rows += [pictogram(i, interface=True) for i in range(90)]
    rows += [pictogram(i, interface=True, caption=f"align {i % 50}") for i in range(500)]
    sieve = Sieve(rows, NO_PAIRS, [])
    sieve.sift()
    kept = [row for row, stays in zip(rows, sieve.stays, strict=True) if stays]
    pictograms = [row for row in kept if row["interface"]]
    assert len(pictograms) <= 0.1 * len(kept) and len(pictograms) > 0.08 * len(kept)
    assert {row["caption"] for row in pictograms} == {"arrow", *(f"align {i}" for i in range(50))}
    assert {reject["reason"] for reject in sieve.rejects} == {"interface cap"}


def test_no_caption_has_more_pictograms_than_the_cap():
    rows = [pictogram(i, interface=False, caption="fox") for i in range(5000)]
    rows += [pictogram(i, interface=True) for i in range(90)]
    sieve = Sieve(rows, NO_PAIRS, [])
    sieve.sift()
    kept = [row for row, stays in zip(rows, sieve.stays, strict=True) if stays and row["interface"]]
    assert len(kept) == PER_INTERFACE_CAPTION
    assert all(row["solid"] for row in kept)


def near(n: int, mark: int) -> Pairs:
    others = np.array([i for i in range(n) if i != mark])
    a, b = np.minimum(others, mark), np.maximum(others, mark)
    return Pairs(a, b, np.full(n - 1, 0.2, np.float32), np.zeros(n - 1, bool))


def named(of: str, caption: str, *, kind: str = "drawing", derived: str = "") -> dict:
    row = pictogram(0, interface=False, caption=caption)
    return {**row, "kind": kind, "set": of, "name": caption.replace(" ", "-"), "derived": derived}


def test_drawings_that_bear_a_brands_name_become_brands():
    rows = [
        named("simple-icons", "figurine", kind="brand"),
        named("simple-icons", "fox", kind="brand"),
        *(named(of, "apple", kind="brand") for of in ("simple-icons", "bxl", "cib", "logos")),
        named("noto", "fox"),
        named("noto", "apple"),
        named("mdi", "figurine"),
        named("mdi", "figurine", derived="filled"),
        named("mdi", "fox"),
        named("mdi", "apple"),
    ]
    sieve = Sieve(rows, NO_PAIRS, [])
    sieve.move_brand_names()
    assert sieve.brand.tolist() == [True] * 6 + [False, False, True, False, False, True]
    assert sieve.stays.tolist() == [True] * 9 + [False, True, True]
    assert [reject["reason"] for reject in sieve.rejects] == ["brand"]


def test_a_generic_form_is_nobodys_mark():
    mark = {
        **pictogram(0, interface=False, caption="dotcorp"),
        "kind": "brand",
        "set": "simple-icons",
    }
    discs = [
        {**pictogram(i, interface=False, caption="disc"), "set": f"set{i}"} for i in range(1, 5)
    ]
    sieve = Sieve([mark, *discs], near(5, 0), [])
    sieve.drop_look_alikes()
    assert sieve.stays.all()
    sieve = Sieve([mark, *discs[:2]], near(3, 0), [])
    sieve.drop_look_alikes()
    assert sieve.stays.tolist() == [True, False, False]


def test_staged_rows_fit_the_schema():
    assert set(stage.STAGED.names) - {"kind", "reason", "detail"} < set(DRAWING.names)
    assert pa.types.is_string(stage.STAGED.field("reason").type)
