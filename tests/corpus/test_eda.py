"""The statistics of the analysis, against counting by hand and planted answers."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.corpus.fake_logos import caption, draw, encode, rows, write
from znak.corpus.amazing.shards import open_shards
from znak.corpus.captions import STYLE_WORDS, compose
from znak.corpus.eda import looks, text
from znak.corpus.eda.captions import (
    LANGUAGES,
    detect_language,
    open_captions,
    read_caption,
    write_captions,
)
from znak.corpus.eda.maps import choose_rows, map_captions, map_pictures
from znak.corpus.eda.palettes import colour_cloud, palette_of, palettes_by
from znak.corpus.eda.pictures import COLOURS, Pictures, measure, name_colours, write_pictures
from znak.corpus.eda.relations import relate
from znak.errors import DataError

CAPTIONS = [
    *[caption(i) for i in range(40)],
    caption(3),
    caption(5).upper().lower(),
    compose("Alone"),
    compose("Peck_final.jpg", tags=["peck"]),
    compose("Лисья нора", tags=["лиса", "кофе"], industry="Кафе", black_and_white=True),
    "no grammar here",
    "",
    None,
    "x, " * 300_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    shards = open_shards([write(folder / "a.parquet", [(None, c) for c in CAPTIONS], group=20)])
    write_captions(shards, folder / "captions.parquet", processes=1)
    with open_captions(folder / "captions.parquet", threads=1) as opened:
        yield opened


# Captions -----------------------------------------------------------------------------------------


def test_counts_are_those_of_counting(base):
    facts = text.summarise(base)
    assert facts["rows"] == len(CAPTIONS)
    assert (facts["unparsed"], facts["empty"], facts["name_only"]) == (4, 2, 1)
    assert (facts["no_industry"], facts["file_names"], facts["flagged"]) == (1, 1, 1)
    assert facts["industries"] == 5
    assert facts["median_logos_per_industry"] == 10
    assert text.count_repeats(base)["caption"] == 2
    repeats = text.find_repeats(base)
    assert repeats.logos.tolist() == [2, 2]
    assert repeats.caption.tolist() == sorted([caption(3), caption(5)])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_ngrams_are_those_of_counting(base, n):
    found = text.count_ngrams(base, n, top=400)
    counts = Counter()
    for said in CAPTIONS:
        words = re.findall(r"[^\W_]+", (said or "")[:2000].lower())
        counts.update(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    wanted = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:400]
    assert list(zip(found.ngram, found["count"], strict=True)) == wanted


def test_values_and_their_meetings(base):
    tags = text.count_values(base, "tag", top=3)
    assert next(zip(tags.value, tags.logos, strict=True)) == ("bars", 42)
    industries = text.count_values(base, "industry")
    assert industries.set_index("value").logos["travel"] == 11
    sizes = text.rank_sizes(base, "industry")
    assert (sizes.logos * sizes["values"]).sum() == industries.logos.sum()
    cross = text.cross_values(base, "industry", "tag").set_index(["a", "b"])
    met = cross.loc[("cafe", "orange")]
    assert met.logos == 10
    assert met.lift == pytest.approx(10 * len(CAPTIONS) / (10 * 10))
    style = text.cross_values(base, "style", "style").set_index(["a", "b"])
    assert style.loc[("sharp", "abstract")].logos == len(CAPTIONS) - 4
    assert len(style) == len(STYLE_WORDS) * (len(STYLE_WORDS) - 1)


def test_lengths(base):
    boxes = text.box_measures(base).set_index("measure")
    lengths = [len(c or "") for c in CAPTIONS]
    assert boxes.loc["characters", "max"] == 900_000
    assert boxes.loc["characters", "median"] == np.median(lengths)
    assert boxes.loc["epithets", "mode"] == 11
    for bins in (5, 60):
        frame = text.bin_measure(base, "words", bins=bins)
        assert frame.captions.sum() == len(CAPTIONS)
        assert (frame.low.iloc[1:].to_numpy() == frame.high.iloc[:-1].to_numpy()).all()


def test_names_and_unparsed(base):
    frames = text.describe_names(base)
    forms = frames["forms"].set_index("form").names
    assert (forms["file name"], forms["one word"], forms["with digits"]) == (1, 2, 42)
    assert frames["words"].set_index("words").names.to_dict() == {1: 2, 2: 43}
    assert sorted(text.sample_unparsed(base).row) == [45, 48]
    weights = text.word_weights(base)
    assert weights["bars"] == 42
    assert "кофе" in weights


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Blue Fox coffee shop", "en"),
        ("Лисья нора кофе", "ru"),
        ("Кофе Fox coffee", "mixed"),
        ("Krzqv Wplst Brzk", "latin"),
        ("富士山", "cjk"),
        ("شركة النور", "arabic"),
        ("Ελλάδα", "other"),
        ("2024 — №", "none"),
        ("", "none"),
    ],
)
def test_languages(said, language):
    assert detect_language(said) == language


@given(st.text(st.characters(), max_size=60))
def test_any_caption_can_be_read(said):
    read = read_caption(said)
    assert read["language"] in LANGUAGES
    read["text"].encode()
    assert read["n_chars"] == len(said)


def test_a_table_that_is_none_is_named(tmp_path):
    (tmp_path / "captions.parquet").write_bytes(b"nothing")
    with (
        pytest.raises(DataError, match="can't be read"),
        open_captions(tmp_path / "captions.parquet"),
    ):
        pass


# Pictures -----------------------------------------------------------------------------------------


def look(shapes=(), *, ground="white", ink="black", size=(96, 96)):
    image = Image.new("RGB", size, ground)
    for box in shapes:
        ImageDraw.Draw(image).rectangle(box, fill=ink)
    return measure(image)[0]


def test_measures_of_drawn_pictures():
    half = look([(0, 48, 95, 95)])
    assert (half["kind"], half["colour"]) == ("black and white", "black")
    assert half["red"] == half["blue"] == pytest.approx(127.5, abs=0.6)
    square = look([(24, 24, 71, 71)])
    assert square["coverage"] == pytest.approx(0.25)
    assert (square["symmetry"], square["parts"], square["slimness"]) == (1, 1, 1)
    assert square["detail"] == pytest.approx(4)
    assert (square["ground"], square["ground_share"]) == ("#ffffff", 1)
    two = look([(10, 10, 29, 29), (40, 60, 89, 79)], ink="#c81e1e", ground="#101010")
    assert (two["parts"], two["kind"], two["colour"]) == (2, "colour", "red")
    assert two["symmetry"] < 0.6
    assert look([(24, 24, 71, 71)], ink="#808080")["kind"] == "grey"
    empty = look()
    assert (empty["coverage"], empty["parts"], empty["colour"]) == (0, 0, "white")


def test_each_colour_has_its_own_name():
    assert name_colours(np.array(list(COLOURS.values()), np.uint8)).tolist() == list(
        range(len(COLOURS))
    )


def test_a_palette_is_made_of_the_colours_that_are_there():
    pixels = np.array([[200, 30, 30]] * 60 + [[20, 60, 200]] * 30 + [[250, 210, 40]] * 10, np.uint8)
    palette = palette_of("x", pixels.reshape(10, 10, 3))
    assert palette.colours == ("#c81e1e", "#143cc8", "#fad228")
    assert palette.shares == (0.6, 0.3, 0.1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    flat = encode(Image.new("L", (60, 60), 255))
    content = [
        *rows(200),
        (encode(draw(4).resize((300, 300)), "JPEG", quality=90), caption(4)),  # 200: near row 4
        (encode(draw(6)), caption(6)),  # 201: row 6 again
        (flat, caption(1)),
        (encode(draw(8, size=(400, 100))), caption(1)),
        (b"junk", caption(1)),
        (None, caption(1)),
    ]  # fmt: skip
    shards = open_shards([write(folder / "a.parquet", content)])
    return write_pictures(shards, folder, processes=1)


@pytest.fixture(scope="module")
def heads():
    return pd.Series({i: read_caption(caption(i))["head"] for i in range(204)})


def test_the_table_of_pictures(pictures):
    facts = looks.summarise(pictures)
    assert (facts["pictures"], facts["faults"], facts["shapes"]) == (204, 2, 4)
    assert (facts["exact"], facts["near"], facts["flat"], facts["one_channel"]) == (1, 1, 1, 1)
    assert (facts["square"], facts["white_ground"]) == (203, 204)
    assert facts["grey"] == facts["black_and_white"] == 51
    assert looks.count_faults(pictures).to_dict("list") == {
        "fault": ["missing", "undecodable"], "pictures": [1, 1], "rows": ["205", "204"],
    }  # fmt: skip
    assert looks.find_groups(pictures) == [[4, 200], [6, 201]]
    assert looks.find_pairs(pictures)[["a", "b"]].to_numpy().tolist() == [[4, 200]]
    assert looks.pick_flat(pictures, 9) == [202]
    assert looks.pick_extreme(pictures, "widest", 9) == [203]
    assert looks.count_shapes(pictures, top=1).pictures.tolist() == [201]
    for measured in ("width", "ratio without squares", "red", "parts", "coverage"):
        total = 1 if "without" in measured else 204
        assert looks.bin_measure(pictures, measured).pictures.sum() == total
    kinds = looks.cross_kinds(pictures, pd.Series({3: True}))
    assert kinds[kinds.flag].pictures.tolist() == [1]
    assert kinds.pictures.sum() == 204


def test_flat_pictures_alone_are_no_trouble(tmp_path):
    flat = encode(Image.new("RGB", (5, 5), "white"))
    shards = open_shards([write(tmp_path / "a.parquet", [(flat, "hello")] * 3)])
    made = write_pictures(shards, tmp_path, processes=1)
    assert looks.summarise(made)["flat"] == 3
    assert colour_cloud(made).empty
    assert not len(choose_rows(made, 5))
    assert looks.pick_extreme(made, "widest", 3) == []
    assert looks.count_colours(made).empty
    assert looks.bin_measure(made, "ratio without squares").pictures.sum() == 0


def test_industries_have_their_palettes(pictures):
    trades = pd.Series({i: "cafe" if i % 4 == 0 else "software" for i in range(200) if i % 4 < 2})
    first, second = palettes_by(pictures, trades)
    assert {first.name: first.colours[0], second.name: second.colours[0]} == {
        "cafe": "#c83c14", "software": "#1e3cc8",
    }  # fmt: skip


def test_words_tell_the_colour_where_they_do_and_not_where_they_don_t(pictures, heads):
    found = relate(pictures, heads)
    scores = found.scores.set_index(["target", "measure"])
    assert scores.loc[("colour", "balanced accuracy"), "score"] > 0.95
    assert scores.loc[("colour", "balanced accuracy"), "without words"] == pytest.approx(0.25)
    words = found.words[found.words.target == "colour"]
    assert words[words.value == "blue"].word.head(3).str.contains("blue|software").any()
    rng = np.random.default_rng(0)
    mixed = pd.Series(rng.permutation(heads.to_numpy()), index=heads.index)
    lost = relate(pictures, mixed).scores.set_index(["target", "measure"])
    assert lost.loc[("colour", "balanced accuracy"), "score"] < 0.6
    few = Pictures(pictures.frame.head(30), pictures.thumbs, pictures.inks)
    assert relate(few, heads) is None


def test_maps_put_like_pictures_together(pictures, heads):
    chosen = choose_rows(pictures, 60)
    assert len(chosen) == 60
    assert not {200, 201, 202, 204} & set(chosen)
    places = map_pictures(chosen, pictures)
    np.testing.assert_array_equal(places.x, map_pictures(chosen, pictures).x)
    points = places[["x", "y"]].to_numpy()
    gap = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = (chosen % 4)[:, None] == (chosen % 4)[None]
    np.fill_diagonal(gap, np.nan)
    assert np.nanmedian(gap[same]) < np.nanmedian(gap[~same])
    said = map_captions(chosen[:20], heads)
    assert said.row.tolist() == chosen[:20].tolist()
    assert map_captions(chosen[:3], heads).empty


def test_held_captions_answer_as_the_file_does(tmp_path):
    shards = open_shards([write(tmp_path / "a.parquet", [(None, c) for c in CAPTIONS], group=20)])
    write_captions(shards, tmp_path / "captions.parquet", processes=1)
    asked = []
    for held in (False, True):
        with open_captions(tmp_path / "captions.parquet", threads=1, held=held) as base:
            asked.append(
                [text.count_ngrams(base, n, part=part) for part in text.PARTS for n in (1, 3)]
                + [text.box_measures(base)]
            )
    for one, other in zip(*asked, strict=True):
        pd.testing.assert_frame_equal(one, other)
