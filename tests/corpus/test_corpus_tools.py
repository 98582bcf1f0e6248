import pyarrow.parquet as pq
import typer
from typer.testing import CliRunner

from tests.corpus.fake_corpus import write_corpus
from znak.cli.corpus_tools import register
from znak.corpus.pack import unpack
from znak.errors import InputError


def test_commands(tmp_path):
    corpus = tmp_path / "corpus"
    write_corpus(corpus, 48)
    app = typer.Typer()
    register(app)
    run = CliRunner().invoke
    result = run(
        app, ["report", str(corpus), "--out", str(tmp_path / "r.html"), "--language", "ru"]
    )
    assert result.exit_code == 0, result.output
    assert "r.html" in result.output
    result = run(app, ["pack", str(corpus), "--out", str(tmp_path / "p"), "--processes", "1"])
    assert result.exit_code == 0, result.output
    assert "solid-000.znp" in result.output
    assert len(unpack(tmp_path / "p", tmp_path / "cache")) == 32
    arguments = [
        "--corpus",
        str(corpus),
        "--schema",
        "amazing-logos",
        "--rows",
        "8",
        "--dirt",
        "--processes",
        "1",
    ]
    result = run(app, ["export", str(tmp_path / "o.parquet"), *arguments])
    assert result.exit_code == 0, result.output
    assert pq.read_metadata(tmp_path / "o.parquet").num_rows == 8
    result = run(app, ["export", str(tmp_path / "o.parquet"), *arguments[:-3], "--rows", "0"])
    assert isinstance(result.exception, InputError)
