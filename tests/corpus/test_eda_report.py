"""The whole analysis, from a file to a page."""

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.corpus.fake_logos import caption, draw, encode, rows, write
from znak.cli import app
from znak.corpus.eda.explore import Options, explore
from znak.corpus.eda.words import WORDS
from znak.errors import DataError, InputError, StorageError

HOSTILE = "Simple elegant logo for </script><script>alert(1)</script> $x_1$, a & b \u2028, <b>, successful vibe"


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    content = [
        *rows(70),
        (encode(draw(1)), caption(1)),
        (encode(draw(80)), HOSTILE),
        (b"junk", ""),
        (None, None),
    ]
    path = tmp_path_factory.mktemp("shard") / "made up.parquet"
    return write(path, content, metadata={"synthetic": "true"})


@pytest.fixture(scope="module")
def made(shard, tmp_path_factory):
    out = tmp_path_factory.mktemp("eda") / "out"
    steps = []
    options = Options(language="ru", map_points=20, processes=1)
    summary = explore([shard], out, options, progress=lambda *step: steps.append(step))
    return out, summary, steps


def test_the_page_holds_everything_it_shows(made):
    out, _, _ = made
    page = (out / "report.html").read_text("utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page.split("<script>")[0])
    assert not re.search(
        r"<script[^>]+src|<link|@import|url\((?!\$\{)", page.split("</style>")[1][:2000]
    )
    assert "alert(1)</script>" not in page
    assert page.count("<h2") == 4
    assert page.count("data-plot=") >= 5


def test_made_up_data_are_called_so_everywhere(made):
    out, summary, _ = made
    page = (out / "report.html").read_text("utf-8")
    assert WORDS["ru"]["synthetic_note"] in page
    assert (
        "znak data fetch amazing-logos --to data/amazing &amp;&amp; znak eda data/amazing" in page
    )
    assert "made up.parquet&#39; --out" in page
    assert summary["synthetic"] is True
    table = pd.read_parquet(out / "tables" / "shapes.parquet")
    assert table.pictures.sum() == 72


def test_figures_and_tables_lie_beside_the_page(made):
    out, summary, steps = made
    assert summary == json.loads((out / "summary.json").read_text("utf-8"))
    figures = {p.name for p in (out / "figures").iterdir()}
    assert figures == {f"{n}.{kind}" for n in summary["figures"] for kind in ("png", "svg")}
    tables = {p.name for p in (out / "tables").iterdir()}
    assert tables == {f"{n}.{kind}" for n in summary["tables"] for kind in ("parquet", "csv")}
    assert len(figures) >= 40
    assert {step for step, _, _ in steps} == {
        "captions",
        "text",
        "pictures",
        "images",
        "both",
        "maps",
    }
    assert all(done <= total for _, done, total in steps)
    assert ("pictures", 74, 74) in steps
    assert (
        len(pd.read_parquet(out / "captions.parquet"))
        == len(pd.read_parquet(out / "pictures.parquet"))
        == 74
    )


def test_the_same_file_gives_the_same_figures_and_tables(made, shard, tmp_path):
    out, _, _ = made
    command = [
        "eda",
        str(shard),
        "--out",
        str(tmp_path / "a"),
        "--language",
        "ru",
        "--text-only",
        "--processes",
        "1",
    ]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "синтетические" in result.output
    names = [
        p.relative_to(tmp_path / "a")
        for p in (tmp_path / "a").rglob("*")
        if p.parent.name in ("figures", "tables")
    ]
    assert len(names) > 30
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (out / name).read_bytes(), name


def shape(value):
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return sorted(re.findall(r"{\w*}", value)) if isinstance(value, str) else type(value)


def test_both_languages_have_the_same_words():
    assert shape(WORDS["en"]) == shape(WORDS["ru"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "de"}, "--language 'de'"),
        ({"map_points": -1}, "--map-points -1"),
        ({"map_points": 10**6}, "from 0 to 5000"),
    ],
)
def test_refuses_options(shard, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        explore([shard], tmp_path / "out", Options(**options))
    assert not list(tmp_path.iterdir())


def test_wrong_places_and_files_are_named(shard, tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        explore([tmp_path / "none.parquet"], tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="was not made by this command"):
        explore([shard], tmp_path / "mine")
    with pytest.raises(StorageError, match="can't be written"):
        explore([shard], tmp_path / "mine" / "thesis.txt" / "out")
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_leaves_nothing_half_written(shard, tmp_path, stop):
    def interrupt(step, done, total):
        if done:
            raise stop

    with pytest.raises((KeyboardInterrupt, StorageError)):
        explore([shard], tmp_path / "out", Options(processes=1), progress=interrupt)
    assert not list(tmp_path.iterdir())


def test_a_file_without_a_usable_picture_or_caption_gives_a_report(tmp_path):
    bad = write(tmp_path / "bad.parquet", [(b"junk", None), (None, ""), (b"", "  ")])
    summary = explore([bad], tmp_path / "out", Options(processes=1))
    assert (summary["rows"], summary["images"]["pictures"], summary["text"]["parsed"]) == (3, 0, 0)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert WORDS["en"]["no_pictures"] in page
    assert WORDS["en"]["synthetic_note"] not in page
