"""Files of a finished job's logos: SVG, PNG and WebP in any look, and the kit."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from znak.serve.api.drawing import MEDIA_TYPES, Background, Format, Look, Mode, draw
from znak.serve.api.fields import Font, Form, Layout, Name, Tagline
from znak.serve.api.jobs import JobIdPath, read_saved
from znak.serve.api.orders import find_job
from znak.serve.api.problems import ApiError
from znak.serve.api.schema import Responses, problems
from znak.serve.api.service import CallerDep, ServiceDep
from znak.serve.results import Saved, kit_of
from znak.studio.logos import Wish

router = APIRouter(tags=["files"])

LARGEST = 4096
_CACHED = "private, max-age=3600"
_ZIP = "application/zip"
_FILE = {"schema": {"type": "string", "format": "binary"}}
_PICTURES: Responses = {
    200: {
        "description": "The file; the same bytes for the same address.",
        "content": dict.fromkeys(MEDIA_TYPES.values(), _FILE),
    },
    304: {"description": "The file is the one that `If-None-Match` names."},
}
_KIT: Responses = {
    200: {"description": "The kit.", "content": {_ZIP: _FILE}},
    304: {"description": "The kit is the one that `If-None-Match` names."},
}
Number = Annotated[int, Path(ge=1, le=100, description="Which logo, from 1.")]


def read_wish(
    name: Annotated[Name | None, Query()] = None,
    tagline: Annotated[Tagline | None, Query()] = None,
    layout: Annotated[Layout | None, Query()] = None,
    form: Annotated[Form | None, Query()] = None,
    font: Annotated[Font | None, Query()] = None,
    colors: Annotated[
        str | None,
        Query(
            pattern=r"^#?[0-9a-fA-F]{6}(,#?[0-9a-fA-F]{6}){0,3}$",
            description="One to four colours, as `c2410c,0f766e`: of the mark, an accent, the "
            "lettering, the ground.",
        ),
    ] = None,
) -> Wish:
    """Return what is wished of a logo, over what the job was ordered with."""
    codes = tuple(f"#{code.lstrip('#').lower()}" for code in (colors or "").split(",") if code)
    return Wish(name=name, tagline=tagline, layout=layout, form=form, colours=codes, font=font)


WishDep = Annotated[Wish, Depends(read_wish)]


@router.get(
    "/v1/jobs/{job_id}/logos/{number}.{extension}",
    summary="Take a logo",
    response_class=Response,
    responses={
        **_PICTURES,
        **problems(
            "not_found", "not_ready", "job_failed", "invalid_request", "invalid_input",
            "too_many_at_once",
        ),
    },
)  # fmt: skip
async def take_logo(
    job_id: JobIdPath,
    number: Number,
    extension: Annotated[Format, Path(description="The format.")],
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    wish: WishDep,
    size: Annotated[int, Query(ge=16, le=LARGEST, description="Side of a PNG or WebP, px.")] = 1024,
    width: Annotated[
        int | None, Query(ge=16, le=LARGEST, description="Its width, where it isn't square.")
    ] = None,
    height: Annotated[
        int | None, Query(ge=16, le=LARGEST, description="Its height, where it isn't square.")
    ] = None,
    background: Annotated[Background, Query(description="Whether the ground is painted.")] = "auto",
    mode: Annotated[Mode, Query(description="Full colour, for dark grounds, or one colour.")] = (
        "colour"
    ),
    quality: Annotated[int, Query(ge=0, le=100, description="Of WebP; 100 is exact.")] = 100,
    download: Annotated[bool, Query(description="Answer as a file to be saved.")] = False,
    sig: Annotated[
        str | None, Query(max_length=64, description="Signature of a link, in place of a key.")
    ] = None,
) -> Response:
    """Return a logo of a finished job, in the look asked for; without any, as it was designed."""
    job = await find_job(service, caller, job_id)
    saved = await read_saved(service, job)
    _check(saved, number)
    look = Look(extension, (width or size, height or size), background, mode, quality)
    data = await service.draw.run(draw, saved, number, wish, look)
    name = f"logo-{number}.{extension}"
    answer = _file(data, MEDIA_TYPES[extension], name, request, download=download)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # meant to be shown on pages
    return answer


@router.get(
    "/v1/jobs/{job_id}/kit.zip",
    summary="Take a logo's kit",
    response_class=Response,
    responses={
        **_KIT,
        **problems(
            "not_found", "not_ready", "job_failed", "invalid_request", "invalid_input",
            "too_many_at_once",
        ),
    },
)  # fmt: skip
async def take_kit(
    job_id: JobIdPath,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    wish: WishDep,
    number: Annotated[int, Query(ge=1, le=100, description="Which logo, from 1.")] = 1,
) -> Response:
    """Return a ZIP of the logo in all layouts as SVG, PNG and PDF, icons for web and messengers,
    colours, mock-ups and a brand sheet in the language of `Accept-Language`.
    """
    job = await find_job(service, caller, job_id)
    saved = await read_saved(service, job)
    _check(saved, number)
    data = await service.draw.run(kit_of, saved, number, wish, caller.language)
    answer = _file(data, _ZIP, f"kit-{number}.zip", request, download=True)
    answer.headers["Vary"] = "Accept-Language"
    return answer


def _check(saved: Saved, number: int) -> None:
    if number > len(saved.marks):
        raise ApiError(
            "not_found",
            f"There is no logo {number}: the job has {len(saved.marks)}.",
            f"Логотипа {number} нет: в задании их {len(saved.marks)}.",
        )


def _file(data: bytes, kind: str, name: str, request: Request, *, download: bool) -> Response:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": _CACHED,
        "Content-Disposition": f'{"attachment" if download else "inline"}; filename="{name}"',
    }
    known = {part.strip().removeprefix("W/") for part in _if_none_match(request).split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=kind)


def _if_none_match(request: Request) -> str:
    return request.headers.get("if-none-match", "")
