import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.fake_corpus import write_corpus
from znak.corpus import fieldcodec, fieldmodel, pack
from znak.corpus.pack import read_index, unpack
from znak.corpus.packing import write_pack
from znak.errors import DataError, InputError, StorageError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus") / "corpus"
    return root, write_corpus(root, 60)


@pytest.fixture(scope="module")
def packed(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("pack") / "pack"
    write_pack(corpus[0], out, lines=True, processes=1, block=32)
    return out


def test_gives_back_every_row_without_loss(corpus, packed, tmp_path):
    rows = corpus[1]
    rows = [r for r in rows if r["solid"]] + [r for r in rows if not r["solid"]]
    got = unpack(packed, tmp_path)
    assert len(got) == len(rows)
    assert isinstance(got.fields, np.memmap)
    assert got.fields.tobytes() == b"".join(r["field"] for r in rows)
    for column, name in ((got.captions, "caption"), (got.concepts, "concept"), (got.ru, "ru")):
        assert list(column) == [r[name] for r in rows]
    assert list(got.tags) == [tuple(r["tags"]) for r in rows]
    assert list(got.sets) == [r["set"] for r in rows]
    assert list(got.licenses) == [r["license"] for r in rows]
    assert got.split.tolist() == [r["split"] for r in rows]
    assert got.derived.tolist() == [r["derived"] for r in rows]
    assert got.solid.tolist() == [r["solid"] for r in rows]
    assert got.interface.tolist() == [r["interface"] for r in rows]
    assert got.cluster.tolist() == [r["cluster"] for r in rows]
    wanted = np.array([[r[name] for name in pack.MEASURES] for r in rows], dtype=np.float32)
    np.testing.assert_array_equal(got.measures, wanted)
    assert got.captions[-1] == rows[-1]["caption"]
    assert got.tags[2:4] == [tuple(r["tags"]) for r in rows[2:4]]


def test_takes_the_solid_part_alone(packed, tmp_path):
    for path in packed.glob("line-*"):
        path.rename(path.with_suffix(".away"))
    try:
        assert unpack(packed, tmp_path, kind="solid").solid.all()
        with pytest.raises(DataError, match=r"line-000\.znp is missing"):
            unpack(packed, tmp_path)
    finally:
        for path in packed.glob("line-*"):
            path.rename(path.with_suffix(".znp"))


def test_lists_solid_files_first_and_keeps_to_the_size_limit(corpus, tmp_path):
    index = write_pack(
        corpus[0], tmp_path / "p", lines=True, processes=1, block=16, max_bytes=30_000
    )
    names = [f["name"] for f in index["files"]]
    assert names == sorted(names, key=lambda name: (name.startswith("line"), name))
    assert len(names) > 2
    assert all(f["bytes"] <= 30_000 for f in index["files"])
    assert index == read_index(tmp_path / "p")
    assert len(unpack(tmp_path / "p", tmp_path / "cache")) == 60


def test_packs_the_same_bytes_whatever_the_number_of_processes(corpus, packed, tmp_path):
    write_pack(corpus[0], tmp_path / "p", lines=True, processes=2, block=32)
    for path in packed.iterdir():
        assert (tmp_path / "p" / path.name).read_bytes() == path.read_bytes()


def test_no_brand_can_be_packed(corpus, tmp_path):
    """A corpus whose brands can't even be opened packs all the same: they are never read."""
    root, rows = corpus
    brands = root / "brands" / "part-000.parquet"
    names = set(pq.read_table(brands).column("caption").to_pylist())
    kept = brands.read_bytes()
    brands.write_bytes(b"poison")
    try:
        write_pack(root, tmp_path / "p", lines=True, processes=1, block=64)
    finally:
        brands.write_bytes(kept)
    got = unpack(tmp_path / "p", tmp_path / "cache")
    assert sorted(got.captions) == sorted(r["caption"] for r in rows)
    assert not names & set(got.captions)
    assert "simple-icons" not in set(got.sets)


def test_unpacks_once_and_mends_a_torn_cache(packed, tmp_path):
    first = unpack(packed, tmp_path)
    home = next(tmp_path.iterdir())
    stamp = (home / "fields.npy").stat().st_mtime_ns
    unpack(packed, tmp_path)
    assert (home / "fields.npy").stat().st_mtime_ns == stamp
    wanted = np.array(first.fields)
    (home / "split.npy").unlink()
    np.testing.assert_array_equal(unpack(packed, tmp_path).fields, wanted)
    assert [p.name for p in tmp_path.iterdir()] == [home.name]


def test_unpacking_needs_numpy_alone(packed, tmp_path):
    code = f"""
import sys
for name in ("pyarrow", "pandas", "scipy", "sklearn", "torch", "PIL"):
    sys.modules[name] = None
from pathlib import Path
from znak.corpus.pack import unpack
print(len(unpack(Path({str(packed)!r}), Path({str(tmp_path)!r}))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "60\n", done.stderr


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damage_is_named(packed, tmp_path_factory, data):
    copy = tmp_path_factory.mktemp("damage")
    for path in packed.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    victim = copy / data.draw(st.sampled_from(sorted(p.name for p in packed.glob("*.znp"))))
    raw = bytearray(victim.read_bytes())
    spot = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[spot] ^= data.draw(st.integers(1, 255))
    else:
        del raw[spot:]
    victim.write_bytes(raw)
    with pytest.raises(DataError, match=victim.name):
        unpack(copy, copy / "cache")
    assert not list((copy / "cache").glob("*"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: {**i, "schema": "znak-pack-9"}, "pack schema 'znak-pack-9'"),
        (lambda i: {"rows": 1}, "not an index"),
        (lambda i: [], "not an index"),
        (lambda i: {**i, "files": [{**i["files"][0], "rows": 3}]}, "rows where"),
        (lambda i: {**i, "files": [{**i["files"][0], "name": "../x"}]}, "not an index"),
        (lambda i: {**i, "files": []}, "holds no"),
    ],
)
def test_refuses_a_strange_index(packed, tmp_path, change, message):
    for path in packed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    index = json.loads((packed / "pack.json").read_text())
    (tmp_path / "pack.json").write_text(json.dumps(change(index)))
    with pytest.raises(DataError, match=message):
        unpack(tmp_path, tmp_path / "cache")


def test_refuses_another_version(packed, tmp_path):
    for path in packed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    file = tmp_path / "solid-000.znp"
    raw = bytearray(file.read_bytes())
    raw[8] = 2
    file.write_bytes(raw)
    with pytest.raises(DataError, match="version 2"):
        unpack(tmp_path, tmp_path / "cache")


def test_names_a_missing_pack_and_a_missing_corpus(tmp_path):
    with pytest.raises(DataError, match="is no pack"):
        unpack(tmp_path, tmp_path / "cache")
    with pytest.raises(DataError, match="no corpus"):
        write_pack(tmp_path / "none", tmp_path / "p")
    (tmp_path / "half" / "work").mkdir(parents=True)
    with pytest.raises(DataError, match="half-written"):
        write_pack(tmp_path / "half", tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_leaves_other_folders_alone(corpus, tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(InputError, match="was not made by this command"):
        write_pack(corpus[0], tmp_path, processes=1)
    assert [p.name for p in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_leaves_nothing_half_written(corpus, tmp_path, stop):
    def interrupt(rows):
        raise stop

    with pytest.raises((KeyboardInterrupt, StorageError)) as caught:
        write_pack(corpus[0], tmp_path / "p", processes=1, block=8, progress=interrupt)
    assert not list(tmp_path.iterdir())
    if isinstance(stop, OSError):
        assert "disk is full" in caught.value.message


def test_names_a_damaged_corpus(tmp_path):
    write_corpus(tmp_path / "c", 12)
    part = tmp_path / "c" / "drawings" / "split=train" / "part-000.parquet"
    part.write_bytes(part.read_bytes()[:200])
    with pytest.raises(DataError, match="build the corpus again"):
        write_pack(tmp_path / "c", tmp_path / "p", processes=1)


# The coder itself ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(corpus):
    fields = np.stack([np.frombuffer(r["field"], np.int8).reshape(64, 64) for r in corpus[1][:20]])
    return fieldmodel.train(fields)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.sampled_from([1, 20, 128]))
def test_any_int8_values_survive(model, seed, n, spread):
    rng = np.random.default_rng(seed)
    fields = np.clip(rng.integers(-spread, spread, (n, 64, 64)).cumsum(axis=2), -128, 127).astype(
        np.int8
    )
    np.testing.assert_array_equal(
        fieldcodec.decode(model, fieldcodec.encode(model, fields)), fields
    )


def test_model_survives_and_damage_is_named(model):
    again = fieldmodel.Model.from_bytes(model.to_bytes())
    np.testing.assert_array_equal(again.weights, model.weights)
    np.testing.assert_array_equal(again.tables, model.tables)
    for broken in (b"", b"ZNKFC1", model.to_bytes()[:-9], b"x" + model.to_bytes()[1:]):
        with pytest.raises(DataError, match="model is damaged"):
            fieldmodel.Model.from_bytes(broken)


def test_damaged_blocks_are_named(model, corpus):
    fields = np.frombuffer(corpus[1][0]["field"], np.int8).reshape(1, 64, 64)
    data = fieldcodec.encode(model, fields)
    flipped = bytearray(data)
    flipped[20] ^= 255
    for broken in (b"", data[:-1], data + b"\0", bytes(flipped)):
        with pytest.raises(DataError, match="damaged"):
            fieldcodec.decode(model, broken)
