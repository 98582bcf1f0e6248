from __future__ import annotations

import numpy as np
import pytest

from znak.errors import FieldError
from znak.fields import mend as mending
from znak.fields import sdf, shapes
from znak.fields.mend import NETWORK, mend, run, turn, turn_back
from znak.fields.roughen import roughen


@pytest.fixture(scope="module")
def star() -> sdf.Field:
    return shapes.star()


def test_turning_back_undoes_turning(star: sdf.Field) -> None:
    for k in range(8):
        np.testing.assert_array_equal(turn_back(turn(star, k), k), star)


def test_no_weights_change_nothing(star: sdf.Field) -> None:
    weights = {name: np.zeros_like(w) for name, w in mending.shipped_weights().items()}
    np.testing.assert_array_equal(run(star[None], weights)[0], np.clip(star, -1, 1))


def test_mending_brings_a_rough_field_nearer_to_the_clean_one(star: sdf.Field) -> None:
    def error(field: sdf.Field) -> float:
        near = np.abs(star) < 0.5
        return float(np.abs(field - star)[near].mean())

    before = np.mean([error(roughen(star, seed=k)) for k in range(4)])
    after = np.mean([error(mend(roughen(star, seed=k))) for k in range(4)])
    assert after < 0.8 * before


def test_it_turns_with_the_field_and_keeps_symmetry(star: sdf.Field) -> None:
    rough = roughen(star, seed=1)
    for k in (1, 3, 4):
        np.testing.assert_allclose(mend(turn(rough, k)), turn(mend(rough), k), atol=2e-5)
    even = np.asarray((rough + rough[:, ::-1]) / 2, dtype=np.float32)
    np.testing.assert_allclose(mend(even), mend(even)[:, ::-1], atol=2e-5)


def test_the_same_field_gives_the_same_bytes(star: sdf.Field) -> None:
    rough = roughen(star, seed=2)
    assert mend(rough).tobytes() == mend(rough).tobytes()


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(FieldError):
        mend(np.full((64, 64), np.nan, dtype=np.float32))


def test_the_network_and_its_training_twin_agree(star: sdf.Field) -> None:
    torch = pytest.importorskip("torch")
    from znak.training.mend import MendModel, export

    torch.manual_seed(0)
    model = MendModel()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    rough = np.stack([roughen(star, seed=k) for k in range(2)])
    with torch.no_grad():
        expected = model(torch.from_numpy(rough)[:, None])[:, 0].clamp(-1, 1).numpy()
    np.testing.assert_allclose(run(rough, export(model.state_dict())), expected, atol=2e-5)
    assert set(export(model.state_dict())) == {
        f"{n}.{p}" for n, *_ in NETWORK for p in ("weight", "bias")
    }


def test_training_lowers_the_error(star: sdf.Field) -> None:
    pytest.importorskip("torch")
    from znak.training.mend import MendRun, train

    ratios: list[float] = []
    fields = sdf.quantise(np.repeat(star[None], 8, axis=0))
    train(
        fields,
        steps=80,
        log_every=40,
        config=MendRun(batch=8, rate=4e-3, warmup=5, type="float32"),
        on_log=lambda step, ratio, rate: ratios.append(ratio),
    )
    assert ratios[-1] < min(1.0, ratios[0])
