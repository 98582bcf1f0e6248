from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.engine.tiny import draw, random_model
from tests.training.fakes import make_pack
from znak.engine import originality
from znak.engine.cleanness import cleanness, faults, inspect
from znak.engine.file import Weights, read_weights, write_weights
from znak.engine.match import KIND, Match
from znak.engine.originality import Index, frame, ink_box
from znak.engine.threads import map_chunks
from znak.errors import DataError
from znak.fields import algebra, shapes
from znak.training.match import Tower, contrast, halve, learn, shake
from znak.training.originality import make_arrays
from znak.words import load_encoder


@pytest.fixture(scope="module")
def tower() -> Tower:
    return random_model(Tower(256, (1, 8, 16)), 2)


@pytest.fixture(scope="module")
def match(tower, tmp_path_factory) -> Match:
    path = tmp_path_factory.mktemp("match") / "m"
    write_weights(
        path, tower.arrays(), kind=KIND, config={}, about={"encoder": load_encoder().name}
    )
    return Match(read_weights(path, kind=KIND))


def test_the_tower_gives_the_numbers_of_the_trained_one(match, tower):
    fields = np.stack([draw(1.0, s) for s in range(11)])
    small = fields.reshape(-1, 32, 2, 32, 2).mean(axis=(2, 4))
    with torch.no_grad():
        theirs = tower(torch.from_numpy(small[:, None])).numpy()
    np.testing.assert_allclose(match.embed(fields), theirs, atol=3e-3)  # stored in half precision
    np.testing.assert_allclose(np.linalg.norm(match.embed(fields), axis=1), 1, atol=1e-5)
    assert match.embed(fields)[:3].tobytes() == match.embed(fields[:3]).tobytes()


def test_a_tower_learns_to_tell_discs_from_bars():
    pack = make_pack(96)
    pack = type(pack)(
        **{**vars(pack), "captions": ["disc" if "disc" in c else "bar" for c in pack.captions]}
    )

    class Sized(type(pack)):
        def __len__(self) -> int:
            return len(self.fields)

    torch.manual_seed(0)
    seen = []
    tower, figures = learn(
        Sized(**vars(pack)),
        load_encoder(),
        minutes=None,
        steps=40,
        on_log=lambda *a: seen.append(a),
    )
    texts = load_encoder()(["disc", "bar"])
    with torch.no_grad():
        near = (
            tower(torch.from_numpy(halve(pack.fields)[:, None] / np.float32(127))).numpy() @ texts.T
        )
    right = near.argmax(axis=1) == [0 if c == "disc" else 1 for c in pack.captions]
    assert right.mean() > 0.9
    assert figures["samples"] > 0


def test_captions_that_mean_the_same_are_no_negatives():
    images = torch.nn.functional.normalize(torch.randn(4, 8), dim=1)
    texts = images.clone()
    plain = contrast(images, texts, torch.tensor(3.0))
    texts[1] = texts[0]
    same = contrast(texts, texts, torch.tensor(3.0))
    assert float(same) <= float(plain) + 0.2
    assert torch.isfinite(same)


def test_shaking_keeps_shape_and_range():
    fields = halve(make_pack(8).fields)
    x = shake(fields, np.ones(8, bool), np.random.default_rng(0))
    assert x.shape == (8, 1, 32, 32)
    assert x.dtype == np.float32
    assert np.abs(x).max() <= 1


@pytest.mark.parametrize("change", ["encoder", "shape", "missing"])
def test_a_tower_that_does_not_fit_is_refused(match, tower, change):
    arrays = {k: v.astype(np.float32) for k, v in tower.arrays().items()}
    about = {"encoder": "other" if change == "encoder" else load_encoder().name}
    if change == "shape":
        arrays["0.bias"] = arrays["0.bias"][:3]
    if change == "missing":
        del arrays["out"]
    with pytest.raises(DataError, match=r"znak train match|train it again"):
        Match(Weights(KIND, {}, about, arrays, "x"))


@pytest.fixture(scope="module")
def known() -> tuple[Index, np.ndarray]:
    fields = np.stack([draw(1.0, s) for s in range(24)])
    brands = np.arange(24) >= 20
    names = [f"set:{k}" for k in range(24)]
    arrays = make_arrays(originality.reduce(fields), names, brands, components=20)
    floats = {k: v.astype(np.float32) if v.dtype == np.float16 else v for k, v in arrays.items()}
    return Index(Weights(originality.KIND, {}, {}, floats, "x")), fields


def test_a_known_drawing_is_found_mirrored_moved_scaled_and_thickened(known):
    index, fields = known
    views = {
        "same": fields,
        "mirrored": np.ascontiguousarray(fields[:, :, ::-1]),
        "smaller": np.stack([algebra.place(f, scale=0.6, shift=(5, -3)) for f in fields]),
        "bolder": np.stack([algebra.offset(f, 0.6) for f in fields]),
    }
    for how, view in views.items():
        found = index.nearest(view)
        right = [c.name == f"set:{k}" for k, c in enumerate(found)]
        assert np.mean(right) >= 0.95, how
    assert all(c.distance < 0.2 for c in index.nearest(fields))
    other = index.nearest(np.stack([draw(9.0, s) for s in range(900, 920)]))
    assert np.median([c.distance for c in other]) > 0.5


def test_a_brand_is_found_inverted_in_a_badge_and_a_drawing_is_not(known):
    index, fields = known
    for k, kind in ((22, "brand"), (3, "drawing")):
        box = shapes.rectangle(width=60, height=60)
        badge = np.minimum(box, -algebra.place(fields[k], scale=0.9))
        inner = originality.frame(originality.invert(badge))
        found = index.nearest(badge[None])[0]
        if kind == "brand":
            assert ink_box(inner) is not None
            assert (found.name, found.kind) == ("set:22", "brand")
        else:
            assert found.name != "set:3"


def test_distances_are_those_of_the_fields_and_percentiles_are_theirs(known):
    index, fields = known
    a, b = originality.reduce(fields[:1]), originality.reduce(np.stack([draw(7.0, 70)]))
    distance, row = index.search(np.stack([draw(7.0, 70)]))
    true = np.sqrt(((originality.reduce(fields) - b) ** 2).mean(axis=1)).min()
    assert distance[0] == pytest.approx(true, rel=0.35)  # 20 of 256 components, or mirrored
    assert a.shape == (1, 256)
    assert 0 <= row[0] < 24
    assert [index.percentile(d) for d in (0.0, 4.0, 99.0)] == [0.0, 50.0, 100.0]


def test_framing_brings_a_mark_to_the_middle():
    moved = algebra.place(shapes.regular(5, radius=28), scale=0.5, shift=(9, -6))
    left, top, right, bottom = ink_box(frame(moved))
    assert max(right - left, bottom - top) == pytest.approx(56, abs=1)
    assert (left + right) / 2 == pytest.approx(32, abs=0.6)
    assert (top + bottom) / 2 == pytest.approx(32, abs=0.6)
    empty = np.full((64, 64), -1.0, np.float32)
    assert frame(empty) is empty


def test_an_index_that_does_not_fit_is_refused():
    with pytest.raises(DataError, match="known drawings"):
        Index(Weights(originality.KIND, {}, {}, {"names": np.zeros(3, np.uint8)}, "x"))


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        (np.full((64, 64), -1.0, np.float32), "empty"),
        (np.full((64, 64), 1.0, np.float32), "full"),
        (shapes.rectangle(width=56, height=2), "thin"),
        (algebra.union(shapes.disc(radius=20), shapes.disc(radius=1.2, centre=(60, 60))), "specks"),
        (shapes.disc(radius=40), "cut"),
        (np.random.default_rng(0).uniform(-1, 1, (64, 64)).astype(np.float32), "specks"),
    ],
)
def test_what_a_designer_would_not_let_pass_has_a_name(field, fault):
    assert fault in faults(inspect(field))


def test_a_clean_mark_has_no_fault_and_a_rough_one_is_worth_less():
    disc = shapes.disc(radius=24)
    assert faults(inspect(disc)) == ()
    assert cleanness(inspect(disc)) == pytest.approx(1.0, abs=0.01)
    lopsided = algebra.union(shapes.disc(radius=18), shapes.disc(radius=7, centre=(48, 17)))
    rough = np.clip(disc + np.random.default_rng(0).normal(0, 0.05, (64, 64)), -1, 1)
    for worse in (lopsided, rough.astype(np.float32)):
        assert cleanness(inspect(worse)) < cleanness(inspect(disc)) - 0.02


def test_chunks_come_back_in_order_and_an_error_comes_out():
    assert map_chunks(lambda k: k * k, range(9), threads=3) == [k * k for k in range(9)]

    def fail(k: int) -> int:
        raise ValueError(str(k))

    with pytest.raises(ValueError, match="0"):
        map_chunks(fail, range(3), threads=2)


def test_a_users_own_thread_settings_are_given_back():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads() -> list[int]:
        return [i["num_threads"] for i in threadpool_info() if i["internal_api"] == "openblas"]

    with threadpool_limits(2, user_api="blas"):
        before = threads()
        inside = map_chunks(lambda k: threads(), [0, 1], threads=2)
        assert threads() == before
    assert all(set(found) <= {1} for found in inside)
