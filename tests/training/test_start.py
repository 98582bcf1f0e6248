from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.corpus.fake_corpus import write_corpus
from tests.training.fakes import HashEncoder
from znak.cli.train import register
from znak.corpus.packing import write_pack
from znak.errors import DataError, InputError
from znak.models.checkpoint import load_model
from znak.training import start
from znak.training.folder import CHECKPOINT, MODEL
from znak.training.vectors import Cached, open_encoder
from znak.words.base import TextEncoder

TINY = ["--preset", "marks-tiny", "--set", "batch=8", "--set", "log_every=8"]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Typer:
    def fake(name: str, *, device: str = "cpu") -> TextEncoder:
        return HashEncoder(384)

    monkeypatch.setattr(start, "open_encoder", fake)
    app = Typer()
    register(app)
    return app


def call(app: Typer, *words: object) -> str:
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_both_stages_train_from_a_pack(app: Typer, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    pack = tmp_path / "pack"
    write_pack(tmp_path / "corpus", pack, processes=1)
    out = tmp_path / "marks"
    said = call(app, "train", "flow", pack, "--out", out, *TINY, "--samples", 16)
    assert "stopped by samples at 16 samples" in said
    said = call(app, "train", "flow", pack, "--out", out, "--resume", "--samples", 24)
    assert "24" in said
    form = tmp_path / "form"
    call(app, "train", "form", pack, "--out", form, *TINY, "--first", out / MODEL, "--samples", 8)
    assert load_model(form / MODEL, kind="form")[1]["samples"] == 8
    guided = tmp_path / "guided"
    first = ["--first", out / MODEL]
    call(app, "train", "guidance", pack, "--out", guided, *TINY, *first, "--samples", 8)
    assert load_model(guided / MODEL, kind="guidance")[1]["samples"] == 8
    with pytest.raises(InputError, match="which first stage"):
        call(app, "train", "guidance", pack, "--out", tmp_path / "no", *TINY, "--samples", 8)
    again = tmp_path / "again"
    call(app, "train", "flow", pack, "--out", again, *TINY, "--from", out / MODEL, "--samples", 8)
    assert (again / CHECKPOINT).is_file()


def test_dry_run_prints_the_resolved_settings(app: Typer, tmp_path: Path) -> None:
    said = call(app, "train", "flow", tmp_path, "--dry-run", "--set", "model.width=384")
    config = json.loads(said)
    assert config["model"]["width"] == 384
    assert config["model"]["text_dim"] == 384
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_used_is_refused(app: Typer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pack"):
        call(app, "train", "flow", tmp_path / "none")
    with pytest.raises(InputError, match="name=value"):
        call(app, "train", "flow", tmp_path, "--set", "width")
    with pytest.raises(InputError, match=r"model\.wide"):
        call(app, "train", "flow", tmp_path, "--set", "model.wide=1")
    with pytest.raises(InputError, match="unknown text encoder"):
        open_encoder("word2vec")


def test_vectors_are_cached_to_the_bit(tmp_path: Path) -> None:
    cached = Cached(HashEncoder(8), tmp_path)
    first = cached(["fox", "owl"])
    (file,) = tmp_path.iterdir()
    assert (cached(["fox", "owl"]) == first).all()
    file.write_bytes(b"torn")
    assert (cached(["fox", "owl"]) == first).all()
    cached(["owl"])
    assert len(list(tmp_path.iterdir())) == 2
