from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znak.errors import DrawingError
from znak.fields import sdf
from znak.fields.svg import parse, view_box

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
USES = "".join(f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 9))

HOSTILE = {
    "truncated": f'<svg {NS} viewBox="0 0 9 9"><path d="M0 0h9',
    "not xml": "M0 0h9v9z",
    "empty text": "",
    "another root": "<html><body/></html>",
    "script": f'<svg {NS} viewBox="0 0 9 9"><script>alert(1)</script></svg>',
    "event": f'<svg {NS} viewBox="0 0 9 9" onload="alert(1)"><path d="M0 0h9v9z"/></svg>',
    "foreign": f'<svg {NS} viewBox="0 0 9 9"><foreignObject><p/></foreignObject></svg>',
    "external image": f'<svg {NS} viewBox="0 0 9 9"><image href="file:///etc/passwd"/></svg>',
    "external use": f'<svg {NS} viewBox="0 0 9 9"><use xlink:href="http://a.example/x.svg#a"/></svg>',
    "external fill": f'<svg {NS} viewBox="0 0 9 9"><path fill="url(http://a.example/x#g)" d="M0 0h9v9z"/></svg>',
    "import": f'<svg {NS} viewBox="0 0 9 9"><style>@import "http://a.example/x.css";</style></svg>',
    "entity bomb": f'<!DOCTYPE svg [<!ENTITY l0 "a">{BOMB}]><svg {NS} viewBox="0 0 9 9"><text>&l9;</text></svg>',
    "external entity": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg {NS}>&x;</svg>',
    "100,000 nodes": f'<svg {NS} viewBox="0 0 9 9"><path d="M0 0{"l1 1-1 0" * 50_000}z"/></svg>',
    "30,000 elements": f'<svg {NS} viewBox="0 0 9 9">{"<g/>" * 30_000}</svg>',
    "3 MB": f'<svg {NS} viewBox="0 0 9 9"><!--{"x" * 3_000_000}--></svg>',
    "no size": f'<svg {NS}><path d="M0 0h9v9z"/></svg>',
    "zero size": f'<svg {NS} viewBox="0 0 0 9"><path d="M0 0h9v9z"/></svg>',
    "endless size": f'<svg {NS} viewBox="0 0 1e999 9"><path d="M0 0h9v9z"/></svg>',
    "endless noise": f'<svg {NS} viewBox="0 0 9 9"><filter id="f"><feTurbulence numOctaves="100000000"/></filter><rect width="9" height="9" filter="url(#f)"/></svg>',
    "5,000 deep": f'<svg {NS} viewBox="0 0 9 9">{"<g>" * 5000}<path d="M0 0h5v5z"/>{"</g>" * 5000}</svg>',
    "endless stroke": f'<svg {NS} viewBox="0 0 9 9"><path stroke="red" stroke-width="1e30" d="M0 0h5v5z"/></svg>',
    "uses of uses": f'<svg {NS} viewBox="0 0 9 9"><path id="a0" d="M0 0h5v5z"/>{USES}</svg>',
    "self-use": f'<svg {NS} viewBox="0 0 9 9"><g id="a"><use href="#a"/></g></svg>',
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_or_broken_drawings_are_refused_with_a_remedy(case):
    with pytest.raises(DrawingError) as caught:
        sdf.frame(HOSTILE[case])
    assert caught.value.exit_code == 2
    assert caught.value.text("ru") != caught.value.text("en")
    assert len(caught.value.message) < 300


def test_a_plain_drawing_with_gradient_and_own_use_is_taken():
    text = (
        f'<svg {NS} width="24" height="12"><defs><linearGradient id="g"><stop stop-color="red"/>'
        '</linearGradient><circle id="c" cx="6" cy="6" r="4"/></defs>'
        '<use xlink:href="#c" fill="url(#g)"/><use href="#c" x="12"/></svg>'
    )
    assert view_box(parse(text)) == (0, 0, 24, 12)
    assert (sdf.frame(text).field > 0).any()


@given(st.text(max_size=200))
def test_any_text_is_a_drawing_or_a_clear_error(text):
    for candidate in (text, f'<svg {NS} viewBox="0 0 9 9">{text}<path d="{text}M0 0h5v5z"/></svg>'):
        with suppress(DrawingError):
            sdf.frame(candidate)


@pytest.mark.parametrize(
    "body",
    [
        '<filter id="f"><feMorphology radius="500"/></filter><rect width="9" height="9"/>',
        '<rect width="9" height="9" style="filter: blur(900px)"/>',
        '<marker id="m"><path d="M0 0h1"/></marker><path d="M0 0h9v9z"/>',
        "".join(f'<g id="g{k}">' + f'<use href="#g{k + 1}"/>' * 10 + "</g>" for k in range(5)),
    ],
)
def test_what_costs_too_much_to_draw_is_refused(body: str) -> None:
    from znak.fields.cost import check_cost

    with pytest.raises(DrawingError):
        check_cost(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{body}</svg>')
