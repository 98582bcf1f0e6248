"""Shards, pictures, copies and the check of both."""

import io
import struct
import warnings
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from tests.corpus.fake_hub import Hub, serve
from tests.corpus.fake_logos import SCHEMA, caption, draw, encode, rows, write
from znak.cli import app
from znak.corpus.amazing.cache import open_cache
from znak.corpus.amazing.check import check
from znak.corpus.amazing.copies import SIDE, difference, group_copies, near_pairs
from znak.corpus.amazing.pictures import Fault, Picture, decode, make_thumb, shrink
from znak.corpus.amazing.shards import image_bytes, open_shards, read_piece, take_images
from znak.errors import DataError

PNG = encode(draw(1))


# Shards -------------------------------------------------------------------------------------------


def test_rows_are_numbered_through_files_in_natural_order(tmp_path):
    for k in (10, 2, 1):
        write(tmp_path / f"part-{k}.parquet", [(PNG, f"{k}.{i}") for i in range(7)], group=3)
    shards = open_shards([tmp_path])
    assert (shards.rows, [file.groups for file in shards.files]) == (21, [(3, 3, 1)] * 3)
    pieces = list(shards.pieces(size=2))
    assert [p.rows for p in pieces[:5]] == [2, 1, 2, 1, 1]
    assert [p.start for p in pieces[:6]] == [0, 2, 3, 5, 6, 7]
    texts = [t for p in pieces for t in read_piece(p, columns=("text",)).column("text").to_pylist()]
    assert texts == [f"{k}.{i}" for k in (1, 2, 10) for i in range(7)]


def test_pieces_are_neither_heavy_nor_many(tmp_path, monkeypatch):
    def sizes(**options):
        return [piece.rows for piece in shards.pieces(**options)]

    write(tmp_path / "a.parquet", [(bytes([i]) * 1000, "") for i in range(40)], group=40)
    shards = open_shards([tmp_path])
    assert sizes() == [40]
    assert sizes(size=2) == [5] * 8
    monkeypatch.setattr("znak.corpus.amazing.shards.PIECE_BYTES", shards.files[0].sizes[0] // 20)
    assert max(sizes()) <= 2
    assert sum(sizes()) == 40
    assert sizes(heavy=False) == [40]
    pieces = list(shards.pieces())
    assert image_bytes(read_piece(pieces[-1]))[-1] == bytes([39]) * 1000


def test_some_images_are_taken_by_number(tmp_path):
    write(tmp_path / "a.parquet", [(str(i).encode(), "") for i in range(20)], group=6)
    write(tmp_path / "b.parquet", [(b"b", ""), (None, "")])
    found = take_images(open_shards([tmp_path]), [21, 3, 20, 3, 13])
    assert found == {3: b"3", 13: b"13", 20: b"b", 21: None}


def test_the_digest_is_of_content_not_of_names(tmp_path):
    a = write(tmp_path / "a.parquet", rows(2))
    b = write(tmp_path / "b" / "x.parquet", rows(2))
    c = write(tmp_path / "c.parquet", rows(3))
    assert open_shards([a]).digest == open_shards([b]).digest != open_shards([c]).digest


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("no column text", [("image", SCHEMA.field("image").type), ("caption", pa.string())]),
        ("no column image", [("picture", SCHEMA.field("image").type), ("text", pa.string())]),
        ("column image is binary", [("image", pa.binary()), ("text", pa.string())]),
        ("column text is int64", [("image", SCHEMA.field("image").type), ("text", pa.int64())]),
    ],
)
def test_other_schemas_are_refused_with_what_is_wrong(tmp_path, name, schema):
    write(tmp_path / "1.parquet", rows(1))
    pq.write_table(pa.schema(schema).empty_table(), tmp_path / "2.parquet")
    with pytest.raises(DataError, match=f"2.parquet is not in the schema.*{name}"):
        open_shards([tmp_path])


def test_missing_empty_and_damaged_files_are_named(tmp_path):
    with pytest.raises(DataError, match="there is no file or folder"):
        open_shards([tmp_path / "none"])
    with pytest.raises(DataError, match=r"holds no \.parquet file.*znak data fetch"):
        open_shards([tmp_path])
    pq.write_table(SCHEMA.empty_table(), tmp_path / "0.parquet")
    with pytest.raises(DataError, match="holds no rows"):
        open_shards([tmp_path])
    whole = write(tmp_path / "1.parquet", rows(3)).read_bytes()
    for wrong in (b"", b"PAR1", b"PK\x03\x04 a zip", whole[: len(whole) // 2]):
        (tmp_path / "2.parquet").write_bytes(wrong)
        with pytest.raises(DataError, match=r"2\.parquet is damaged, cut short or no parquet"):
            open_shards([tmp_path])


def test_damage_inside_a_file_is_named_when_it_is_read(tmp_path):
    path = write(tmp_path / "1.parquet", rows(30))
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"1\.parquet is damaged"):
        image_bytes(read_piece(next(open_shards([path]).pieces())))


# Pictures -----------------------------------------------------------------------------------------


def picture(image: Image.Image, kind: str = "PNG", **options) -> np.ndarray:
    found = decode(encode(image, kind, **options))
    assert isinstance(found, Picture)
    return np.asarray(found.rgb)


def test_every_mode_becomes_rgb():
    grey = Image.new("L", (9, 9), 80)
    assert (picture(grey) == 80).all()
    assert (picture(Image.new("1", (9, 9), 1)) == 255).all()
    half = Image.new("RGBA", (9, 9), (255, 0, 0, 128))
    np.testing.assert_allclose(picture(half)[0, 0], [255, 127, 127], atol=1)
    palette = Image.new("P", (9, 9), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((0, 0), 1)
    clear = picture(palette, transparency=0)
    assert clear[5, 5].tolist() == [255, 255, 255]
    assert clear[0, 0].tolist() == [40, 50, 60]
    keyed = Image.new("RGB", (9, 9), (1, 2, 3))
    assert (picture(keyed, transparency=(1, 2, 3)) == 255).all()
    deep = Image.fromarray(np.full((9, 9), 257 * 200, np.uint16))
    assert (picture(deep) == 200).all()
    cmyk = picture(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "JPEG")
    assert cmyk[4, 4, 0] > 200
    assert cmyk[4, 4, 1] < 60


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue", "lime")]
    found = decode(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert isinstance(found, Picture)
    assert (found.frames, found.rgb.getpixel((0, 0))) == (3, (255, 0, 0))


def test_hostile_pictures_are_faults_and_never_raise():
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(bomb).reason == "too large"
        assert decode(None).reason == decode(b"").reason == "missing"
        for data in (b"no image", PNG[:60], PNG[: len(PNG) // 2], PNG[:-40], b"<svg/>", b"GIF89a"):
            assert decode(data).reason == "undecodable", data
        wide = decode(encode(Image.new("1", (20_000, 4))))
        assert isinstance(wide, Picture)
        assert shrink(wide.rgb, 32).size == (32, 32)
        dot = decode(encode(Image.new("RGB", (1, 1), (9, 9, 9))))
        assert (np.asarray(shrink(dot.rgb, 28)) == 9).all()


@given(st.data())
def test_bytes_spoiled_anywhere_never_raise(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]))
    good = bytearray(encode(draw(3, size=(20, 20)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(decode(bytes(good)), Picture | Fault)


# Copies -------------------------------------------------------------------------------------------


def thumb(image: Image.Image) -> np.ndarray:
    return np.asarray(make_thumb(image.convert("RGB"), SIDE))


def group(images, digests=None, ratios=None):
    n = len(images)
    digests = np.arange(n, dtype=np.uint64) if digests is None else np.array(digests, np.uint64)
    ratios = np.ones(n, np.float32) if ratios is None else np.array(ratios, np.float32)
    return group_copies(np.stack([thumb(i) for i in images]), ratios, digests).tolist()


def test_sizes_and_formats_of_one_picture_are_copies_and_others_are_not():
    one = draw(5)
    jpeg = Image.open(io.BytesIO(encode(one, "JPEG", quality=70)))
    assert group([one, draw(6), one.resize((90, 90)), draw(7), jpeg]) == [0, 1, 0, 3, 0]
    assert group([one, one.resize((300, 150))], ratios=[1, 2]) == [0, 1]


def test_flat_pictures_are_copies_by_content_alone():
    white = [Image.new("RGB", (9, 9), "white")] * 4
    assert group(white, digests=[1, 2, 1, 3]) == [0, 1, 0, 3]


def test_search_agrees_with_comparing_all_pairs():
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (60, SIDE, SIDE, 3))
    noisy = np.clip(base[:40] + rng.normal(0, np.linspace(0.5, 5, 40)[:, None, None, None],
                                           base[:40].shape), 0, 255)  # fmt: skip
    thumbs = np.concatenate([base, noisy]).astype(np.uint8)
    n = len(thumbs)
    pairs, gaps = near_pairs(thumbs, np.ones(n, np.float32), np.arange(n))
    wanted = {
        (a, b)
        for a in range(n)
        for b in range(a + 1, n)
        if difference(thumbs[a : a + 1], thumbs[b : b + 1])[0] <= 3
    }
    assert {tuple(p) for p in pairs.tolist()} == wanted
    assert 10 < len(wanted) < 40
    assert (np.diff(gaps) >= 0).all()


# The check ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    root = tmp_path_factory.mktemp("dirty")
    flat = encode(Image.new("RGB", (50, 50), (200, 0, 0)))
    content = [
        *rows(10),
        (PNG, caption(1)),  # 10: the bytes and caption of row 1
        (encode(draw(2).resize((300, 300)), "JPEG"), "not of the grammar"),  # 11: near row 2
        (flat, ""),  # 12
        (None, None),  # 13
        (b"junk", caption(50)),  # 14
        (encode(Image.new("RGB", (1, 1))), "x" * 1_000_000),  # 15
        (encode(Image.new("1", (9000, 10))), caption(51)),  # 16
    ]
    write(root / "good.parquet", content, group=4)
    (root / "half.parquet").write_bytes((root / "good.parquet").read_bytes()[:5000])
    return root


def test_every_kind_of_dirt_is_counted_with_its_rows(dirty):
    report = check([dirty], processes=1)
    rows_of = {name: f.rows for name, f in report.findings.items() if name != "file damaged"}
    assert rows_of == {
        "missing": [13],
        "too large": [],
        "undecodable": [14],
        "caption null": [13],
        "caption empty": [12],
        "caption too long": [15],
        "caption not parsed": [11],
        "one colour": [12, 15, 16],
        "animated": [],
        "smaller than 8 px": [15],
        "wider or taller than 8,000 px": [16],
        "exact copies": [10],
        "near copies": [11],
        "same caption": [10],
    }
    assert (report.rows, report.clean, list(report.damaged)) == (
        17, False, [str(dirty / "half.parquet")],
    )  # fmt: skip


def test_exit_codes_say_whether_all_rows_can_be_used(dirty, tmp_path):
    run = CliRunner().invoke
    bad = run(app, ["data", "check", str(dirty), "--processes", "1", "--language", "ru"])
    assert bad.exit_code == 1
    assert "картинка не читается" in bad.output
    assert "half.parquet" in bad.output
    clean = write(tmp_path / "x.parquet", rows(3), metadata={"synthetic": "true"})
    good = run(app, ["data", "check", str(clean), "--processes", "1", "--language", "en"])
    assert good.exit_code == 0, good.output
    assert "3 rows" in good.output
    assert "synthetic" in good.output


def test_the_commands_fetch_and_cache(tmp_path):
    shard = write(tmp_path / "x.parquet", rows(6), metadata={"synthetic": "true"})
    run = CliRunner().invoke
    with serve(Hub({"data/a.parquet": shard.read_bytes()})) as hub:
        result = run(
            app, ["data", "fetch", "amazing-logos", "--to", str(tmp_path / "got"), "--hub", hub.url]
        )
    assert result.exit_code == 0, result.output
    assert f"znak data check {tmp_path / 'got'}" in result.output.replace("\n", "")
    command = [
        "data",
        "cache",
        str(tmp_path / "got"),
        "--to",
        str(tmp_path / "c"),
        "--processes",
        "1",
    ]
    result = run(app, command)
    assert result.exit_code == 0, result.output
    assert "synthetic" in result.output
    (folder,) = (tmp_path / "c").iterdir()
    assert len(open_cache(folder)) == 6


def test_nothing_to_check_is_an_error(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match="damaged"):
        check([tmp_path])
