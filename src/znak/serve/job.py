"""What a job is to those who wait for it, and what they can be told instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from znak.errors import DataError, InputError, MissingError, StorageError, ZnakError
from znak.serve.order import Order

State = Literal["queued", "running", "done", "failed", "cancelled", "expired"]
Phase = Literal["queued", "drawing", "ranking", "tracing", "writing", "done"]
ACTIVE: tuple[State, ...] = ("queued", "running")


@dataclass(frozen=True)
class Problem:
    """Why a job failed: a short code and a sentence for the user in each language."""

    code: str
    en: str
    ru: str

    def text(self, language: str = "en") -> str:
        """Return the sentence in `language` ("ru" or anything else for English)."""
        return self.ru if language.startswith("ru") else self.en


@dataclass(frozen=True)
class Job:
    """A job as it stands. Times are UTC; `progress` goes from 0 to 1.

    `state` is "expired" only in what `watch` yields last when the job is gone.
    """

    id: str
    owner: str
    state: State
    phase: Phase
    progress: float
    order: Order
    created: datetime
    started: datetime | None
    finished: datetime | None
    expires: datetime
    error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen to the job."""
        return self.state not in ACTIVE


class QueueFull(ZnakError):  # noqa: N818 - a state of the queue, as the contract names it
    """No more jobs are taken just now; `retry_after` is when to ask again, s."""

    def __init__(self, retry_after: int) -> None:
        """Say how long to wait."""
        super().__init__(
            f"too many logos are waiting to be drawn: try again in {retry_after} s",
            ru=f"Слишком много логотипов ждёт своей очереди: повторите через {retry_after} с",
        )
        self.retry_after = retry_after


class KeyConflict(InputError):  # noqa: N818
    """An idempotency key was used for another order."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "this idempotency key was used for another order: use a new key",
            ru="Этот ключ идемпотентности уже занят другим заказом: возьмите новый",
        )


class NoSuchJob(InputError):  # noqa: N818
    """There is no job of this id, or none that the asker may see."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__(
            "there is no such job: it never was, or its time is over",
            ru="Такого задания нет: его не было, или срок его хранения вышел",
        )


class StoreBusy(StorageError):  # noqa: N818
    """The store of jobs is locked, full or out of reach; `retry_after` is when to ask again, s."""

    def __init__(self, reason: str, *, retry_after: int = 2) -> None:
        """Say why."""
        super().__init__(
            f"the store of jobs can't be used just now ({reason}): try again in {retry_after} s",
            ru=f"Хранилище заданий сейчас недоступно ({reason}): повторите через {retry_after} с",
        )
        self.retry_after = retry_after


CRASHED = Problem(
    "crashed",
    "This order stopped the worker again and again: it was given up. Try other words.",
    "Этот заказ раз за разом останавливал работу: он снят. Попробуйте другие слова.",
)
INTERNAL = Problem(
    "internal",
    "Something went wrong while drawing; it was noted in the log. Try again.",
    "Во время рисования что-то сломалось, это записано в журнал. Попробуйте ещё раз.",
)


def problem_of(error: ZnakError) -> Problem:
    """Return what a job's user is told of an error."""
    kinds: tuple[tuple[type[ZnakError], str], ...] = (
        (InputError, "input"),
        (StorageError, "storage"),
        (DataError, "data"),
        (MissingError, "missing"),
    )
    code = next((name for kind, name in kinds if isinstance(error, kind)), "failed")
    if code == "storage":  # paths of the server are not for its users
        return Problem(
            code,
            "The result could not be stored: the server's disk is full or can't be written.",
            "Результат не удалось сохранить: диск сервера полон или недоступен для записи.",
        )
    return Problem(code, error.message, error.ru)
