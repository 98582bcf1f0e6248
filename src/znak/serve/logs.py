"""Logs of the services: one JSON object a line, with the request's id, in a file that rotates.

    start_logs(Path("data/serve/znak.log"))     # None: standard error alone
    with request_id("5f2c…"): logging.getLogger(__name__).info("made", extra={"n": 8})

What is given as `extra` becomes a field. Prompts, names and keys are never given to a log; paths are
logged without their query. A line break in a value can't begin a new line: JSON escapes it.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from znak.errors import StorageError

MAX_BYTES = 10_000_000
KEPT = 5
"""A log file is closed at MAX_BYTES, and KEPT older ones stay."""
_LONGEST = 4000
_LOUD = ("uvicorn.access", "httpx", "httpcore", "httpx2", "httpcore2", "dbos.scheduler")
_REQUEST: ContextVar[str | None] = ContextVar("znak_request_id", default=None)
_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


@contextmanager
def request_id(value: str | None) -> Iterator[None]:
    """Put a request's id on every line logged inside the block, in threads begun there too."""
    token = _REQUEST.set(value)
    try:
        yield
    finally:
        _REQUEST.reset(token)


def current_request_id() -> str | None:
    """Return the id of the request that is being answered, None outside of one."""
    return _REQUEST.get()


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, *, service: str) -> None:
        """Name the service that writes."""
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; what can't be written as JSON is written as text."""
        when = datetime.fromtimestamp(record.created, UTC)
        row: dict[str, object] = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
        }
        if (request := getattr(record, "request_id", None) or _REQUEST.get()) is not None:
            row["request_id"] = request
        for key, value in record.__dict__.items():
            if key not in _PLAIN and key not in row:
                row[key] = value
        if record.exc_info and record.exc_info[0] is not None:
            row["error"] = record.exc_info[0].__name__
            row["trace"] = "".join(traceback.format_exception(*record.exc_info))[-_LONGEST:]
        return json.dumps(row, ensure_ascii=False, default=str)


def start_logs(
    path: Path | None = None, *, service: str = "znak", level: str = "INFO", echo: bool = True
) -> None:
    """Send all logs of this process to a rotating file and, with `echo`, to standard error.

    Of `znak.log` the service "api" makes `znak-api.log`: two processes can't rotate one file. A second call takes the place of the first. Raises StorageError when the file can't be written.
    """
    handlers: list[logging.Handler] = []
    if path is not None:
        path = path.with_name(f"{path.stem}-{service}{path.suffix or '.log'}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
            )
        except OSError as error:
            raise StorageError(
                f"the log {path} can't be written ({error.strerror}): choose another file",
                ru=f"Журнал {path} не записать ({error.strerror}): выберите другой файл",
            ) from error
    if echo:
        handlers.append(logging.StreamHandler(sys.stderr))
    root = logging.getLogger()
    stop_logs()
    for handler in handlers:
        handler.setFormatter(JsonFormatter(service=service))
        handler.set_name(_NAME)
        root.addHandler(handler)
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)


_NAME = "znak"


def stop_logs() -> None:
    """Close what `start_logs` opened, and log no more than Python does by itself."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if h.get_name() == _NAME]:
        root.removeHandler(handler)
        handler.close()
        root.setLevel(logging.WARNING)
