"""The frozen prompts, the judge's contract, and the figures of marks."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from tests.metrics.fake_marks import draw_shape, make_pack, make_prompts
from znak.errors import DataError, InputError
from znak.fields import trace
from znak.metrics.features import Features
from znak.metrics.judge import Judge, JudgeConfig, TrainedJudge, bag_texts, load_judge, rasterise
from znak.metrics.marks import (
    match_counts,
    measure_copies,
    measure_diversity,
    measure_gap,
    measure_recall,
    spread_of,
)
from znak.metrics.prompts import (
    EXCLUDED,
    choose_prompts,
    in_half_b,
    in_reference,
    is_tried,
    judge_rows,
    load_prompts,
    plain,
    real_rows,
)
from znak.models.checkpoint import save_model

TINY = JudgeConfig(widths=(8, 16), depths=(1, 1), dim=16, buckets=64)


def tiny_judge(seed: int = 0) -> TrainedJudge:
    torch.manual_seed(seed)
    return TrainedJudge(Judge(TINY), {})


# Prompts


def test_the_frozen_prompts_are_300_concepts_with_enough_held_out_drawings():
    frozen = load_prompts()
    assert len(frozen.concepts) == len(set(frozen.concepts)) == 300
    assert min(frozen.counts.values()) >= 3
    assert len(frozen.diverse) == 167
    assert not set(frozen.concepts) & EXCLUDED
    assert all(not name.startswith(" ") and "\n" not in name for name in EXCLUDED)


def test_prompts_are_chosen_by_the_rule_whatever_the_order_of_rows():
    pack = make_pack()
    concepts = np.array(pack.concepts, dtype=object)
    concepts[(concepts == "bar") & (np.arange(len(pack)) > 40)] = ""  # too few drawings
    concepts[concepts == "cross"] = "triangle"  # excluded by hand
    pack = replace(pack, concepts=concepts.tolist())
    chosen = choose_prompts(pack, count=2)
    assert sorted(chosen.concepts) == ["disc", "ring"]
    assert chosen.counts["disc"] == 30
    order = np.random.default_rng(0).permutation(len(pack))
    turned = replace(
        pack,
        **{k: getattr(pack, k)[order] for k in ("split", "cluster", "solid", "interface")},
        concepts=[pack.concepts[i] for i in order],
    )
    assert choose_prompts(turned, count=2).concepts == chosen.concepts
    with pytest.raises(DataError, match="2 concepts fit"):
        choose_prompts(pack, count=3)


def test_the_judge_learns_from_no_cluster_that_a_table_shows_or_a_model_learns_from():
    pack = make_pack()
    pack = replace(pack, cluster=(pack.cluster // 7).astype(np.int32))  # clusters across splits
    judged = set(pack.cluster[judge_rows(pack)].tolist())
    shown = {
        int(pack.cluster[i]) for rows in real_rows(pack, make_prompts(pack)).values() for i in rows
    }
    learnt = set(pack.cluster[pack.split == "train"].tolist())
    assert not judged & (shown | learnt)
    whole = make_pack()
    assert len(judge_rows(whole)) > 60
    assert (
        len(judge_rows(whole)) + sum(map(len, real_rows(whole, make_prompts(whole)).values()))
        == (whole.split != "train").sum()
    )


def test_halves_are_about_even_independent_and_the_same_everywhere():
    clusters = np.arange(4000)
    b, r, t = in_half_b(clusters), in_reference(clusters), is_tried(clusters)
    assert abs(b.mean() - 0.5) < 0.03 and abs(r[b].mean() - 0.5) < 0.04
    assert abs(t[~b].mean() - 1 / 8) < 0.03
    assert in_half_b(np.arange(12)).tolist() == b[:12].tolist()
    assert np.flatnonzero(b[:20]).tolist() == [1, 2, 5, 7, 8, 9, 14, 15, 19]


def test_damaged_prompts_and_a_pack_without_them_are_refused(tmp_path):
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps(plain(load_prompts()))[:-40])
    with pytest.raises(DataError, match="holds no frozen prompts"):
        load_prompts(path)
    with pytest.raises(DataError, match="no held-out drawing of"):
        real_rows(make_pack(), load_prompts())


# Judge


def test_the_judge_sees_the_rendered_outline():
    ink = rasterise(trace(draw_shape("disc", 20, 0, 0)))
    assert ink.shape == (64, 64) and ink.dtype == np.uint8
    assert abs(ink.sum() / 255 - np.pi * 400) < 12
    assert rasterise(None).sum() == 0


def test_a_saved_judge_reads_back_alike_and_others_are_refused(tmp_path):
    judge = tiny_judge()
    save_model(tmp_path / "judge.safetensors", judge.model, about={"steps": 3})
    again = load_judge(tmp_path / "judge.safetensors")
    rasters = np.stack([rasterise(trace(draw_shape(n, 20, 0, 0))) for n in ("disc", "bar")])
    assert again.name == judge.name and again.about == {"steps": 3}
    np.testing.assert_array_equal(again.see(rasters).vectors, judge.see(rasters).vectors)
    np.testing.assert_array_equal(again.read(["disc"]), judge.read(["disc"]))
    data = (tmp_path / "judge.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="damaged"):
        load_judge(tmp_path / "cut.safetensors")
    with pytest.raises(DataError, match="no checkpoint"):
        load_judge(tmp_path / "nowhere.safetensors")
    odd = Judge(TINY)
    odd.kind = "flow"
    save_model(tmp_path / "flow.safetensors", odd, about={})
    with pytest.raises(DataError, match="'judge' model is wanted"):
        load_judge(tmp_path / "flow.safetensors")


def test_features_and_texts_are_unit_vectors_that_depend_on_their_own_row_alone():
    judge = tiny_judge()
    rasters = np.random.default_rng(0).integers(0, 256, (130, 64, 64)).astype(np.uint8)
    seen = judge.see(rasters).vectors
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(judge.see(rasters[129:]).vectors, seen[129:], atol=1e-5)
    both = judge.read(["coffee cup", "fox"])
    np.testing.assert_allclose(judge.read(["fox"])[0], both[1], atol=1e-6)
    with pytest.raises(InputError, match="takes bytes"):
        judge.see(rasters.astype(np.float32))


def test_words_share_their_letters_with_words_like_them():
    config = JudgeConfig(buckets=1 << 20)

    def pieces(text: str) -> set[int]:
        return set(bag_texts([text], config)[0].tolist())

    assert len(pieces("mountain") & pieces("mountains")) > 8
    assert not pieces("mountain") & pieces("fox")
    numbers, starts = bag_texts(["fox", "", "a fox"], config)
    assert starts.tolist() == [0, len(pieces("fox")), len(pieces("fox")) + 1]
    assert len(numbers) == 2 * len(pieces("fox")) + 1 + len(pieces("a"))


def test_places_count_the_likelier_concepts_and_ties_go_against_the_mark(monkeypatch):
    judge = tiny_judge()
    monkeypatch.setattr(judge, "read", lambda texts: np.eye(3, dtype=np.float32))
    seen = Features(np.array([[0.2, 0.9, 0.1], [0, 0, 0], [0.5, 0.5, 0]], np.float32))
    places = judge.places(seen, ["b", "a", "a"], ["a", "b", "c"])
    assert places.tolist() == [0, 2, 1]
    assert judge.places(seen, ["c", "b", "c"], ["a", "b", "c"]).tolist() == [2, 2, 2]


# Figures


def test_recall_counts_each_concept_once():
    places = np.array([0, 0, 0, 7, 4, 9])
    concepts = ["a", "a", "a", "b", "c", "c"]
    assert measure_recall(places, concepts, k=1).value == pytest.approx(1 / 3)
    fifth = measure_recall(places, concepts, k=5)
    assert fifth.value == pytest.approx((1 + 0 + 0.5) / 3) and fifth.n == 3
    assert fifth.interval is not None and fifth.interval[0] < fifth.value < fifth.interval[1]
    assert np.isnan(measure_recall(places[:0], [], k=1).value)


def test_diversity_counts_only_marks_that_show_the_concept():
    e = np.eye(4)
    vectors = np.stack([e[0], e[1], e[2], e[0], e[0], e[0], e[1]])
    concepts = ["a", "a", "a", "b", "b", "c", "c"]
    places = np.array([0, 4, 5, 0, 0, 0, 9])
    assert spread_of(vectors, places, concepts) == {"a": pytest.approx(1), "b": pytest.approx(0)}
    found = measure_diversity(vectors, places, concepts, {"a": 0.8, "b": 0.7, "c": 0.5})
    assert found.value == pytest.approx(1 / 1.5) and found.n == 2
    assert np.isnan(measure_diversity(vectors, places, concepts, {}).value)


def test_near_copies_are_measured_against_the_nearest_hundredth_of_held_out_drawings():
    rng = np.random.default_rng(0)
    held = rng.uniform(1, 2, 4000)
    names = [f"c{i % 50}" for i in range(2000)]
    honest = measure_copies(rng.uniform(1, 2, 2000), names, held)
    assert honest.value == pytest.approx(0.01, abs=0.006)
    copied = measure_copies(np.where(np.arange(2000) % 4 == 0, 0.0, 1.5), names, held)
    assert copied.value == pytest.approx(0.25)
    assert measure_copies(held, [f"c{i}" for i in range(4000)], held).value == pytest.approx(0.01)
    with pytest.raises(InputError, match="99 held-out"):
        measure_copies(held, names, held[:99])


def test_the_gap_is_the_kolmogorov_smirnov_distance():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=301), rng.normal(0.3, 1.2, size=407)
    assert measure_gap(a, b) == pytest.approx(ks_2samp(a, b).statistic)
    counts = rng.integers(0, 4, 200), rng.integers(0, 5, 300)
    assert measure_gap(*counts) == pytest.approx(ks_2samp(*counts).statistic)
    assert measure_gap(a, a) == 0 and measure_gap(a, a + 100) == 1


def test_compared_marks_have_the_references_proportions():
    concepts = ["a"] * 8 + ["b"] * 8 + ["c"] * 8
    rows = match_counts(concepts, {"a": 9, "b": 2, "d": 3}, most=4)
    assert [concepts[i] for i in rows] == ["a"] * 8 + ["b"] * 4
    few = match_counts(["a", "a", "b"], {"a": 3, "b": 1}, most=4)
    assert few.tolist() == [0, 1, 2]
