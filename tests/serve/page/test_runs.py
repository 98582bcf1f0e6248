"""What the Model page reads: runs, comparisons, the weights' header, the list of sources."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from znak.engine import flow
from znak.errors import DataError, InputError
from znak.serve.page import card, runs, ship
from znak.serve.page.plots import PLOT_LOOKS, draw_figures, draw_lines, smooth

CARD = Path(__file__).parents[3] / "docs" / "model-card.md"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs" / "small"
    (folder / "sheets").mkdir(parents=True)
    lines = [{"samples": 10 * k, "time": 1.0, "loss": 2.0 / k, "rate": 1e-3} for k in (1, 2, 3)]
    lines[2]["valid_loss"] = 0.7
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "log.jsonl").write_text(text + '{"samples": 40, "lo')
    (folder / "config.json").write_text(json.dumps({"config": {"batch": 4}}))
    for k in (1, 2, 3):
        Image.new("L", (60, 40), 80 * k).save(folder / "sheets" / f"{10 * k:010d}.png")
    return folder


def test_curves_are_losses_and_metrics_without_a_torn_line(run):
    curves = runs.read_curves(run)
    assert curves["losses"] == {"loss": [(10, 2), (20, 1), (30, pytest.approx(2 / 3))]}
    assert curves["metrics"] == {"valid_loss": [(30, 0.7)]}
    assert runs.read_config(run) == {"batch": 4}
    assert runs.find_runs(run.parent) == [run]


@pytest.mark.parametrize("text", ["", "junk\n", "[1]\n", '{"samples": 3}\n', '{"loss": 1}\n'])
def test_a_log_without_figures_is_an_error_for_people(run, text):
    (run / "log.jsonl").write_text(text)
    with pytest.raises(DataError):
        runs.read_curves(run)


def test_sheets_play_one_after_the_other_and_damaged_ones_are_left_out(run):
    sheets = runs.find_sheets(run)
    assert [samples for samples, _ in sheets] == [10, 20, 30]
    with Image.open(io.BytesIO(runs.animate(sheets))) as film:
        assert film.n_frames == 3
    (run / "sheets" / "0000000020.png").write_bytes(b"torn")
    with Image.open(io.BytesIO(runs.animate(sheets))) as film:
        assert film.n_frames == 2
    (run / "sheets" / "0000000030.png").write_bytes(b"torn")
    with pytest.raises(DataError):
        runs.animate(sheets)


def _comparison(path, **changes):
    figure = {"name": "FD-znak", "value": 3.5, "interval": [3, 4], "n": 10}
    other = {"name": "recall", "value": 0.2, "interval": None}
    run = {"name": "seed", "about": {"synthetic": True}, "figures": [figure, other]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"when": "now", "runs": [run], **changes}))
    return path


def test_a_comparison_gives_figures_with_intervals(tmp_path):
    path = _comparison(tmp_path / "comparisons" / "one" / "comparison.json")
    assert runs.find_comparisons(tmp_path / "comparisons") == [path]
    (found,) = runs.read_comparison(path)
    assert found.figures == {"FD-znak": (3.5, (3.0, 4.0)), "recall": (0.2, None)}
    assert found.is_synthetic


@pytest.mark.parametrize(
    "changes", [{"runs": []}, {"runs": 3}, {"runs": [{"name": "x"}]}, {"runs": [1]}]
)
def test_what_is_no_comparison_is_an_error_for_people(tmp_path, changes):
    with pytest.raises(DataError):
        runs.read_comparison(_comparison(tmp_path / "comparison.json", **changes))


def test_the_sources_are_those_of_the_model_card():
    """After new weights: python -m znak.serve.page.ship docs/model-card.md RUN."""
    listed = card.read_card(CARD.read_text("utf-8"))
    assert [(s.name, s.licence, s.drawings) for s in card.sources()] == listed
    assert len(listed) > 100


def test_the_facts_are_those_of_the_weights_and_the_card():
    facts = card.read_facts(flow.shipped_path())
    if facts is None:
        pytest.skip("SKIPPED: this checkout has no weights")
    assert f"{facts.weights / 1e6:.1f} million weights" in CARD.read_text("utf-8")
    assert facts.steps == flow.load_flow().sampling.steps
    assert facts.weights < facts.n_bytes < 40_000_000


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}", b"\x04\0\0\0\0\0\0\0null"]
)
def test_damaged_weights_have_no_facts(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert card.read_facts(path) is None
    assert card.read_facts(tmp_path / "none") is None


def test_the_shipped_run_can_be_shown_and_is_made_by_one_command(run, tmp_path):
    shipped = runs.shipped_run()
    assert runs.read_curves(shipped)["losses"]
    assert len(runs.find_sheets(shipped)) > 1
    out = tmp_path / "data"
    ship.ship(CARD, run, out)
    assert runs.read_curves(out / "run") == runs.read_curves(run)
    assert [n for n, _ in runs.find_sheets(out / "run")] == [10, 20, 30]
    assert len(json.loads((out / "sources.json").read_text())) == len(card.sources())
    empty = tmp_path / "card.md"
    empty.write_text("# nothing")
    with pytest.raises(InputError):
        ship.ship(empty, run, out)


def test_smoothing_keeps_a_constant_and_the_first_value():
    assert smooth([(0, 3.0), (1, 3.0)], 0.9) == [(0, pytest.approx(3)), (1, pytest.approx(3))]
    assert smooth([(0, 1.0), (1, 2.0)], 0.5)[1][1] == pytest.approx((0.25 + 1.0) / 0.75)
    assert smooth([(0, 1.0), (1, 2.0)], 0.0) == [(0, 1.0), (1, 2.0)]


def test_names_in_plots_are_no_mark_up():
    look = PLOT_LOOKS["light"]
    figure = draw_figures("<b>x</b>", [("<script>", 1.0, (0.5, 1.5))], look=look)
    assert figure.data[0].y == ("&lt;script&gt;",)
    assert "&lt;b&gt;" in figure.layout.title.text
    assert list(figure.data[0].error_x.array) == [0.5]
    lines = draw_lines({"loss": [(0, 1.0), (10, 0.1)]}, look=look, x="n", weight=0.5, is_log=True)
    assert len(lines.data) == 1 and lines.layout.yaxis.type == "log"
