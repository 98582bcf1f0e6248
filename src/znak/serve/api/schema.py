"""The OpenAPI document: problems of every route, and the schemas that they refer to."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from znak.serve.api.answers import OpenAiErrorAnswer, ProblemAnswer
from znak.serve.api.problems import KINDS, PROBLEM

Responses = dict[int | str, dict[str, Any]]
_ALWAYS = ("unauthorised", "rate_limited", "internal", "unavailable")
_WITH_BODY = (
    "invalid_json", "body_timeout", "too_large", "unsupported_media_type", "invalid_request",
)  # fmt: skip
_REFS = "#/components/schemas/{model}"

DESCRIPTION = """\
Znak turns a description of a brand, in English or Russian, into original logos: SVG, PNG, WebP and \
a kit of files for print and web.

**At once**: `POST /v1/images/generations` has the shape of OpenAI's Images API and answers with the \
logos within a deadline; OpenAI's own clients work with it.

**As a job**: `POST /v1/jobs` answers at once with a job; follow it at `/v1/jobs/{id}/events`, then \
take its logos in any format, size, layout and colour, and its kit. Jobs survive a restart of the \
server and expire with their files.

**Errors** are problem documents (RFC 9457), under `/v1/images/` OpenAI's error body; texts are in the \
language of `Accept-Language`, `en` or `ru`. `code` is stable and listed in `ProblemAnswer`; what to do \
about it is told at `/problems/{code}`.

**Limits**: `RateLimit` and `RateLimit-Policy` tell what is left; status 429 comes with `Retry-After`. \
`Idempotency-Key` makes a repeated request the same job.
"""
TAGS = [
    {"name": "images", "description": "Logos at once, in the shape of OpenAI's Images API."},
    {"name": "jobs", "description": "Logos as jobs: order, follow, collect, forget."},
    {"name": "files", "description": "Files of a finished job's logos."},
    {"name": "marks", "description": "Variations of a mark, and what it resembles."},
    {"name": "about", "description": "What may be asked for, and how the server is."},
    {
        "name": "first version",
        "description": "The call that the first version of this service had.",
    },
]
_RETRY = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
    }
}


def problems(*codes: str, body: bool = False, openai: bool = False) -> Responses:
    """Return the documentation of a route's problems, those that every route has included."""
    model = OpenAiErrorAnswer if openai else ProblemAnswer
    kind = "application/json" if openai else PROBLEM
    named = dict.fromkeys((*codes, *(_WITH_BODY if body else ()), *_ALWAYS))
    if body:
        named |= dict.fromkeys(("too_many_at_once",))
    found: Responses = {}
    for code in named:
        status = KINDS[code].status
        text = f"`{code}`: {KINDS[code].en}."
        if status in found:
            found[status]["description"] += f" {text}"
            continue
        found[status] = {
            "description": text,
            "content": {kind: {"schema": {"$ref": _REFS.format(model=model.__name__)}}},
        }
        if status in (429, 503):
            found[status]["headers"] = _RETRY
    return found


def build_openapi(app: FastAPI, *, with_keys: bool) -> dict[str, Any]:
    """Return the document of an app."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        license_info=app.license_info,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, more = models_json_schema(
        [(ProblemAnswer, "serialization"), (OpenAiErrorAnswer, "serialization")],
        ref_template=_REFS,
    )
    for name, schema in more["$defs"].items():
        schemas.setdefault(name, schema)
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                _describe(parameter)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    if with_keys:
        document["components"]["securitySchemes"] = {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key that `znak keys add` printed.",
            }
        }
        document["security"] = [{"key": []}]
        for path in ("/livez", "/readyz", "/problems/{code}"):
            for operation in document["paths"].get(path, {}).values():
                operation["security"] = []
    return document


def _describe(parameter: dict[str, Any]) -> None:
    """Give a parameter the description that its type has."""
    schema = parameter["schema"]
    for part in (schema, *schema.get("anyOf", [])):
        if text := part.get("description"):
            parameter.setdefault("description", text)
