"""The page's script under AppTest: its logic and both languages, with the fake engine behind it."""

from __future__ import annotations

import base64
import re
import time

import pytest

from tests.corpus.fake_logos import rows, write
from tests.serve.processes import wait_for
from znak.brief import read
from znak.serve.job import QueueFull
from znak.serve.jobs import Jobs
from znak.serve.order import Order
from znak.serve.page.texts import TEXTS

PROMPT = "a fox and a cup for a coffee shop, warm orange, friendly"


def say(key: str, language: str = "en", **values: object) -> str:
    return TEXTS[key][language == "ru"].format(**values)


def html(app) -> str:
    """All HTML that the page wrote itself, its style sheet left out."""
    parts = [element.value for element in app.get("html")]
    return "\n".join(part for part in parts if not part.startswith("<style>"))


def pictures(app) -> list[str]:
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html(app))
    return [base64.b64decode(data).decode() for data in found]


def labels(app, kind: str = "button") -> list[str]:
    return [element.label for element in app.get(kind)]


def press(app, label: str):
    return next(b for b in app.button if b.label == label).click().run()


def make(app, prompt: str = PROMPT, name: str = "Foxy Beans"):
    """Fill the form in, order, and return the page with its logos."""
    app.text_area(key="prompt").set_value(prompt)
    app.text_input(key="name").set_value(name)
    press(app.run(), say("make", app.session_state["language"]))
    until = time.monotonic() + 120
    while "edit-1" not in app.session_state.to_dict() and not _is_shown(app):
        assert time.monotonic() < until
        time.sleep(0.05)
        app.run()
    return app


def _is_shown(app) -> bool:
    return any(button.key == "edit-1" for button in app.button)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_first_page_invites_in_the_language_of_the_visitor(script, language):
    app = script(language=language).run()
    assert not app.exception
    assert app.title[0].value == say("title", language)
    assert app.text_area(key="prompt").label == say("prompt", language)
    assert say("make", language) in labels(app)
    assert say("foot", language)[:30] in html(app)


def test_the_language_is_switched_and_what_was_typed_stays(script):
    app = script().run()
    app.text_area(key="prompt").set_value(PROMPT).run()
    app.segmented_control(key="language").set_value("ru").run()
    assert not app.exception
    assert app.text_area(key="prompt").label == say("prompt", "ru")
    assert app.text_area(key="prompt").value == PROMPT
    assert say("understood", "ru") in html(app)


def test_an_example_fills_the_prompt_in(script):
    app = script().run()
    press(app, say("example_3"))
    assert app.text_area(key="prompt").value == say("example_3")


def test_what_was_understood_stands_in_chips(script):
    app = script().run()
    app.text_area(key="prompt").set_value(PROMPT).run()
    things, styles, colours = (element.value for element in app.multiselect)
    assert (things, styles, colours) == (["fox", "cup"], ["friendly"], ["warm orange"])
    assert "coffee shop" in html(app)


def test_russian_chips_have_russian_words(script):
    app = script(language="ru").run()
    app.text_area(key="prompt").set_value("лиса и чашка для кофейни, оранжевый").run()
    assert app.multiselect[0].value == ["fox", "cup"]
    assert set(app.multiselect[0].options) >= {"лиса", "чашка"}
    assert "для: кофейня" in html(app)


def test_edited_chips_change_the_order(script, served):
    app = script().run()
    app.text_area(key="prompt").set_value(PROMPT).run()
    app.multiselect[0].set_value(["fox", "leaf"])
    app.multiselect[1].set_value(["bold"])
    app.multiselect[2].set_value(["#0b5fff"])
    press(app.run(), say("make"))
    order = _job(app, served).order
    assert [c.name for c in read(order.prompt).concepts] == ["fox", "leaf"]
    assert (order.style, order.colours) == (["bold"], ["#0b5fff"])


def test_a_word_that_is_no_colour_is_said_and_left_out(script, served):
    app = script().run()
    app.text_area(key="prompt").set_value("a fox").run()
    app.multiselect[2].set_value(["<b>nonsense</b>"]).run()
    assert "&lt;b&gt;nonsense" in html(app)
    press(app, say("make"))
    assert _job(app, served).order.colours == []


def _job(app, settings):
    jobs = Jobs(settings)
    try:
        return jobs.get(app.session_state["znak.job"])
    finally:
        jobs.close()


def test_a_prompt_becomes_logos_with_the_name_and_a_link(script):
    app = make(script().run())
    assert not app.exception
    assert say("results", n=8) in app.subheader[0].value
    assert len([p for p in pictures(app) if "Foxy Beans" in p]) == 8
    assert app.query_params["job"] == app.session_state["znak.job"]
    assert any(app.session_state["znak.job"] in code.value for code in app.code)


def test_a_link_reopens_a_result_and_one_logo_of_it(script, made):
    assert _is_shown(script(job=made).run())
    one = script(job=made, logo="3").run()
    assert not one.exception
    assert "Logo 3" in one.subheader[0].value
    for number in ("99", "x", "0"):
        assert not script(job=made, logo=number).run().exception


@pytest.mark.parametrize(
    "job", ["0" * 40, "../../etc", "'; DROP TABLE znak_jobs", "<script>", "x" * 500]
)
def test_a_forged_link_opens_nothing_and_says_so(script, job):
    app = script(job=job).run()
    assert not app.exception
    assert say("expired") in app.info[0].value
    assert "job" not in app.query_params


def test_a_logo_becomes_a_favourite_and_no_more(script, made):
    app = script(job=made).run()
    app.button(key="star-off-2").click().run()
    assert say("favourites") in [s.value for s in app.subheader]
    app.button(key="star-on-2").click().run()
    assert say("favourites") not in [s.value for s in app.subheader]


def test_variations_are_another_job_and_the_first_stays_in_the_history(script, made):
    app = script(job=made).run()
    first = made
    app.button(key="vary-4").click().run()
    wait_for(lambda: _is_shown(app.run()), seconds=120)
    assert app.session_state["znak.job"] != first
    assert say("history") in [s.value for s in app.subheader]
    app.button(key=f"again-{first}").click().run()
    assert app.session_state["znak.job"] == first


def test_one_logo_is_changed_in_words_colours_layout_and_shown_in_use(script, made):
    app = script(job=made).run()
    app.button(key="edit-1").click().run()
    before = pictures(app)[-5]
    next(t for t in app.text_input if t.label == say("name")).set_value("Лисья нора").run()
    app.selectbox(key=_key(app.selectbox, "layout-")).set_value("badge").run()
    app.pills(key=_key(app.pills, "palette-")).set_value(1).run()
    assert not app.exception
    after = pictures(app)[-5]
    assert before != after
    assert 'fill="#1f4fd8"' in after and "Лисья нора" in after
    assert say("mockup_cup") in html(app)
    app.segmented_control(key="mode").set_value("white").run()
    assert 'fill="#1f4fd8"' not in pictures(app)[-5]
    press(app, say("back"))
    assert _is_shown(app)


def _key(elements, begin: str) -> str:
    return next(e.key for e in elements if e.key and e.key.startswith(begin))


def test_text_that_can_not_be_lettered_is_told_and_the_logo_stays(script, made):
    app = script(job=made, logo="1", language="ru").run()
    next(t for t in app.text_input if t.label == say("name", "ru")).set_value("日本").run()
    assert not app.exception
    assert re.search("[а-яё]", app.error[0].value)
    assert len(pictures(app)) > 2


def test_what_is_refused_is_said_in_the_language_of_the_visitor(script):
    app = script(language="ru").run()
    app.text_area(key="prompt").set_value("логотип как у Nike").run()
    assert re.search("[а-яё]", app.warning[0].value)
    press(app, say("make", "ru"))
    assert not app.exception
    assert app.error and "znak.job" not in app.session_state


def test_an_empty_prompt_is_told_what_it_lacks(script):
    app = script(language="ru").run()
    press(app, say("make", "ru"))
    assert "Описание пустое" in app.error[0].value


def test_a_full_queue_is_asked_again_by_itself(script, monkeypatch):
    real, tries = Jobs.submit, []

    def full(self, order: Order, **given):
        tries.append(order)
        if len(tries) == 1:
            raise QueueFull(1)
        return real(self, order, **given)

    monkeypatch.setattr(Jobs, "submit", full)
    app = script().run()
    app.text_area(key="prompt").set_value("a fox").run()
    press(app, say("make"))
    assert any("next in line" in info.value for info in app.info)
    wait_for(lambda: time.sleep(0.3) or (app.run() and "znak.job" in app.session_state.to_dict()))
    assert tries[0] == tries[1]


def test_mark_up_in_a_name_is_text_everywhere(script):
    name = '"><img src=x onerror=a()>**b**'
    app = make(script().run(), prompt=f"a fox {name} <script>1</script> [x](http://y)", name=name)
    assert not app.exception
    app.button(key="star-off-1").click().run()
    app.button(key="edit-1").click().run()
    assert not app.exception
    shown = html(app)
    assert "<script" not in shown and "<img src=x" not in shown
    assert not [m.value for m in app.markdown if "<img" in m.value or "<script" in m.value]
    for svg in pictures(app):
        assert "<script" not in svg and "<img" not in svg
    heads = [s.value for s in app.subheader]
    assert not any("**b**" in head or "](http" in head for head in heads)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_model_page_tells_of_model_sources_and_runs(script, served, language):
    run = served.data / "runs" / "mine"
    run.mkdir(parents=True, exist_ok=True)
    (run / "log.jsonl").write_text(
        '{"samples": 10, "loss": 2}\n{"samples": 20, "loss": 1, "IS": 3}\n'
    )
    app = script("model", language=language).run()
    assert not app.exception
    assert app.title[0].value == say("model_title", language)
    assert "CC-BY-4.0" in html(app)
    app.selectbox(key="run").set_value(str(run)).run()
    assert not app.exception
    assert say("no_sheets", language) in html(app)
    assert TEXTS["no_comparison"][language == "ru"][:15] in html(app)
    assert len(app.get("plotly_chart")) == 2
    app.selectbox(key="look-model").set_value("dark").run()
    assert not app.exception
    (run / "log.jsonl").write_text("junk")
    app.run()
    assert app.error and not app.exception


def _open_named(script, served, language="en"):
    write(served.data / "uploads" / "logos.parquet", rows(9), group=4)
    app = script("data", language=language).run()
    app.selectbox(key="named").set_value("logos.parquet").run()
    app.button(key="open-named").click().run()
    return app


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_data_set_is_named_and_one_element_shown_with_index_and_caption(script, served, language):
    app = _open_named(script, served, language)
    assert not app.exception
    app.number_input(key="row-number").set_value(7).run()
    assert "Simple elegant logo for Brand 7" in html(app)
    assert f"{say('index', language)} 7" in html(app)
    seen = set()
    for _ in range(12):
        app.button(key="random").click().run()
        seen.add(app.number_input(key="row-number").value)
    assert len(seen) > 1 and seen <= set(range(9))


def test_captions_are_analysed_with_bins_and_looks_to_choose(script, served):
    app = _open_named(script, served)
    app.segmented_control(key="part").set_value("part_text").run()
    wait_for(lambda: app.run() and app.slider, seconds=120)
    assert not app.exception
    n = len(app.get("plotly_chart"))
    assert n >= 10
    app.slider(key="bins").set_value(10).run()
    app.selectbox(key="look-data").set_value("warm").run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == n
    app.segmented_control(key="part").set_value("part_pictures").run()
    app.button(key="measure").click().run()
    wait_for(lambda: app.run() and any(s.key == "sheet" for s in app.selectbox), seconds=120)
    assert not app.exception
    for sheet in ("widest", "flat", "copies"):
        app.selectbox(key="sheet").set_value(sheet).run()
        assert not app.exception
    app.segmented_control(key="part").set_value("part_both").run()
    app.toggle(key="learn").set_value(True).run()
    assert not app.exception


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_an_upload_that_is_no_parquet_is_told_by_its_own_name(script, content):
    app = script("data", language="ru").run()
    app.file_uploader(key="upload").set_value(("<b>mine.parquet", content, "")).run()
    assert not app.exception
    assert "повреждён" in app.error[0].value and "mine" in app.error[0].value
    assert "spool" not in app.error[0].value


def test_an_upload_is_opened_and_closed(script, tmp_path):
    data = write(tmp_path / "a.parquet", rows(3)).read_bytes()
    app = script("data").run()
    app.file_uploader(key="upload").set_value(("a.parquet", data, "")).run()
    assert not app.exception
    assert "Simple elegant logo for Brand" in html(app)
    app.button(key="close-file").click().run()
    assert app.file_uploader


def test_without_the_train_extra_the_data_page_says_what_to_install(script, monkeypatch):
    from znak.serve.page import data

    monkeypatch.setattr(data, "find_spec", lambda name: None)
    app = script("data").run()
    assert not app.exception
    assert "znak[train]" in html(app)
