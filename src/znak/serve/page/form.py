"""The form of Create, and what was understood of the prompt as chips to edit."""

from __future__ import annotations

from hashlib import sha256
from html import escape

import streamlit as st

from znak.brand import LAYOUTS
from znak.brief import Brief
from znak.brief.industries import industries
from znak.brief.wishes import STYLES
from znak.serve.order import Order
from znak.serve.page import services, session
from znak.serve.page import understanding as chips_of
from znak.serve.page.style import text
from znak.serve.page.texts import Speech
from znak.studio.logos import fonts

_COUNTS = (4, 8, 12, 16)
_LONGEST_NAME = 80


def show_form(*, is_small: bool) -> Order | None:
    """Draw the form; return the order when it is placed. `is_small` leaves the examples out."""
    say = session.speech()
    settings = services.settings()
    with st.container(key="desk"):
        prompt = st.text_area(
            say("prompt"), key="prompt", placeholder=say("prompt_hint"),
            max_chars=settings.max_prompt, height=96, persist_state="session",
        )  # fmt: skip
        left, right = st.columns(2)
        name = left.text_input(
            say("name"), key="name", placeholder=say("name_hint"), max_chars=_LONGEST_NAME,
            persist_state="session",
        )  # fmt: skip
        tagline = right.text_input(
            say("tagline"), key="tagline", placeholder=say("tagline_hint"),
            max_chars=_LONGEST_NAME, persist_state="session",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(key="make", width="content"):
                pressed = st.button(say("make"), type="primary", icon=":material/draw:")
            layout, font, count = _options(say, settings.max_n)
    if not prompt.strip() and not is_small:
        _examples(say)
    brief = services.brief(prompt, name.strip() or None, say.language) if prompt.strip() else None
    order = Order(
        prompt=prompt, name=name.strip() or None, tagline=tagline.strip() or None, n=count,
        layout=layout, font=font, language=say.language,
    )  # fmt: skip
    if brief is not None and not brief.refused:
        order = _understood(say, brief, order)
    elif brief is not None:
        st.warning(" ".join(refusal.instead for refusal in brief.refused), icon=":material/block:")
    return order if pressed else None


def _options(say: Speech, most: int) -> tuple[str | None, str | None, int]:
    with st.popover(say("options"), icon=":material/tune:"):
        layout = st.selectbox(
            say("layout"), (None, *LAYOUTS), key="layout", persist_state="session",
            format_func=lambda v: say("varied") if v is None else say(f"layout_{v}"),
        )  # fmt: skip
        font = st.selectbox(
            say("font"), (None, *fonts()), key="font", persist_state="session",
            format_func=lambda v: say("varied") if v is None else v,
        )  # fmt: skip
        counts = [n for n in _COUNTS if n <= most] or [most]
        count = st.segmented_control(
            say("count"), counts, default=8 if 8 in counts else counts[-1], key="count",
            required=True, persist_state="session",
        )  # fmt: skip
    return layout, font, int(count or counts[-1])


def _examples(say: Speech) -> None:
    def take(words: str) -> None:
        st.session_state["prompt"] = words

    text(say("examples"), "znak-eyebrow")
    with st.container(horizontal=True, gap="small", key="examples"):
        for k in (1, 2, 3):
            words = say(f"example_{k}")
            st.button(words, key=f"example-{k}", on_click=take, args=(words,))


def _understood(say: Speech, brief: Brief, order: Order) -> Order:
    """Draw the chips and return the order with what was changed in them."""
    chips = chips_of.read_chips(brief)
    mark = sha256(f"{brief.prompt}|{brief.name}|{say.language}".encode()).hexdigest()[:12]
    with st.container(key="understood"):
        text(f"{say('understood')}. {say('understood_hint')}", "znak-soft")
        one, two, three = st.columns([1.3, 1, 1])
        things = one.multiselect(
            say("ideas" if chips.ideas else "draw"), chips.things, default=chips.things,
            format_func=lambda thing: chips_of.word_of(thing, brief), accept_new_options=True,
            max_selections=chips_of.MAX_THINGS, placeholder=say("add"), key=f"things-{mark}",
        )  # fmt: skip
        styles = two.multiselect(
            say("style"), STYLES, default=chips.styles, max_selections=chips_of.MAX_STYLES, placeholder=say("add"),
            format_func=lambda style: say(f"style_{style}"), key=f"styles-{mark}",
        )  # fmt: skip
        offered = list(dict.fromkeys([*chips.colours, *chips_of.COMMON]))
        colours = three.multiselect(
            say("colours"), offered, default=chips.colours, accept_new_options=True,
            max_selections=chips_of.MAX_COLOURS, placeholder=say("add"), key=f"colours-{mark}",
            format_func=lambda name: chips_of.colour_label(name, say.language),
        )  # fmt: skip
        codes = _codes(say, colours, brief)
        _rest(say, brief, codes)
    changed = {
        "prompt": chips_of.reword(
            order.prompt, brief,
            kept=things, added=[thing for thing in things if thing not in chips.things],
        ),
        "style": styles if tuple(styles) != chips.styles else [],
        "colours": codes if tuple(colours) != chips.colours else [],
    }  # fmt: skip
    return order.model_copy(update=changed)


def _codes(say: Speech, names: list[str], brief: Brief) -> list[str]:
    """Return the codes of colours by name; say which are none."""
    known = {c.name: c.hex for c in brief.colours if c.hex}
    codes = []
    for name in names:
        code = known.get(name) or chips_of.colour_code(name)
        if code is None:
            text(say("bad_colour", what=name[:40]), "znak-note")
        else:
            codes.append(code)
    return codes


def _rest(say: Speech, brief: Brief, codes: list[str]) -> None:
    """Show what isn't edited here: swatches, business, name, what is left out, notes."""
    parts = [f'<span class="znak-dot" style="background:{escape(code)}"></span>' for code in codes]
    tags = []
    if brief.industry:
        tags.append(say("business", what=industries()[brief.industry].label(say.language)))
    if brief.name:
        tags.append(f"{say('name')}: {brief.name}")
    if brief.layout:
        tags.append(say(f"layout_{brief.layout}"))
    if brief.negated:
        left = ", ".join(chips_of.word_of(thing, brief) for thing in brief.negated)
        tags.append(say("leave_out", what=left))
    parts += [f'<span class="znak-tag">{escape(tag)}</span>' for tag in tags]
    if parts:
        st.html(f'<div class="znak-tags">{"".join(parts)}</div>')
    for note in brief.notes:
        text(note)
