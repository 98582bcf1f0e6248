from __future__ import annotations

import numpy as np
import pytest
import torch

from znak.errors import InputError
from znak.models.flow import FlowConfig, FlowModel
from znak.models.form import FormConfig, FormModel
from znak.models.sampling import draw_noise, euler, guide, heun, sample, time_grid


@pytest.fixture(scope="module")
def model() -> FlowModel:
    torch.manual_seed(0)
    model = FlowModel(FlowConfig(width=32, depth=2, head=16, text_dim=16)).eval()
    for layer in (model.modulation, model.head):
        torch.nn.init.normal_(layer.weight, std=0.05)
    return model


def words(n: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((n, 16)).astype(np.float32)


@pytest.mark.parametrize("batch", [1, 3, 16, 21])
def test_a_sample_does_not_depend_on_the_batch(model: FlowModel, batch: int) -> None:
    text = words(21)
    whole = sample(model, text, seeds=range(21), steps=3)
    for start in range(0, 21, batch):
        stop = min(start + batch, 21)
        part = sample(model, text[start:stop], seeds=range(start, stop), steps=3)
        np.testing.assert_array_equal(part, whole[start:stop])


def test_fields_have_shape_and_range_and_seeds_matter(model: FlowModel) -> None:
    text = np.repeat(words(1), 2, axis=0)
    fields = sample(model, text, seeds=[1, 2], steps=2, method="euler")
    assert fields.shape == (2, 64, 64)
    assert fields.dtype == np.float32
    assert np.abs(fields).max() <= 1
    assert not np.array_equal(fields[0], fields[1])


def test_guidance_of_one_is_the_conditional_model(model: FlowModel) -> None:
    text = torch.from_numpy(words(2)).unsqueeze(1).repeat(1, 2, 1)
    style, x = torch.full((2, 7), float("nan")), torch.randn(2, 1, 32, 32)
    one = guide(model, text, style, guidance=1.0, interval=(0, 1))(x, 0.4)
    near = guide(model, text, style, guidance=1.0 + 1e-6, interval=(0, 1))(x, 0.4)
    outside = guide(model, text, style, guidance=5.0, interval=(0.5, 1))(x, 0.4)
    far = guide(model, text, style, guidance=5.0, interval=(0, 1))(x, 0.4)
    torch.testing.assert_close(one, near, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(one, outside, rtol=0, atol=0)
    assert not torch.allclose(one, far)


def test_unguided_text_left_out_is_the_unconditional_model(model: FlowModel) -> None:
    text, style = torch.zeros(2, 2, 16), torch.full((2, 7), float("nan"))
    x = torch.randn(2, 1, 32, 32)
    one = guide(model, text, style, guidance=1.0, interval=(0, 1))(x, 0.4)
    five = guide(model, text, style, guidance=5.0, interval=(0, 1))(x, 0.4)
    torch.testing.assert_close(one, five, rtol=1e-4, atol=1e-4)


def test_solvers_reach_the_closed_form() -> None:
    """x' = x from 1 over unit time is e; Heun is of second order, Euler of first."""

    def grow(x: torch.Tensor, t: float) -> torch.Tensor:
        return x

    errors = {}
    for name, solver in (("euler", euler), ("heun", heun)):
        for steps in (20, 40):
            *_, last = solver(torch.ones(1, dtype=torch.float64), grow, time_grid(steps))
            errors[name, steps] = abs(float(last) - np.e)
    assert errors["euler", 40] == pytest.approx(errors["euler", 20] / 2, rel=0.1)
    assert errors["heun", 20] < errors["euler", 40] / 2
    # a straight path is followed exactly, whatever the steps
    target = torch.tensor([3.0])
    *_, last = heun(torch.tensor([1.0]), lambda x, t: target - 1.0, time_grid(3, shift=2))
    torch.testing.assert_close(last, target)


def test_noise_is_a_matter_of_the_seed_alone() -> None:
    noise = draw_noise([5, 6], (1, 4, 4))
    np.testing.assert_array_equal(draw_noise([6], (1, 4, 4))[0], noise[1])
    assert draw_noise([], (1, 4, 4)).shape == (0, 1, 4, 4)


def test_form_network_ends_the_sampling(model: FlowModel) -> None:
    shape = {"widths": (16, 32), "depths": (1, 1), "head": 16, "known": 32}
    form = FormModel(FormConfig(**shape, text_dim=16)).eval()
    plain = sample(model, words(2), seeds=[0, 1], steps=2)
    ended = sample(model, words(2), seeds=[0, 1], steps=2, form=form)
    assert ended.shape == plain.shape


def test_input_that_does_not_fit_is_refused(model: FlowModel) -> None:
    with pytest.raises(InputError, match="2 seeds"):
        sample(model, words(3), seeds=[0, 1])
    with pytest.raises(InputError, match="steps 0"):
        sample(model, words(1), seeds=[0], steps=0)
    with pytest.raises(InputError, match="style"):
        sample(model, words(1), seeds=[0], style=np.zeros((1, 3), dtype=np.float32))
