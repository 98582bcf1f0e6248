"""From a request to an order of a job: the model, the seed, the idempotency key."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

from fastapi import Header

from znak.serve.api.problems import ApiError
from znak.serve.api.service import Caller, Service
from znak.serve.job import Job
from znak.serve.order import Order

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key and the same request give the same job, until it expires.",
    ),
]
ANY = "znak"
"""The name that stands for the server's first model."""


def choose_engine(service: Service, model: str | None) -> str:
    """Return the engine of a model's name; raise ApiError for one that this server hasn't."""
    if model is None or model == ANY:
        return service.models[0]
    if model in service.models:
        return model
    known = ", ".join(service.models)
    raise ApiError(
        "model_not_found",
        f"There is no model {model!r}: this server has {known}.",
        f"Модели {model!r} нет: на этом сервере есть {known}.",
        param="model",
    )


def choose_seed(given: int | None, caller: Caller, key: str | None) -> int:
    """Return the seed: the one given, else one of the idempotency key's own, else a new one."""
    if given is not None:
        return given
    if key is None:
        return secrets.randbelow(2**31)
    mixed = hashlib.sha256(f"{caller.owner}\n{key}".encode()).digest()
    return int.from_bytes(mixed[:4], "big") >> 1


async def submit(service: Service, caller: Caller, order: Order, key: str | None) -> Job:
    """Store an order as a job of the caller."""
    return await service.store.run(service.jobs.submit, order, owner=owner_of(caller), key=key)


async def find_job(service: Service, caller: Caller, job_id: str) -> Job:
    """Return the caller's job; raises NoSuchJob."""
    return await service.store.run(service.jobs.get, job_id, owner=caller.owner)


def owner_of(caller: Caller) -> str:
    """Return the owner of what the caller makes; a signed link makes nothing."""
    if caller.owner is None:
        raise ApiError("unauthorised")
    return caller.owner
