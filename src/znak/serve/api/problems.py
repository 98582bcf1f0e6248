"""What can go wrong over HTTP, each with a code, a status and a text in English and in Russian.

Answers are problem documents (RFC 9457), or OpenAI's error body under `/v1/images/`:

    {"type": "/problems/queue_full", "title": "The queue is full", "status": 429,
     "detail": "…", "code": "queue_full", "instance": "urn:znak:request:5f2c…"}
    {"error": {"message": "…", "type": "rate_limit_error", "param": null, "code": "queue_full"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from znak.serve.api.language import Language

OPENAI_PATH = "/v1/images/"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, its title in both languages, and what to do about it."""

    status: int
    en: str
    ru: str
    remedy: tuple[str, str]
    openai: str = "invalid_request_error"


KINDS: dict[str, Kind] = {
    "invalid_json": Kind(
        400, "The body is no JSON", "Тело запроса — не JSON",
        ("Send a JSON object in UTF-8.", "Пришлите объект JSON в UTF-8."),
    ),
    "unauthorised": Kind(
        401, "An API key is needed", "Нужен ключ API",
        ("Send the header `Authorization: Bearer znak_…` with a key that `znak keys add` printed.",
         "Пришлите заголовок `Authorization: Bearer znak_…` с ключом из `znak keys add`."),
        "authentication_error",
    ),
    "not_found": Kind(
        404, "There is no such thing", "Такого нет",
        ("Check the address. A job is found by its id, with the key it was made with, until it "
         "expires.",
         "Проверьте адрес. Задание находится по номеру, с тем же ключом, пока не истёк его срок."),
    ),
    "model_not_found": Kind(
        404, "There is no such model", "Такой модели нет",
        ("`GET /v1/models` lists the models.", "Модели перечислены в `GET /v1/models`."),
    ),
    "method_not_allowed": Kind(
        405, "The method is not allowed here", "Этот метод здесь не разрешён",
        ("The header `Allow` lists what is.", "Разрешённые перечислены в заголовке `Allow`."),
    ),
    "body_timeout": Kind(
        408, "The body came too slowly", "Тело запроса шло слишком долго",
        ("Send the whole body at once.", "Пришлите тело запроса целиком сразу."),
    ),
    "not_ready": Kind(
        409, "The job is not done", "Задание ещё не готово",
        ("Wait for it: follow `/v1/jobs/{id}/events` or ask for the job again.",
         "Подождите: следите за `/v1/jobs/{id}/events` или запросите задание снова."),
    ),
    "job_failed": Kind(
        409, "The job did not succeed", "Задание не выполнено",
        ("Its `error` says why; a new job can be made.",
         "Причина — в поле `error`; можно сделать новое задание."),
    ),
    "too_large": Kind(
        413, "The request is too large", "Запрос слишком велик",
        ("Send less.", "Пришлите меньше."),
    ),
    "unsupported_media_type": Kind(
        415, "The body is of another type", "Тело запроса другого типа",
        ("Send `Content-Type: application/json`.", "Пришлите `Content-Type: application/json`."),
    ),
    "invalid_request": Kind(
        422, "The request can't be used", "Запрос не подходит",
        ("`errors` names each field that is wrong.", "В `errors` названо каждое неверное поле."),
    ),
    "invalid_input": Kind(
        422, "A value can't be used", "Значение не подходит",
        ("`detail` says what is wrong with it and what to give.",
         "В `detail` сказано, что не так и что дать."),
    ),
    "idempotency_key_reused": Kind(
        422, "The Idempotency-Key was used for another request",
        "Этот Idempotency-Key уже был у другого запроса",
        ("Take a new key for a new request.", "Для нового запроса возьмите новый ключ."),
    ),
    "rate_limited": Kind(
        429, "Too many requests", "Слишком много запросов",
        ("Wait as long as `Retry-After` says.", "Подождите, сколько сказано в `Retry-After`."),
        "rate_limit_error",
    ),
    "too_many_at_once": Kind(
        429, "Too many requests at once", "Слишком много запросов одновременно",
        ("Wait for the earlier ones to end.", "Дождитесь конца предыдущих."),
        "rate_limit_error",
    ),
    "queue_full": Kind(
        429, "The queue is full", "Очередь заполнена",
        ("Wait as long as `Retry-After` says.", "Подождите, сколько сказано в `Retry-After`."),
        "rate_limit_error",
    ),
    "internal": Kind(
        500, "Something broke on the server", "На сервере что-то сломалось",
        ("Nothing of yours is at fault. `instance` names the request for whoever runs the server.",
         "Дело не в запросе. По `instance` запрос найдёт тот, у кого работает сервер."),
        "server_error",
    ),
    "unavailable": Kind(
        503, "The server can't answer now", "Сервер сейчас не может ответить",
        ("Try again as `Retry-After` says.", "Повторите, когда сказано в `Retry-After`."),
        "server_error",
    ),
    "deadline": Kind(
        504, "The deadline has passed, the job goes on", "Время вышло, задание продолжается",
        ("Ask for the job that `job` names; for long work make jobs with `POST /v1/jobs`.",
         "Запросите задание из поля `job`; долгую работу заказывайте через `POST /v1/jobs`."),
        "server_error",
    ),
}  # fmt: skip

_BY_STATUS = {
    400: "invalid_json", 401: "unauthorised", 404: "not_found", 405: "method_not_allowed",
    408: "body_timeout", 413: "too_large", 415: "unsupported_media_type", 429: "rate_limited",
    503: "unavailable",
}  # fmt: skip


@dataclass
class ApiError(Exception):
    """A problem to answer with: a code of KINDS, and what is to be said of this case.

    `extra` are further members of the document; `param` is the field at fault.
    """

    code: str
    en: str = ""
    ru: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    param: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status

    def detail(self, language: Language) -> str:
        """Return what is said of this case, by default what to do about such problems."""
        kind = KINDS[self.code]
        if language == "ru":
            return self.ru or self.en or kind.remedy[1]
        return self.en or kind.remedy[0]


def of_status(status: int) -> ApiError:
    """Return the problem for a status that the framework answers with."""
    known = "internal" if status >= 500 else "invalid_request"
    return ApiError(_BY_STATUS.get(status, known))


def document(error: ApiError, *, path: str, language: Language, request_id: str) -> dict[str, Any]:
    """Return the body for an error: OpenAI's shape under its path, else a problem document."""
    kind = KINDS[error.code]
    said = error.detail(language)
    if path.startswith(OPENAI_PATH):
        return {
            "error": {
                "message": said,
                "type": kind.openai,
                "param": error.param,
                "code": error.code,
                **error.extra,
            }
        }
    return {
        "type": f"/problems/{error.code}",
        "title": kind.ru if language == "ru" else kind.en,
        "status": kind.status,
        "detail": said,
        "instance": f"urn:znak:request:{request_id}",
        "code": error.code,
        **error.extra,
    }


def media_type(path: str) -> str:
    """Return the content type of an error's body."""
    return "application/json" if path.startswith(OPENAI_PATH) else PROBLEM
