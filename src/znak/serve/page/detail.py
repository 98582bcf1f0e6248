"""One logo: seen large and in use, changed in words, colours, font and layout, taken home."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import streamlit as st

from znak.brand import FORMS, LAYOUTS, MODES
from znak.brand.logo import Logo
from znak.brand.mockups import mockups
from znak.brand.page import png_of
from znak.engine.alike import verdict
from znak.engine.originality import Closest
from znak.errors import ZnakError
from znak.serve.jobs import Job
from znak.serve.page import services, session
from znak.serve.page.grid import Submit, vary_order
from znak.serve.page.style import picture, plain, text
from znak.serve.page.texts import Speech
from znak.serve.results import Saved, SavedMark, kit_of
from znak.studio.logos import Wish, fonts

PALETTES: tuple[tuple[str, ...], ...] = (
    ("#15161a",), ("#1f4fd8",), ("#0f766e",), ("#2e7d32",), ("#c2410c",), ("#b3261e",), ("#7b2cbf",),
    ("#17324d", "#e0a100"), ("#3d2c2e", "#d9822b"), ("#14532d", "#84cc16"), ("#312e81", "#f472b6"),
    ("#f5c518", "#ffffff", "#ffffff", "#1b1b1f"),
)  # fmt: skip
"""Colours offered: one or two of a mark, or all four roles."""
_PNG = 2048


def show_logo(job: Job, number: int, submit: Submit) -> None:
    """Draw the view of one logo."""
    say = session.speech()
    folder = services.jobs().folder(job)
    saved = services.saved(folder)
    try:
        mark = saved.mark(number)
    except ZnakError:
        session.go_to(job.id)
        st.rerun()
    st.button(
        say("back"), key="back", icon=":material/arrow_back:", type="tertiary",
        on_click=session.go_to, args=(job.id,),
    )  # fmt: skip
    left, right = st.columns([1.35, 1], gap="large")
    with right:
        wish = _controls(say, saved, mark, f"{job.id[:10]}-{number}")
        try:
            logo = services.logo(folder, number, wish)
        except ZnakError as error:
            st.error(plain(error.text(say.language)))
            logo, wish = services.logo(folder, number), Wish()
        _downloads(say, folder, number, wish, logo)
        _vary(say, job, saved, number, submit)
    with left:
        _stage(say, logo, job, number)
        _originality(say, mark)
    _in_use(say, logo)


def _stage(say: Speech, logo: Logo, job: Job, number: int) -> None:
    label = say("logo", number=number)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{plain(logo.name)} · {label}" if logo.name else label)
        st.space("stretch")
        is_favourite = (job.id, number) in session.favourites()
        st.button(
            say("unfavourite" if is_favourite else "favourite"), type="tertiary",
            key=f"star-{'on' if is_favourite else 'off'}",
            icon=":material/star:" if is_favourite else ":material/star_border:",
            on_click=session.toggle_favourite, args=(job.id, number),
        )  # fmt: skip
    place = st.empty()
    mode = st.segmented_control(
        say("shown"), MODES, default="colour", key="mode", required=True,
        format_func=lambda m: say(f"mode_{m}"), label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    ground = logo.palette_of(str(mode)).ground
    shown = picture(logo.svg(str(mode), ground=False), logo.name or label)
    place.html(f'<div class="znak-stage" style="background:{escape(ground)}">{shown}</div>')


def _controls(say: Speech, saved: Saved, mark: SavedMark, key: str) -> Wish:
    """Draw what can be changed; return the wish."""
    asked = saved.order.wish
    name = st.text_input(
        say("name"), asked.name or saved.brief.name or "", key=f"name-{key}", max_chars=80,
        persist_state="session",
    )  # fmt: skip
    tagline = st.text_input(
        say("tagline"), asked.tagline or saved.brief.slogan or "", key=f"tagline-{key}",
        max_chars=80, persist_state="session", placeholder=say("tagline_hint"),
    )  # fmt: skip
    layouts = [v for v in LAYOUTS if name.strip() or v == "mark"]
    layout = st.selectbox(
        say("layout"), [None, *layouts], key=f"layout-{key}", persist_state="session",
        format_func=lambda v: say("colours_made") if v is None else say(f"layout_{v}"),
    )  # fmt: skip
    one, two = st.columns(2)
    font = one.selectbox(
        say("font"), [None, *fonts()], key=f"font-{key}", persist_state="session",
        format_func=lambda v: say("colours_made") if v is None else v,
    )  # fmt: skip
    form = two.selectbox(
        say("form"), [None, *FORMS], key=f"form-{key}", persist_state="session",
        format_func=lambda v: say("colours_made") if v is None else say(f"form_{v}"),
    )  # fmt: skip
    colours = _colours(say, mark, key)
    return Wish(
        name=name.strip(),
        tagline=tagline.strip(),
        layout=layout,
        form=form,
        colours=colours,
        font=font,
    )


def _colours(say: Speech, mark: SavedMark, key: str) -> tuple[str, ...]:
    chosen = _swatches(say, key)
    if not st.toggle(say("own_colours"), key=f"own-{key}", persist_state="session"):
        return chosen
    start = chosen or mark.colours or ("#15161a",)
    given = [*start, *start[-1:] * 4]
    roles = (("mark", given[0]), ("accent", given[1]), ("ink", "#15161a"), ("ground", "#ffffff"))
    with st.container(horizontal=True, gap="small"):
        return tuple(
            st.color_picker(
                say(f"colour_{role}"), code, key=f"{role}-{key}", persist_state="session"
            )
            for role, code in roles
        )


def _swatches(say: Speech, key: str) -> tuple[str, ...]:
    """Draw the palettes as round swatches; return the one that is chosen, () for none."""
    rules = []
    for k, palette in enumerate(PALETTES, start=2):
        first, last = palette[0], palette[3] if len(palette) > 3 else palette[-1]
        rules.append(
            f".st-key-swatches-{key} button:nth-of-type({k})"
            f"{{background:linear-gradient(115deg,{first} 52%,{last} 52%)!important}}"
        )
    common = (
        f".st-key-swatches-{key} button:nth-of-type(n+2){{width:2rem;height:2rem;min-height:2rem;padding:0;"
        f"border-radius:50%;border:1px solid rgba(128,128,128,.4)}}"
        f".st-key-swatches-{key} button:nth-of-type(n+2) p{{font-size:0}}"
        f'.st-key-swatches-{key} button[aria-checked="true"],'
        f".st-key-swatches-{key} button[data-testid$=Active]"
        f"{{box-shadow:0 0 0 2px var(--paper),0 0 0 4px var(--accent)}}"
    )
    st.html(f"<style>{common}{''.join(rules)}</style>")
    with st.container(key=f"swatches-{key}"):
        chosen = st.pills(
            say("recolour"), range(-1, len(PALETTES)), default=-1, key=f"palette-{key}", required=True,
            format_func=lambda k: say("colours_made") if k < 0 else " ".join(PALETTES[k]),
            persist_state="session",
        )  # fmt: skip
    return () if chosen is None or int(chosen) < 0 else PALETTES[int(chosen)]


def _downloads(say: Speech, folder: Path, number: int, wish: Wish, logo: Logo) -> None:
    text(say("download"), "znak-eyebrow")
    stem = file_stem(logo.name, number)
    language = say.language
    with st.container(horizontal=True, gap="small", key="downloads"):
        st.download_button(
            say("svg"), logo.svg().encode(), f"{stem}.svg", "image/svg+xml", key="svg",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            say("png"), lambda: png_of(logo.svg(), _PNG), f"{stem}.png", "image/png", key="png",
            icon=":material/image:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            say("kit"), lambda: kit_of(services.saved(folder), number, wish, language),
            f"{stem}-kit.zip", "application/zip", key="kit", icon=":material/inventory_2:",
            type="primary", on_click="ignore", help=say("kit_note"),
        )  # fmt: skip


def file_stem(name: str, number: int) -> str:
    """Return the name of a logo's files: letters, digits and hyphens alone."""
    stem = re.sub(r"[^\w]+", "-", name, flags=re.UNICODE).strip("-_").lower()[:40]
    return f"{stem or 'logo'}-{number}"


def _vary(say: Speech, job: Job, saved: Saved, number: int, submit: Submit) -> None:
    strength = st.slider(
        say("strength"), 0.1, 0.9, 0.35, 0.05, key="strength", format="percent",
        persist_state="session",
    )  # fmt: skip
    if st.button(say("vary"), key="vary-this", icon=":material/shuffle:"):
        submit(vary_order(job, saved, number, strength), parent=job.id)


def _originality(say: Speech, mark: SavedMark) -> None:
    scores = mark.scores
    text(say("original"), "znak-eyebrow")
    if scores.closest is None or scores.distance is None or scores.percentile is None:
        text(say("no_original"))
    else:
        found = [Closest(scores.closest, "drawing", scores.distance, scores.percentile)]
        english, russian = verdict(found)
        text(russian if say.language == "ru" else english)
    drawn = mark.provenance
    text(say("drawn_as", what=drawn.subject or "–", seed=drawn.seed, engine=drawn.engine))


def _in_use(say: Speech, logo: Logo) -> None:
    st.subheader(say("mockups"))
    cells = "".join(
        f"<figure>{picture(page.svg(name), say(f'mockup_{name}'))}"
        f"<figcaption>{escape(say(f'mockup_{name}'))}</figcaption></figure>"
        for name, page in mockups(logo).items()
    )
    st.html(f'<div class="znak-mockups">{cells}</div>')
