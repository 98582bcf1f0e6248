import numpy as np
import pytest

from znak.errors import FieldError
from znak.fields.measure import measure, occupancy
from znak.fields.roughen import roughen, roughen_batch
from znak.fields.sdf import signed_distance


def square(low=16.0, high=48.0):
    return signed_distance([np.array([[low, low], [high, low], [high, high], [low, high]])])


def overlap(one, two):
    a, b = occupancy(one), occupancy(two)
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


def test_same_seed_gives_the_same_field_and_another_seed_another():
    field = square()
    assert np.array_equal(roughen(field, seed=3), roughen(field, seed=3))
    assert not np.array_equal(roughen(field, seed=3), roughen(field, seed=4))


def test_strength_zero_changes_nothing_and_more_strength_changes_more():
    field = square()
    assert np.array_equal(roughen(field, seed=1, strength=0.0), field)
    shares = [
        np.mean([overlap(field, roughen(field, seed=s, strength=k)) for s in range(12)])
        for k in (0.3, 1.0, 2.0)
    ]
    assert shares[0] > shares[1] > shares[2]
    assert 0.90 < shares[1] < 0.99


def test_result_is_a_field_that_is_no_longer_symmetric():
    field = square()
    rough = roughen(field, seed=5)
    assert rough.shape == (64, 64)
    assert rough.dtype == np.float32
    assert np.abs(rough).max() <= 1
    assert measure(rough).symmetry < 0.999


def test_batch_draws_each_mark_on_its_own_and_now_and_then_specks():
    fields = np.repeat(square()[None], 64, axis=0)
    rough = roughen_batch(fields, np.random.default_rng(0))
    assert rough.shape == fields.shape
    assert len({r.tobytes() for r in rough}) == 64
    counts = [measure(r) for r in rough]
    assert any(m.n_parts > 1 for m in counts)
    assert any(m.n_holes > 0 for m in counts)
    again = roughen_batch(fields, np.random.default_rng(0))
    assert np.array_equal(rough, again)


def test_an_empty_field_stays_mostly_empty_and_a_wrong_array_is_refused():
    empty = np.full((64, 64), -1.0, dtype=np.float32)
    assert (roughen(empty, seed=0) > 0).mean() < 0.01
    with pytest.raises(FieldError):
        roughen(np.zeros((8, 8), dtype=np.float32), seed=0)
