from __future__ import annotations

from typing import Any

import pytest
import torch

from znak.errors import InputError
from znak.models.flow import FlowConfig, FlowModel, path, velocity, velocity_loss
from znak.models.form import (
    FormConfig,
    FormModel,
    enlarge,
    fold,
    from_cells,
    reduce,
    to_cells,
    unfold,
)
from znak.models.style import ask_style

TINY: dict[str, Any] = {"width": 32, "depth": 2, "head": 16, "text_dim": 16}


def inputs(config: FlowConfig, n: int = 3) -> tuple[torch.Tensor, ...]:
    return (
        torch.randn(n, config.channels, config.size, config.size),
        torch.rand(n),
        torch.randn(n, config.text_vectors, config.text_dim),
        torch.rand(n, len(config.style)),
        torch.zeros(n, config.augment),
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patch": 4},
        {"size": 64},
        {"overlap": False},
        {"parallel": False, "activation": "swiglu"},
        {"modulation": "shared", "activation": "gelu"},
        {"channels": 3, "augment": 0, "style": ("thickness",)},
    ],
)
def test_output_has_the_shape_of_the_input(settings: dict[str, Any]) -> None:
    config = FlowConfig(**TINY | settings)
    given = inputs(config)
    out = FlowModel(config)(*given)
    assert out.shape == given[0].shape
    assert out.dtype == torch.float32


def test_sizes_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="patch"):
        FlowConfig(size=32, patch=6)
    with pytest.raises(InputError, match="head"):
        FlowConfig(width=100, head=64)


def test_velocity_of_the_exact_solution_is_data_minus_noise() -> None:
    x, noise = torch.randn(4, 1, 32, 32), torch.randn(4, 1, 32, 32)
    t = torch.tensor([0.0, 0.3, 0.7, 0.9])
    x_t = path(x, noise, t)
    torch.testing.assert_close(velocity(x, x_t, t), x - noise, rtol=1e-3, atol=1e-4)
    wrong = x + 0.01
    expected = (velocity(wrong, x_t, t) - (x - noise)).square().flatten(1).mean(dim=1)
    torch.testing.assert_close(velocity_loss(wrong, x, t), expected, rtol=1e-2, atol=1e-6)
    assert float(velocity_loss(x, x, t).max()) == 0


def test_the_floor_bounds_the_loss_near_data() -> None:
    x = torch.zeros(1, 1, 8, 8)
    assert float(velocity_loss(x + 1, x, torch.ones(1), floor=0.05)) == pytest.approx(400)


def test_what_is_not_given_does_not_matter() -> None:
    torch.manual_seed(0)
    config = FlowConfig(**TINY)
    model = FlowModel(config).eval()
    torch.nn.init.normal_(model.modulation.weight)
    torch.nn.init.normal_(model.head.weight)
    x, t, text, style, augment = inputs(config)
    style[:, 0] = float("nan")
    text[:, 1] = 0
    full = model(x, t, text, style, augment)
    assert full.isfinite().all()
    other = text.clone()
    other[:, 0] += 1
    assert not torch.allclose(model(x, t, other, style, augment), full)
    doubled = text.clone()
    doubled[:, 0] *= 2  # only the direction of a text vector counts
    torch.testing.assert_close(model(x, t, doubled, style, augment), full, rtol=1e-4, atol=1e-5)


def test_form_network_begins_as_the_best_linear_guess() -> None:
    model = FormModel(FormConfig(widths=(16, 32), depths=(1, 1), head=16, known=32, text_dim=16))
    state, t = torch.randn(2, 1, 64, 64), torch.tensor([0.3, 1.0])
    text, style = torch.zeros(2, 2, 16), torch.full((2, 7), float("nan"))
    with torch.no_grad():
        out = model(state, t, text, style)
        mended = model.mend(reduce(state), text, style, torch.zeros_like(state), start=1.0)
    torch.testing.assert_close(out[1], state[1])
    share = 0.3 * 0.5 / (0.3**2 * 0.5 + 0.7**2)
    torch.testing.assert_close(out[0], share * state[0])
    torch.testing.assert_close(mended, enlarge(reduce(state)))


def test_cells_are_folded_and_unfolded_to_the_same() -> None:
    x = torch.randn(2, 1, 64, 64)
    assert torch.equal(from_cells(to_cells(x, 4), 4), x)
    cells = torch.randn(2, 8, 8, 12)
    assert torch.equal(unfold(fold(cells)), cells)
    assert torch.equal(fold(cells)[0, 1, 2, 3 * 12 : 4 * 12], cells[0, 3, 5])
    assert torch.equal(to_cells(x, 4)[1, 2, 3, :4], x[1, 0, 8, 12:16])


def test_a_form_network_of_an_impossible_shape_is_refused() -> None:
    for wrong in ({"widths": (96,)}, {"patch": 5}, {"head": 100}):
        with pytest.raises(InputError, match="give two widths"):
            FormConfig(**wrong)


def test_style_is_scaled_and_unknown_names_are_refused() -> None:
    names = ("thickness", "symmetry", "holes")
    row = ask_style(names, thickness=8.0, holes=1)
    assert row[0, 0] == pytest.approx(0.5)
    assert row[0, 1] != row[0, 1]
    assert row[0, 2] == pytest.approx(0.2)
    with pytest.raises(InputError, match="wobble"):
        ask_style(names, wobble=1)
