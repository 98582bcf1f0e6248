import numpy as np
import pytest

from znak.corpus import cluster
from znak.fields.sdf import field_of_svg, quantise


def field(body: str) -> np.ndarray:
    return quantise(
        field_of_svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{body}</svg>')
    )


STAR = '<path d="M32 4l8 20 20 2-15 14 5 20-18-11-18 11 5-20L4 26l20-2z"/>'
FACE = '<path fill-rule="evenodd" d="M4 32a28 28 0 0 1 56 0 28 28 0 0 1-56 0zM18 {y}q14 {d} 28 0v4q-14 {d}-28 0z"/>'
FIELDS = {
    "star": field(STAR),
    "star, a little blunter": field(STAR.replace("20 2-15 14", "19.500 2.300-14.600 13.800")),
    "smile": field(FACE.format(y=40, d=14)),
    "frown": field(FACE.format(y=46, d=-14)),
    "flag": field('<path d="M8 4h4v56H8zM12 6h40l-8 12 8 12H12z"/>'),
    "flag mirrored": field('<path d="M56 4h-4v56h4zM52 6H12l8 12-8 12h40z"/>'),
    "ring": field('<path fill-rule="evenodd" d="M4 32a28 28 0 0 1 56 0 28 28 0 0 1-56 0zM12 32a20 20 0 0 0 40 0 20 20 0 0 0-40 0z"/>'),
    "disc": field('<circle cx="32" cy="32" r="28"/>'),
}  # fmt: skip
NAMES = list(FIELDS)


@pytest.fixture(scope="module")
def pairs() -> cluster.Pairs:
    return cluster.find_pairs(np.stack(list(FIELDS.values())))


def test_near_copies_are_found_and_look_alikes_are_not(pairs):
    found = {
        (NAMES[a], NAMES[b]): m for a, b, m in zip(pairs.a, pairs.b, pairs.mirrored, strict=True)
    }
    assert found == {("star", "star, a little blunter"): False, ("flag", "flag mirrored"): True}
    assert (pairs.gap >= 0).all() and (pairs.gap < cluster.MAX_GAP).all()


def test_the_gap_is_the_distance_between_outlines():
    discs = np.stack(
        [quantise(np.clip((28 - d - radii()) / 8, -1, 1).astype(np.float32)) for d in (0.0, 0.5)]
    )
    pairs = cluster.find_pairs(discs)
    assert pairs.gap == pytest.approx([0.5], abs=0.05)


def radii() -> np.ndarray:
    y, x = np.mgrid[:64, :64] + 0.5
    return np.hypot(x - 32, y - 32)


def test_no_fields_and_one_field_have_no_pairs():
    assert len(cluster.find_pairs(np.zeros((0, 64, 64), np.int8)).a) == 0
    assert len(cluster.find_pairs(np.zeros((1, 64, 64), np.int8)).a) == 0


def chain(n: int) -> cluster.Pairs:
    a = np.arange(n - 1)
    return cluster.Pairs(a, a + 1, np.full(n - 1, 0.5, np.float32), np.zeros(n - 1, bool))


def test_a_chain_is_no_cluster_but_one_component():
    stars = cluster.stars(9, chain(9))
    assert len(set(stars.tolist())) >= 3
    assert all((stars == k).sum() <= 3 for k in set(stars.tolist()))
    assert len(set(cluster.components(9, chain(9)).tolist())) == 1


def test_splits_follow_components_and_shares():
    n = 20_000
    component = np.arange(n, dtype=np.int32) // 2
    keys = [f"set:{i}" for i in range(n)]
    splits = cluster.splits(keys, component)
    assert splits[0::2] == splits[1::2]
    assert splits.count("test") / n == pytest.approx(0.15, abs=0.01)
    assert splits.count("valid") / n == pytest.approx(0.05, abs=0.01)
    assert splits == cluster.splits(keys, component)


def test_a_giant_component_is_for_training():
    component = np.zeros(3000, dtype=np.int32)
    assert set(cluster.splits([f"a:{i}" for i in range(3000)], component)) == {"train"}
