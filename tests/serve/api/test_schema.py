"""The OpenAPI document keeps its word: whatever is sent, the answer is one that it names, and no 5xx."""

from __future__ import annotations

import re
from html import escape

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from znak.serve.api import create_app

# schemathesis draws some of its values with the module random, which hypothesis now warns of
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]
LOGO = "/v1/jobs/{job_id}/logos/{number}.{extension}"
EVENTS = "/v1/jobs/{job_id}/events"
JOB = "/v1/jobs/{job_id}"


def try_operation(operation, mode, examples: int, **fixed) -> int:
    """Send examples of an operation and check the answers; return how many were sent."""
    sent = 0

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def run(case):
        nonlocal sent
        sent += 1
        case.call_and_validate(checks=CHECKS, timeout=60)

    run()
    return sent


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_undocumented(settings, worker, mode):
    # what is more than one logo is refused: each is drawn
    app = create_app(settings.model_copy(update={"max_n": 1, "stream_s": 0.02}))
    tried = {}
    with TestClient(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        for found in schema.get_all_operations():
            operation = found.ok()
            given_ = operation.body or operation.query or operation.path_parameters
            if mode.is_negative and not given_:
                continue
            name = f"{operation.method.upper()} {operation.path}"
            posts = operation.method == "post"
            tried[name] = try_operation(operation, mode, 10 if posts else 5)
    assert len([name for name in tried if name.startswith("POST")]) == 5
    assert mode.is_negative or len(tried) >= 15


@pytest.mark.parametrize(
    ("path", "method", "examples", "query"),
    [
        (LOGO, "get", 20, {"size": 40, "width": 33, "height": 44}),
        (EVENTS, "get", 6, None),
        (JOB, "get", 4, None),
    ],
)
def test_a_finished_jobs_answers_are_documented(make_client, done, path, method, examples, query):
    schema = schemathesis.openapi.from_asgi("/openapi.json", make_client().app)
    fixed = {"path_parameters": {"job_id": done.id}, **({"query": query} if query else {})}
    assert try_operation(schema[path][method.upper()], GenerationMode.POSITIVE, examples, **fixed)


def test_the_document_can_be_read(idle):
    document = idle.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"] and operation["description"], where
            assert len(operation["tags"]) == 1, where
            assert {"401", "429", "500", "503"} <= set(operation["responses"]), where
            for parameter in operation.get("parameters", []):
                assert parameter.get("description") or parameter["schema"].get("description"), (
                    where,
                    parameter["name"],
                )
    for name in ("ImageRequest", "JobRequest", "VariationRequest", "OriginalityRequest"):
        assert document["components"]["schemas"][name]["additionalProperties"] is False
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_document_is_a_page_that_needs_nothing_else(idle):
    answer = idle.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    document = idle.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        assert all(escape(o["summary"]) in answer.text for o in methods.values())
    for field in document["components"]["schemas"]["ImageRequest"]["properties"]:
        assert f"<td><code>{field}</code></td>" in answer.text
    assert "<script" not in answer.text and "http://" not in answer.text
    assert not re.search(r"(src|href)=.(?!/openapi.json)", answer.text)
