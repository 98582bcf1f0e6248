"""Addresses of jobs and of their files, as clients can reach them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request

from znak.serve.api.service import Service


def base_of(request: Request, service: Service) -> str:
    """Return the address that the API is reached at, without a slash at its end."""
    return (service.settings.public_url or str(request.base_url)).rstrip("/")


def job_url(base: str, job_id: str) -> str:
    """Return a job's address."""
    return f"{base}/v1/jobs/{job_id}"


def logo_url(
    service: Service, base: str, job_id: str, number: int, extension: str, **query: str | None
) -> str:
    """Return the address of a logo's file; where keys are on it is signed, and needs none."""
    given: Mapping[str, str] = {key: value for key, value in query.items() if value}
    if service.keys is not None:
        given = {**given, "sig": service.keys.sign(job_id)}
    tail = f"?{urlencode(given)}" if given else ""
    return f"{job_url(base, job_id)}/logos/{number}.{extension}{tail}"


def kit_url(base: str, job_id: str, number: int) -> str:
    """Return the address of a logo's kit."""
    return f"{job_url(base, job_id)}/kit.zip?number={number}"
