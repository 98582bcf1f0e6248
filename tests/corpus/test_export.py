import io
import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.corpus.fake_corpus import make_rows, write_corpus
from znak.corpus.captions import parse
from znak.corpus.export import export
from znak.corpus.synthetic import RATES, Source, make_row
from znak.corpus.synthetic_captions import invent_name, split_words
from znak.errors import DataError, InputError, StorageError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus") / "corpus"
    write_corpus(root, 48)
    return root


@pytest.fixture(scope="module")
def clean(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "clean.parquet"
    export(corpus, out, rows=60, processes=1)
    return out


def pictures(path):
    return [
        Image.open(io.BytesIO(row["bytes"]))
        for row in pq.read_table(path).column("image").to_pylist()
    ]


def test_has_the_data_sets_schema_and_says_that_it_is_synthetic(clean):
    with pq.ParquetFile(clean) as file:
        schema, footer = file.schema_arrow, file.metadata.metadata
    assert schema.names == ["image", "text"]
    assert schema.field("image").type == pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    assert schema.field("text").type == pa.string()
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features == {"image": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"}}
    assert footer[b"synthetic"] == b"true"
    assert b"No logo of a real brand" in footer[b"synthetic_note"]


def test_clean_rows_are_square_colour_pictures_with_captions_that_parse(clean):
    images = pictures(clean)
    assert len(images) == 60
    assert all(image.width == image.height and image.mode == "RGB" for image in images)
    assert Counter(image.width for image in images).most_common(1)[0][0] == 180
    assert {image.format for image in images} == {"PNG", "JPEG"}
    captions = [parse(text) for text in pq.read_table(clean).column("text").to_pylist()]
    assert all(c.parsed and c.tags and c.industry for c in captions)
    assert [c.black_and_white for c in captions] == [True] * 2 + [False] * 58
    for image in images[:2]:
        pixels = np.asarray(image).astype(int)
        assert np.ptp(pixels, axis=2).max() < 8
    assert np.mean([np.asarray(image).mean() for image in images]) > 150


def test_rows_depend_on_the_seed_alone(corpus, clean, tmp_path):
    export(corpus, tmp_path / "again.parquet", rows=60, processes=1)
    assert (tmp_path / "again.parquet").read_bytes() == clean.read_bytes()
    export(corpus, tmp_path / "other.parquet", rows=5, processes=1, seed=1)
    export(corpus, tmp_path / "same.parquet", rows=5, processes=1)
    assert pq.read_table(tmp_path / "other.parquet") != pq.read_table(tmp_path / "same.parquet")


def test_more_processes_write_the_same_file(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("znak.corpus.export._CHUNK", 12)
    done = []
    export(corpus, tmp_path / "1.parquet", rows=40, dirt=True, processes=1)
    export(corpus, tmp_path / "2.parquet", rows=40, dirt=True, processes=2, progress=done.append)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    assert done == [12, 12, 12, 4]
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["1.parquet", "2.parquet"]


def test_each_kind_of_dirt_is_there(monkeypatch):
    for name in RATES:
        monkeypatch.setitem(RATES, name, 0.2)
    drawings = make_rows(12)
    seen = Counter()
    for i in range(90):
        d = drawings[i % 12]
        source = Source(d["svg"], d["caption"], tuple(d["tags"]), bool(d["colours"]))
        row = make_row(source, seed=3, index=i, n=90, dirt=True)
        picture, caption = Image.open(io.BytesIO(row.image)), parse(row.text)
        seen["one channel"] += picture.mode == "L"
        seen["not square"] += picture.width != picture.height
        assert 0.09 <= picture.width / picture.height <= 4.1
        seen["flat colour"] += np.ptp(np.asarray(picture), axis=(0, 1)).max() <= 2
        seen["not parsed"] += not caption.parsed
        seen["file name"] += row.path is not None
        seen["name only"] += caption.parsed and not caption.tags and caption.industry is None
        seen["empty industry"] += caption.parsed and bool(caption.tags) and caption.industry is None
    assert set(seen) == set(RATES)
    assert all(5 <= n <= 36 for n in seen.values()), seen


def test_the_glued_categories_of_icon_sets_become_words_or_stay_out():
    tags = ["category:ComputersDevicesElectronics", "moneyshopping", "workofficecompanies"]
    assert split_words("Red fox", [*tags, "interfaceessential", "extraterrestrial", "t-shirt"]) == [
        *("red", "fox", "computers", "devices", "electronics", "money", "shopping"),
        *("extraterrestrial", "t-shirt"),
    ]


def test_names_are_many():
    names = {invent_name(np.random.default_rng(i), "Cafe") for i in range(500)}
    assert len(names) > 490
    assert all(
        parse(f"Simple elegant logo for {n}, a, b, successful vibe").name == n for n in names
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 0}, "--rows 0"),
        ({"rows": -5}, "--rows -5"),
        ({"rows": 10**9}, "from 1 to"),
        ({"rows": 1, "seed": -1}, "--seed -1"),
        ({"rows": 1, "schema": "laion"}, "unknown schema 'laion'"),
    ],
)
def test_refuses_bad_options(corpus, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export(corpus, tmp_path / "x.parquet", **options)
    assert not list(tmp_path.iterdir())


def test_names_a_missing_corpus_and_an_unwritable_place(corpus, tmp_path):
    with pytest.raises(DataError, match="no corpus"):
        export(tmp_path / "none", tmp_path / "x.parquet", rows=1)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't be written"):
        export(corpus, tmp_path / "file" / "x.parquet", rows=1)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_leaves_nothing_half_written(corpus, tmp_path, stop):
    (tmp_path / "x.parquet").write_text("older")

    def interrupt(rows):
        raise stop

    with pytest.raises((KeyboardInterrupt, StorageError)):
        export(corpus, tmp_path / "x.parquet", rows=5, processes=1, progress=interrupt)
    assert [p.name for p in tmp_path.iterdir()] == ["x.parquet"]
    assert (tmp_path / "x.parquet").read_text() == "older"
