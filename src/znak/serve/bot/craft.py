"""What the bot sends of a finished job: pictures, files and words, by the parts that make them.

Nothing here knows of chats; everything is slow enough to be called in a thread.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image

from znak.brand.faces import Face
from znak.brand.fonts import packaged
from znak.brand.logo import Logo
from znak.brand.oklch import contrast
from znak.brand.page import Page, png_of
from znak.brief.report import describe
from znak.errors import DataError
from znak.serve.bot.letters import File
from znak.serve.bot.texts import Html, plain, quote, say
from znak.serve.jobs import Jobs
from znak.serve.results import Saved, kit_of, load_result, logo_of
from znak.studio.logos import Wish

WIDTH, HEIGHT = 960, 720
_SHARE = 0.74
_SHOWN = ("name", "slogan", "draw", "industry", "ideas", "colours", "style", "layout", "negated")


def load(jobs: Jobs, job_id: str) -> Saved:
    """Return a finished job's marks; raise NoSuchJob or DataError when they are gone."""
    return load_result(jobs.folder(jobs.get(job_id)))


def wish_from(row: dict[str, Any]) -> Wish:
    """Return the wish that is stored with a card."""
    return Wish(**{**row, "colours": tuple(row.get("colours", ()))})


@dataclass(frozen=True)
class Draft:
    """A logo as it is shown: its picture, the name on it, and a caption of HTML."""

    picture: File
    name: str
    caption: str


def draw_drafts(saved: Saved) -> list[File]:
    """Return a picture of each logo with its number in a corner."""
    return [
        (f"logo-{mark.number}.png", draw_picture(logo_of(saved, mark.number), number=mark.number))
        for mark in saved.marks
    ]


def draw_logo(saved: Saved, place: int, wish: Wish, language: str) -> Draft:
    """Return one logo with what it consists of."""
    logo = logo_of(saved, place, wish)
    parts = [logo.name] if logo.name else []
    parts += [plain(f"layout_{logo.layout}", language).lower(), logo.palette.mark]
    parts += [logo.face.label] if logo.face else []
    about = " · ".join(["", *parts])
    notes = [russian if language == "ru" else english for english, russian in logo.notes]
    caption = say("logo", language, place=place, about=about)
    for note in notes[:2]:
        caption = Html(f"{caption}\n{say_note(note)}")
    return Draft((f"logo-{place}.png", draw_picture(logo)), logo.name, caption)


def draw_picture(logo: Logo, *, number: int | None = None) -> bytes:
    """Return a PNG of the logo in the middle of its ground."""
    room = (WIDTH * _SHARE, HEIGHT * _SHARE)
    scale = min(room[0] / logo.scene.width, room[1] / logo.scene.height)
    drawn = _open(png_of(logo.svg(ground=False), max(1, round(logo.scene.width * scale))))
    ground = logo.palette.ground
    picture = Image.new("RGBA", (WIDTH, HEIGHT), ground)
    picture.alpha_composite(drawn, ((WIDTH - drawn.width) // 2, (HEIGHT - drawn.height) // 2))
    if number is not None:
        ink = "#8a9099" if contrast("#8a9099", ground) >= 2.5 else "#ffffff"
        picture.alpha_composite(_draw_number(number, ink), (40, 36))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", compress_level=6)
    return out.getvalue()


def pack_svg(saved: Saved, place: int, wish: Wish) -> list[File]:
    """Return the logo and the mark alone as SVG files."""
    logo = logo_of(saved, place, wish)
    return [
        (f"logo-{place}.svg", logo.svg().encode()),
        (f"mark-{place}.svg", logo.at("mark").svg(ground=False).encode()),
    ]


def pack_kit(saved: Saved, place: int, wish: Wish, language: str) -> File:
    """Return the ZIP of the logo's files."""
    return f"logo-{place}-kit.zip", kit_of(saved, place, wish, language)


def count_files(archive: bytes) -> int:
    """Return how many files a ZIP holds."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return len(opened.namelist())


def compare(saved: Saved, place: int, language: str) -> str:
    """Return, as HTML, what a mark comes closest to and what that means."""
    from znak.engine.alike import find, verdict
    from znak.engine.originality import load_index, shipped_path
    from znak.fields import render
    from znak.fields.likeness import picture_fields, readings

    mark = saved.mark(place)
    if not shipped_path().is_file():
        raise DataError(
            "this copy of Znak has no index of known drawings to compare with",
            ru="В этой копии «Знака» нет указателя известных рисунков, сравнивать не с чем",
        )
    fields = picture_fields(render(mark.svg, 384))
    found = find(load_index(), [view for field in fields for view in readings(field)], n=4)
    kinds = {"drawing": "рисунок", "brand": "логотип"} if language == "ru" else {}
    rows = [
        f"• {say_note(c.name)} ({kinds.get(c.kind, c.kind)}), {c.distance:.1f} px" for c in found
    ]
    english, russian = verdict(found)
    said = say_note(russian if language == "ru" else english)
    head = say("originality_head", language, place=place)
    return "\n".join([f"{head}</b>", *rows, "", said])


def understood(saved: Saved, language: str) -> Html:
    """Return what was read in the prompt, line by line, as HTML."""
    rows = [
        f"{say_note(label)}: {say_note(quote(text, 200))}"
        for label, text in describe(saved.brief, language=language)
    ]
    notes = [russian if language == "ru" else english for english, russian in saved.notes]
    rows += [say_note(quote(note, 240)) for note in notes if note not in saved.brief.notes]
    return Html("\n".join(rows[:12]))


def say_note(text: str) -> str:
    """Return text that is not ours to trust as HTML."""
    from html import escape

    return escape(text, quote=False)


def _open(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


@lru_cache(maxsize=64)
def _draw_number(number: int, ink: str) -> Image.Image:
    font = packaged("font_manrope", "Manrope-SemiBold.ttf", "Manrope", "SemiBold", "OFL-1.1")
    page = Page(90, 60)
    page.text(str(number), 2, 48, 42, Face(font, "Manrope SemiBold"), ink)
    return _open(page.png(90))
