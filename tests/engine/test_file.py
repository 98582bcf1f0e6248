from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from znak.engine.file import pack_bytes, read_weights, unpack_bytes, write_weights
from znak.errors import DataError

ARRAYS = {
    "half": np.arange(6, dtype=np.float16).reshape(2, 3) / 3,
    "bytes": np.arange(-3, 4, dtype=np.int8),
}


def write(path, **changes):
    values = {"kind": "marks", "config": {"a": 1}, "about": {"who": "тест"}, **changes}
    return write_weights(path, ARRAYS, **values)


def test_what_is_written_is_read_back_and_other_tools_read_it_too(tmp_path):
    path = tmp_path / "w.safetensors"
    size = write(path)
    assert size == path.stat().st_size
    found = read_weights(path, kind="marks")
    assert found.config == {"a": 1}
    assert found.about == {"who": "тест"}
    assert found.arrays["half"].dtype == np.float32
    np.testing.assert_array_equal(found.arrays["half"], ARRAYS["half"].astype(np.float32))
    np.testing.assert_array_equal(found.arrays["bytes"], ARRAYS["bytes"])
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, ARRAYS[name])


def test_the_same_arguments_give_the_same_bytes_and_other_weights_another_revision(tmp_path):
    a, b, c = (tmp_path / n for n in "abc")
    write(a)
    write(b)
    write_weights(c, {**ARRAYS, "bytes": ARRAYS["bytes"] + 1}, kind="marks", config={}, about={})
    assert a.read_bytes() == b.read_bytes()
    assert read_weights(a, kind="marks").revision != read_weights(c, kind="marks").revision


def test_every_damage_is_found(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path)
    whole = path.read_bytes()
    cuts = [whole[:n] for n in (0, 5, 8, 40, len(whole) // 2, len(whole) - 1)]
    flips = []
    for place in (3, 12, len(whole) - 2, len(whole) - len(ARRAYS["bytes"]) - 1):
        broken = bytearray(whole)
        broken[place] ^= 0x41
        flips.append(bytes(broken))
    for data in [*cuts, *flips, whole + b"x", b"PK\x03\x04" + whole, b"[" * 100_000]:
        path.write_bytes(data)
        with pytest.raises(DataError) as caught:
            read_weights(path, kind="marks")
        assert str(path) in caught.value.message
        assert str(path) in caught.value.ru


def test_a_header_that_lies_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    for change in (
        {"shape": [2, 400]},
        {"shape": [-2, -3]},
        {"dtype": "F8"},
        {"data_offsets": [9, 2]},
    ):
        broken = {**table, "half": {**table["half"], **change}}
        head = json.dumps(broken).encode()
        path.write_bytes(len(head).to_bytes(8, "little") + head + data[8 + length :])
        with pytest.raises(DataError, match="damaged"):
            read_weights(path, kind="marks")


def test_another_kind_version_or_no_file_is_said(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    write(path, kind="match")
    with pytest.raises(DataError, match="'match' of version 1, wanted is 'marks'"):
        read_weights(path, kind="marks")
    monkeypatch.setattr("znak.engine.file.VERSION", 2)
    with pytest.raises(DataError, match="of version 1, wanted is 'match' of version 2"):
        read_weights(path, kind="match")
    with pytest.raises(DataError, match="there is no file"):
        read_weights(tmp_path / "none", kind="marks")


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path)
    before = path.read_bytes()
    bad = {"x": np.array([1, np.inf], np.float16)}
    with pytest.raises(DataError, match="not finite"):
        write_weights(path, bad, kind="marks", config={}, about={})
    assert path.read_bytes() == before


def test_matrices_as_bytes_come_back_to_a_254th_of_their_rows_largest(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "a.weight": rng.standard_normal((5, 3, 4)).astype(np.float32),
        "none": np.zeros((2, 3), np.float32),
        "bias": rng.standard_normal(7).astype(np.float32),
    }
    path = tmp_path / "w.safetensors"
    write_weights(path, pack_bytes(arrays), kind="marks", config={}, about={})
    found = read_weights(path, kind="marks").arrays
    assert found.keys() == arrays.keys()
    largest = np.abs(arrays["a.weight"]).max(axis=(1, 2), keepdims=True)
    assert (np.abs(found["a.weight"] - arrays["a.weight"]) <= largest / 253).all()
    assert found["a.weight"].dtype == np.float32
    assert np.array_equal(found["none"], arrays["none"])
    assert np.array_equal(found["bias"], arrays["bias"])
    again = unpack_bytes(pack_bytes(found))
    assert np.allclose(again["a.weight"], found["a.weight"], atol=1e-6)


def test_a_matrix_that_is_not_finite_is_refused_as_bytes_too(tmp_path):
    wrong = {"a": np.array([[1.0, np.nan]], np.float32)}
    with pytest.raises(DataError, match="not finite"):
        write_weights(tmp_path / "w", pack_bytes(wrong), kind="marks", config={}, about={})
