"""`znak evaluate` and `znak compare` on tiny runs, and the drawing encoder's own training."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from typer import Typer
from typer.testing import CliRunner

from tests.corpus.fake_corpus import write_corpus
from tests.corpus.fake_logos import rows, write
from znak.cli import compare as compare_command
from znak.cli import evaluate as evaluate_command
from znak.cli import train_pictures
from znak.errors import DataError, InputError, MissingError
from znak.metrics import extractors
from znak.metrics.extractors import DrawingExtractor, check_images, open_extractor
from znak.models.checkpoint import load_model, save_model
from znak.models.drawing_encoder import DrawingEncoder, DrawingEncoderConfig
from znak.training import gan_metrics
from znak.training.compare import name_runs
from znak.training.compare_report import find_best, make_report
from znak.training.drawing_encoder import load_named, paint, plain_picture, read_palette
from znak.training.folder import MODEL
from znak.training.report_words import WORDS

CLASSES = ("cup", "bars", "fox", "moon")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("encoder") / "e.safetensors"
    config = DrawingEncoderConfig(CLASSES, widths=(4, 4), features=3)
    save_model(path, DrawingEncoder(config), about={"fingerprint": "abcdef"})
    return path


@pytest.fixture(scope="module")
def app() -> Typer:
    cli = Typer()
    evaluate_command.register(cli)
    compare_command.register(cli)
    train = Typer()
    train_pictures.register(train)
    cli.add_typer(train, name="train")
    return cli


def call(app: Typer, *words: object) -> str:
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def runs(
    app: Typer, weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    data = write(folder / "data" / "a.parquet", rows(1500), metadata={"synthetic": "true"})
    plain = gan_metrics._extractor
    gan_metrics._extractor = lambda device: DrawingExtractor(weights)  # type: ignore[assignment]
    common = ["--cache", folder / "cache", "--set", "batch=16", "--set", "log_every=16"]
    small = ["--set", "model.widths=[8,8]", "--set", "model.critic_widths=[8,8]", *common]
    flow = ["--set", "model.width=32", "--set", "model.depth=1", "--set", "model.head=16", *common]
    try:
        call(app, "train", "gan", data, "--preset", "seed-32", "--out", folder / "gan",
             "--samples", 32, *small)  # fmt: skip
        call(app, "train", "rgb", data, "--out", folder / "flow", "--samples", 32, *flow)
    finally:
        gan_metrics._extractor = plain
    return folder / "gan", folder / "flow", data


def test_evaluate_writes_json_and_a_report_with_pictures(
    app: Typer, runs: tuple[Path, Path, Path], weights: Path, tmp_path: Path
) -> None:
    gan, _, data = runs
    said = call(app, "evaluate", gan / MODEL, "--data", data, "--out", tmp_path, "-n", 100,
                "--weights", weights, "--cache", gan.parent / "cache")  # fmt: skip
    assert "synthetic data" in said
    assert f"FD-{DrawingExtractor(weights).name}" in said
    assert "FID" not in said
    result = json.loads((tmp_path / "evaluation.json").read_text())
    names = [figure["name"] for figure in result["figures"]]
    extractor = DrawingExtractor(weights).name
    for name in (f"FD-{extractor}", "precision", "coverage", f"KD-{extractor}"):
        assert name in names
    assert all(figure["n"] <= 100 for figure in result["figures"])
    assert result["about"]["seconds an image"] > 0
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 24
    assert "Synthetic data" in page
    assert "http" not in page.replace("http-equiv", "")
    assert 'alt="real:' in page


def test_the_same_checkpoint_gives_the_same_figures(
    app: Typer, runs: tuple[Path, Path, Path], weights: Path, tmp_path: Path
) -> None:
    gan, _, data = runs
    both = []
    for name in ("a", "b"):
        call(app, "evaluate", gan / MODEL, "--data", data, "--out", tmp_path / name, "-n", 60,
             "--weights", weights, "--cache", gan.parent / "cache")  # fmt: skip
        both.append(json.loads((tmp_path / name / "evaluation.json").read_text())["figures"])
    assert both[0] == both[1]


def test_compare_puts_runs_side_by_side(
    app: Typer, runs: tuple[Path, Path, Path], weights: Path, tmp_path: Path
) -> None:
    gan, flow, data = runs
    said = call(app, "compare", gan, flow, "--data", data, "--out", tmp_path, "-n", 60,
                "--weights", weights, "--cache", gan.parent / "cache")  # fmt: skip
    assert re.search(r"figure .*gan.*flow", said)
    record = json.loads((tmp_path / "comparison.json").read_text())["runs"]
    assert [run["name"] for run in record] == ["gan", "flow"]
    for run in record:
        for key in ("parameters", "seconds a step", "seconds an image", "text encoder"):
            assert run["about"][key], key
    page = (tmp_path / "comparison.html").read_text()
    assert page.count('alt="gan:') == page.count('alt="flow:') > 10
    assert name_runs([Path("a/x"), Path("b/x"), Path("y")]) == ["a/x", "b/x", "y"]


def test_what_can_not_be_used_is_refused(
    app: Typer, runs: tuple[Path, Path, Path], weights: Path, tmp_path: Path
) -> None:
    gan, _, data = runs
    cache = ["--cache", gan.parent / "cache", "--weights", weights]
    with pytest.raises(DataError, match="no checkpoint"):
        call(app, "evaluate", tmp_path / "none", "--data", data, *cache)
    with pytest.raises(DataError, match="drawing-encoder"):
        call(app, "evaluate", weights, "--data", data, *cache)
    with pytest.raises(InputError, match="choose valid or test"):
        call(app, "evaluate", gan / MODEL, "--data", data, "--split", "train", *cache)
    with pytest.raises(DataError, match="has no model"):
        call(app, "compare", tmp_path, "--data", data, *cache)
    with pytest.raises(InputError, match="unknown extractor"):
        open_extractor("vgg")
    with pytest.raises(MissingError, match="no Inception weights"):
        open_extractor("inception", weights=tmp_path / "none.pth")
    with pytest.raises(InputError, match="give bytes"):
        check_images(np.zeros((2, 8, 8), dtype=np.uint8))
    assert not list(tmp_path.iterdir())


def test_the_encoder_trains_from_a_corpus(app: Typer, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    named = load_named(tmp_path / "corpus", "train", min_class=2)
    assert "star" in named.classes
    assert "" not in named.classes
    out = tmp_path / "run"
    said = call(app, "train", "encoder", tmp_path / "corpus", "--out", out, "--samples", 64,
                "--set", "batch=16", "--set", "log_every=16", "--set", "min_class=2")  # fmt: skip
    assert "stopped by samples at 64 samples" in said
    call(app, "train", "encoder", tmp_path / "corpus", "--out", out, "--resume", "--samples", 80)
    model, about = load_model(out / MODEL, kind="drawing-encoder")
    assert tuple(model.config.classes) == named.classes
    assert 0 <= about["valid_right"] <= about["valid_right_of_5"] <= 1
    extract = DrawingExtractor(out / MODEL)
    features = extract(np.zeros((3, 28, 28, 3), dtype=np.uint8))
    assert features.vectors.shape == (3, 128)
    assert extract.name.startswith("znak-")
    with pytest.raises(DataError, match="lower min_class"):
        load_named(tmp_path / "corpus", "train", min_class=10_000)


def test_painting_is_seeded_and_keeps_the_form() -> None:
    y, x = np.mgrid[0:64, 0:64] + 0.5 - 32.0
    disc = np.int8(np.clip((20 - np.hypot(x, y)) / 8, -1, 1) * 127)
    fields = torch.from_numpy(np.stack([disc] * 8))
    plain = plain_picture(fields)
    assert float(plain[0, 0, 32, 32]) == -1
    assert float(plain[0, 0, 0, 0]) == 1

    def run() -> torch.Tensor:
        g = torch.Generator()
        g.manual_seed(0)
        return paint(fields, g)

    first = run()
    torch.testing.assert_close(first, run(), rtol=0, atol=0)
    assert first.shape == (8, 3, 64, 64)
    assert float(first.abs().max()) <= 1
    assert len(torch.unique(first.flatten(1), dim=0)) == 8
    palette = read_palette(plain)
    assert palette.shape == (8, 9)
    torch.testing.assert_close(palette[:, 6:], torch.ones(8, 3))


@pytest.mark.skipif(
    not extractors.find_inception().is_file(),
    reason="SKIPPED: torch-fidelity's Inception weights are not at hand",
)
def test_inception_gives_fid_and_is_their_names() -> None:
    extract = open_extractor("inception")
    features = extract(np.zeros((2, 32, 32, 3), dtype=np.uint8))
    assert features.vectors.shape == (2, 2048)
    assert features.logits is not None
    assert features.logits.shape == (2, 1008)
    assert extract.name == "inception"


def test_the_shipped_encoder_is_small_and_names_what_it_sees() -> None:
    path = Path(extractors.__file__).parent / "data" / extractors.SHIPPED
    assert path.stat().st_size <= 4_000_000
    extract = open_extractor()
    assert len(extract.classes) >= 100
    assert {"heart", "star", "house"} <= set(extract.classes)
    y, x = np.mgrid[0:64, 0:64] + 0.5 - 32.0
    turns = [np.hypot(x, y) - 26, np.abs(x) + np.abs(y) - 26]
    for inside in turns:
        ink = np.clip(0.5 - inside, 0, 1)
        picture = np.uint8(255 - 255 * ink)[None, :, :, None].repeat(3, axis=-1)
        features = extract(picture)
        assert np.isfinite(features.vectors).all()
    red, blue = (np.full((1, 64, 64, 3), c, dtype=np.uint8) for c in ((200, 30, 30), (30, 30, 200)))
    assert np.linalg.norm(extract(red).vectors - extract(blue).vectors) > 0.1  # it sees colour
    assert extract.name == open_extractor().name


def test_the_report_speaks_russian_and_names_the_command_for_the_real_data(
    app: Typer, runs: tuple[Path, Path, Path], weights: Path, tmp_path: Path
) -> None:
    gan, flow, data = runs
    said = call(app, "compare", gan, flow, "--data", data, "--out", tmp_path, "-n", 60,
                "--weights", weights, "--cache", gan.parent / "cache", "--language", "ru")  # fmt: skip
    assert "Данные синтетические" in said
    page = (tmp_path / "comparison.html").read_text()
    assert '<html lang="ru">' in page
    for words in ("Сравнение: gan, flow", "полнота (recall)", "Синтетические данные", "лучше"):
        assert words in page
    assert "sh runs/compare.sh data/amazing" in page
    # the row of a held-out picture shows what both drew for it, though they were told other texts
    assert "<td>–</td><td><img" not in page
    about = json.loads((tmp_path / "comparison.json").read_text())["runs"][0]["about"]
    assert about["minutes of training"] > 0
    with pytest.raises(InputError, match="choose en or ru"):
        make_report([], language="de")


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("FD-x", [3.0, None, 2.0], 2),
        ("recall", [0.1, 0.3], 1),
        ("near-copy share", [0.1, 0.3], None),
        ("IS-x", [2.0, None], None),
        ("recall", [0.3, 0.3, 0.1], None),
    ],
)
def test_the_best_of_a_row_is_known_by_the_figure(
    name: str, values: list[float | None], best: int | None
) -> None:
    assert find_best(name, values) == best


def test_words_of_both_languages_are_the_same_ones() -> None:
    assert WORDS["en"].keys() == WORDS["ru"].keys()
