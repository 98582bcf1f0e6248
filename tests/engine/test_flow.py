from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.engine.tiny import TINY_FORM, export_tiny, random_model, tiny_engine
from znak.engine import form, network
from znak.engine.flow import read_sampling
from znak.engine.sampling import lean_to_mirror, solve, time_grid
from znak.engine.trained import open_trained
from znak.errors import DataError, InputError
from znak.fields.measure import occupancy
from znak.models.flow import FlowConfig, FlowModel
from znak.models.form import FormConfig, FormModel, enlarge
from znak.models.style import ask_style


def conditions(n: int, dim: int, styles: int) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(3)
    text = random.standard_normal((n, 2, dim)).astype(np.float32)
    text[1:, 1] = 0
    text[0] = 0
    style = random.random((n, styles)).astype(np.float32)
    style[:, 2] = np.nan
    style[0] = np.nan
    return text, style, np.linspace(0, 1, n, dtype=np.float32)


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"overlap": False, "activation": "gelu"},
        {"parallel": False, "activation": "swiglu", "modulation": "shared"},
        {"size": 64, "augment": 0},
    ],
)
def test_the_network_gives_the_numbers_of_the_trained_one(shape):
    config = FlowConfig(**{"width": 32, "depth": 2, "head": 16, "text_dim": 24, **shape})
    model = random_model(FlowModel(config), 0)
    arrays = {k: v.numpy() for k, v in model.state_dict().items()}
    net = network.Network(network.read_shape(vars(config)), arrays)
    text, style, t = conditions(5, 24, 7)
    x = np.random.default_rng(0).standard_normal((5, 1, config.size, config.size), np.float32)
    ours = net.forward(x, net.condition(net.known(text, style), t))
    with torch.inference_mode():
        parts = [torch.from_numpy(a) for a in (x, t, text, style)]
        theirs = model(*parts, torch.zeros(5, config.augment)).numpy()
    assert np.abs(theirs).max() > 0.05
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_the_form_network_and_enlarging_give_the_numbers_of_the_trained_one():
    config = FormConfig(**TINY_FORM, text_dim=24)
    model = random_model(FormModel(config), 1)
    arrays = {k: v.numpy() for k, v in model.state_dict().items()}
    net = form.FormNetwork(form.read_form_shape(vars(config)), arrays)
    text, style, _ = conditions(5, 24, 7)
    random = np.random.default_rng(0)
    rough = random.uniform(-1, 1, (5, 1, 32, 32)).astype(np.float32)
    large = network.enlarge(rough)
    np.testing.assert_allclose(large, enlarge(torch.from_numpy(rough)).numpy(), atol=1e-6)
    state = random.standard_normal((5, 1, 64, 64), np.float32)
    predict = net.predictor(text, style)
    parts = [torch.from_numpy(a) for a in (text, style)]
    with torch.inference_mode():
        theirs = model(torch.from_numpy(state), torch.full((5,), 0.6), *parts).numpy()
        mended = model.mend(
            torch.from_numpy(rough), *parts, torch.from_numpy(state), start=0.4, steps=2
        ).numpy()
    assert np.abs(theirs - 0.6 * state).max() > 0.05
    np.testing.assert_allclose(predict(state, 0.6), theirs, atol=2e-5)
    begun = np.float32(0.4) * large + np.float32(0.6) * state
    ours = solve(begun, predict, time_grid(2, start=0.4))
    np.testing.assert_allclose(ours, mended, atol=5e-5)


@pytest.mark.parametrize("wrong", [{"patch": 5}, {"widths": [16]}, {"head": 7}, {"speed": 3}])
def test_a_form_network_of_another_version_is_refused(wrong):
    config = {**vars(FormConfig(**TINY_FORM, text_dim=24)), **wrong}
    with pytest.raises(DataError, match="not of this version"):
        form.read_form_shape(config)


def test_a_mark_depends_on_its_own_seed_text_and_style_alone(tiny):
    engine = tiny_engine(tiny)
    vectors = engine.encode(
        ["fox", "owl", "fox", "key", "fox", "owl", "ship", "tree", "fox", "owl"]
    )
    style = ask_style(engine.styles, 10, thickness=9.0)
    style[3:] = np.nan
    seeds = list(range(10))
    whole = engine.sample(vectors, seeds=seeds, steps=3, style=style)
    assert whole.shape == (10, 64, 64)
    assert whole.dtype == np.float32
    assert np.abs(whole).max() <= 1
    for threads in (1, 2, 5):
        again = tiny_engine(tiny, threads=threads).sample(
            vectors, seeds=seeds, steps=3, style=style
        )
        assert again.tobytes() == whole.tobytes()
    short = engine.sample(vectors[:3], seeds=seeds[:3], steps=3, style=style[:3])
    assert short.tobytes() == whole[:3].tobytes()
    assert np.abs(whole[0] - whole[2]).max() > 0.01  # other seeds, other marks
    assert engine.sample(vectors[:0], seeds=[], steps=3).shape == (0, 64, 64)


def test_torch_draws_the_same_outlines(tiny):
    engine, other = tiny_engine(tiny), open_trained(tiny, device="cpu")
    vectors = engine.encode(["fox"] * 4)
    a = engine.sample(vectors, seeds=range(4), steps=4)
    b = other.sample(vectors, seeds=range(4), steps=4)
    assert other.name == "torch"
    assert other.revision == engine.revision
    assert np.abs(a - b).max() < 1e-4
    inks = occupancy(a), occupancy(b)
    assert np.minimum(*inks).sum() / np.maximum(*inks).sum() >= 0.999


def test_other_processors_draw_the_same_outlines(tiny, tmp_path):
    """OpenBLAS and numpy take other kernels on request, as on an older processor."""
    code = (
        "import sys, numpy as np; from pathlib import Path; "
        "from znak.engine.file import read_weights; from znak.engine.flow import FlowEngine; "
        "e = FlowEngine(read_weights(Path(sys.argv[1]), kind='marks')); "
        "np.save(sys.argv[2], e.sample(e.encode(['fox'] * 4), seeds=range(4), steps=4))"
    )
    fields = []
    for number, settings in enumerate(({}, {"OPENBLAS_CORETYPE": "Nehalem"})):
        out = tmp_path / f"{number}.npy"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, str(tiny), str(out)],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        fields.append(occupancy(np.load(out)))
    assert np.minimum(*fields).sum() / np.maximum(*fields).sum() >= 0.999


def test_redrawing_keeps_little_strength_close_and_full_strength_is_a_sample(tiny):
    engine = tiny_engine(tiny)
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    disc = np.clip((20 - np.hypot(x, y)) / 8, -1, 1).astype(np.float32)
    fields, vectors = np.repeat(disc[None], 2, 0), engine.encode(["fox"] * 2)
    whole = engine.redraw(fields, vectors, strength=1.0, seeds=[1, 2], steps=4)
    np.testing.assert_allclose(whole, engine.sample(vectors, seeds=[1, 2], steps=4), atol=1e-5)
    for strength in (0, 1.5, float("nan")):
        with pytest.raises(InputError, match="strength"):
            engine.redraw(fields, vectors, strength=strength, seeds=[1, 2])
    with pytest.raises(InputError, match="64×64"):
        engine.redraw(fields[:, :32], vectors, strength=0.5, seeds=[1, 2])


def test_the_solver_is_exact_for_one_point_and_of_second_order():
    goal = np.full((1, 1, 2, 2), 0.3, np.float32)
    noise = np.ones_like(goal)
    for steps in (1, 3):
        np.testing.assert_allclose(
            solve(noise, lambda x, t: goal, time_grid(steps, shift=2)), goal, atol=1e-6
        )
    # data N(0, s²) in closed form: the clean value of x at t is x·t s² / (t² s² + (1 - t)²)
    s2 = 0.25

    def clean(x: np.ndarray, t: float) -> np.ndarray:
        return np.float32(t * s2 / (t * t * s2 + (1 - t) ** 2)) * x

    errors = [abs(float(solve(noise, clean, time_grid(n))[0, 0, 0, 0]) - s2**0.5) for n in (8, 16)]
    assert errors[1] < errors[0] / 3
    assert errors[1] < 1e-2
    grid = time_grid(5, shift=3.0, start=0.4)
    assert grid[0] == pytest.approx(0.4)
    assert grid[-1] == 1
    assert time_grid(2, start=1.0) == [1, 1, 1]
    assert time_grid(4, last=0.6) == pytest.approx([0, 0.2, 0.4, 0.6, 1])
    assert time_grid(2, last=0.6, start=0.5) == pytest.approx([0.5, 0.8, 1])
    assert time_grid(1, last=0.6) == [0, 1]


def bumped(height: float) -> np.ndarray:
    """Return a disc (1, 1, 32, 32) with a bump on its right, `height` px high."""
    y, x = np.mgrid[:32, :32] + 0.5 - 16
    disc = 10 - np.hypot(x, y)
    bump = np.minimum.reduce([10 + height - x, x, 4 - np.abs(y)])
    return np.clip(np.maximum(disc, bump) / 4, -1, 1).astype(np.float32)[None, None]


def test_a_mark_that_is_nearly_its_mirror_image_becomes_it():
    def lean(height, least):
        field = bumped(height)
        out = lean_to_mirror(lambda state, t: field, np.array([least], np.float32))(field, 0.5)
        assert out.dtype == np.float32
        return float(np.abs(out - out[..., ::-1]).max()), float(np.abs(out - field).max())

    near, far = bumped(1), bumped(9)
    assert np.abs(near - near[..., ::-1]).max() > 0.1
    assert lean(1, 0.9)[0] < 1e-6  # symmetric now
    assert lean(9, 0.97)[1] == 0  # too far from it: as it was
    assert lean(1, 1.0)[1] == 0  # 1: never
    assert far.shape == (1, 1, 32, 32)
    between = [lean(height, 0.9)[0] for height in (2.5, 3.0, 3.5)]
    assert 0 < between[0] < between[1] < between[2]  # no threshold that rounding could decide


@pytest.mark.parametrize("up", [False, True])
def test_a_mark_that_is_nearly_its_image_about_a_diagonal_becomes_it(up):
    y, x = np.mgrid[:32, :32] + 0.5 - 16
    x = -x if up else x
    pen = np.minimum(4 - np.abs(x - y), 11 - np.maximum(np.abs(x), np.abs(y)))
    pen = np.minimum(pen, 12 - x - y)  # or its other axis would do as well
    pen = np.maximum(pen, np.minimum(1.5 - np.abs(x - 3), 2 - np.abs(y + 4)))  # a clip on one side

    def lean(field, least):
        field = np.clip(field / 4, -1, 1).astype(np.float32)[None, None]
        out = lean_to_mirror(lambda state, t: field, np.array([least], np.float32))(field, 0.5)
        image = out[..., ::-1, ::-1].swapaxes(-1, -2) if up else out.swapaxes(-1, -2)
        return float(np.abs(out - image).max()), float(np.abs(out - field).max())

    assert lean(pen, 0.9)[0] < 1e-6 < lean(pen, 0.9)[1]
    hole = np.minimum(14 - np.maximum(np.abs(x), np.abs(y)), np.hypot(x - 7, y) - 4)
    assert lean(hole, 0.97)[1] == 0  # the square is its image, what is cut out of it is not


def test_marks_are_made_symmetric_unless_they_are_asked_not_to_be(tmp_path):
    engine = tiny_engine(export_tiny(tmp_path, size=64))
    vectors = engine.encode(["fox"] * 3)
    plain = engine.sample(vectors, seeds=range(3), steps=3)
    engine.sampling = replace(engine.sampling, mirror=0.05)
    style = ask_style(engine.styles, 3)
    style[1, engine.styles.index("symmetry")] = 0.0
    leaning = engine.sample(vectors, seeds=range(3), steps=3, style=style)
    assert np.abs(plain - plain[..., ::-1]).max(axis=(1, 2)).min() > 0.1
    assert np.abs(leaning - leaning[..., ::-1]).max(axis=(1, 2))[[0, 2]].max() < 1e-5
    assert np.abs(leaning[1] - leaning[1, :, ::-1]).max() > 0.1


@pytest.mark.parametrize("mirror", [0.0, 1.5, float("nan"), "much"])
def test_a_file_that_asks_for_no_possible_overlap_is_refused(mirror):
    with pytest.raises(DataError, match="sampling settings"):
        read_sampling({"sampling": {"mirror": mirror}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"last": 1.0},
        {"last": "x"},
        {"form_steps": 0},
        {"quality": 1},
        {"temperature": 0.0},
        {"temperature": "hot"},
        {"form_temperature": 2.5},
        {"form_temperature": float("nan")},
    ],
)
def test_a_file_with_impossible_settings_is_refused(wrong):
    with pytest.raises(DataError, match="sampling settings"):
        read_sampling({"sampling": wrong})


def test_a_new_mark_begins_with_noise_of_the_temperature_and_a_redrawn_one_with_all(
    tiny, monkeypatch
):
    engine = tiny_engine(tiny)
    vectors, field = engine.encode(["fox"]), np.zeros((1, 64, 64), np.float32)
    begun = {}
    for temperature in (1.0, 0.5):
        engine.sampling = replace(
            engine.sampling, temperature=temperature, form_temperature=temperature
        )
        states, formed = [], []
        monkeypatch.setattr(engine, "_guide", watch(states))
        monkeypatch.setattr(engine, "_former", watch(formed))
        engine.sample(vectors, seeds=[3])
        engine.redraw(field, vectors, strength=1.0, seeds=[3])
        n, m = engine.sampling.steps, engine.sampling.form_steps
        begun[temperature] = states[0], states[n], formed[0], formed[m]
    (new, redrawn, *forms), (cool, cool_redrawn, *cool_forms) = begun[1.0], begun[0.5]
    assert np.abs(cool - new / 2).max() < 1e-6
    assert np.array_equal(redrawn, new)
    assert np.array_equal(cool_redrawn, new)
    for whole, half in zip(forms, cool_forms, strict=True):
        assert np.abs(half - whole / 2).max() < 1e-6


def watch(states):
    """Return a maker of predictions of nothing that keep what they are shown."""

    def make(*args):
        return lambda state, t: states.append(state.copy()) or np.zeros_like(state)

    return make


def test_the_form_network_takes_up_a_mark_no_earlier_than_it_was_taken_back(tiny, monkeypatch):
    engine = tiny_engine(tiny)
    vectors, field = engine.encode(["fox"]), np.zeros((1, 64, 64), np.float32)
    times = []

    def former(text, style):
        return lambda state, t: times.append(t) or state

    monkeypatch.setattr(engine, "_former", former)
    for strength in (0.1, 0.9):
        engine.redraw(field, vectors, strength=strength, seeds=[2])
    n = engine.sampling.form_steps
    assert times[0] == pytest.approx(0.9)
    assert times[n] == pytest.approx(engine.sampling.quality)
    assert len(times) == 2 * n


@pytest.mark.parametrize(
    "options",
    [{"steps": 0}, {"steps": 10_000}, {"guidance": -1.0}, {"guidance": float("nan")}],
)
def test_options_out_of_range_are_refused(tiny, options):
    engine = tiny_engine(tiny)
    with pytest.raises(InputError):
        engine.sample(engine.encode(["fox"]), seeds=[0], **options)


def test_vectors_and_styles_of_another_shape_are_refused(tiny):
    engine = tiny_engine(tiny)
    good = engine.encode(["fox"])
    for vectors in (
        good[:, :10],
        good[0],
        np.zeros((1, 3, 256), np.float32),
        np.repeat(good, 2, 0),
    ):
        with pytest.raises(InputError, match="text vectors"):
            engine.sample(vectors, seeds=[0])
    with pytest.raises(InputError, match="style"):
        engine.sample(good, seeds=[0], style=np.zeros((1, 2), np.float32))


def test_weights_for_another_encoder_are_refused(tiny, monkeypatch):
    class Other:
        name, dim = "other-words", 256

    with pytest.raises(DataError, match="other-words"):
        tiny_engine(tiny, encoder=Other())


def test_a_64_px_model_needs_no_form_network(tmp_path):
    engine = tiny_engine(export_tiny(tmp_path, size=64))
    assert engine.form is None
    assert engine.sample(engine.encode(["fox"]), seeds=[5], steps=2).shape == (1, 64, 64)
