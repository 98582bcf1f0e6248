"""Logs: one JSON object a line, whatever is logged; files that rotate; nothing twice."""

from __future__ import annotations

import json
import logging

import pytest

from znak.errors import StorageError
from znak.serve import logs


@pytest.fixture
def log(tmp_path):
    logs.start_logs(tmp_path / "logs" / "znak.log", service="api", echo=False)
    yield tmp_path / "logs" / "znak-api.log"
    logs.stop_logs()


def rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_record_is_one_line_of_json(log):
    with logs.request_id("abc-12345"):
        logging.getLogger("x").info("made %d\nlines", 2, extra={"n": 8, "path": log, "bad": "a\nb"})
    logging.getLogger("x").info("after")
    first, second = rows(log)
    assert (first["message"], first["request_id"], first["n"]) == ("made 2\nlines", "abc-12345", 8)
    assert (first["bad"], first["path"], first["service"]) == ("a\nb", str(log), "api")
    assert first["time"].endswith("+00:00")
    assert "request_id" not in second


def test_what_broke_is_told_with_its_trace(log):
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("x").exception("broke")
    (row,) = rows(log)
    assert (row["level"], row["error"]) == ("error", "ValueError")
    assert "test_logs.py" in row["trace"]


def test_what_is_given_does_not_take_the_place_of_what_is_known(log):
    logging.getLogger("x").info("told", extra={"level": "fatal", "service": "other"})
    (row,) = rows(log)
    assert (row["level"], row["service"]) == ("info", "api")


def test_a_file_rotates_and_old_ones_go(log, monkeypatch):
    logs.stop_logs()
    monkeypatch.setattr(logs, "MAX_BYTES", 500)
    monkeypatch.setattr(logs, "KEPT", 2)
    logs.start_logs(log.with_name("znak.log"), service="api", echo=False)
    for number in range(50):
        logging.getLogger("x").info("line %d", number)
    files = sorted(path.name for path in log.parent.iterdir())
    assert files == ["znak-api.log", "znak-api.log.1", "znak-api.log.2"]
    assert all(path.stat().st_size <= 500 for path in log.parent.iterdir())
    assert rows(log)[-1]["message"] == "line 49"


def test_starting_again_writes_nothing_twice(log):
    logs.start_logs(log.with_name("znak.log"), service="api", echo=False)
    logging.getLogger("x").info("once")
    assert [row["message"] for row in rows(log)] == ["once"]


def test_a_place_that_can_not_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="another file"):
        logs.start_logs(tmp_path / "file" / "znak.log")
