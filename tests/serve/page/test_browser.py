"""The page in Debian's Chromium, from end to end: logos, kit, data, Russian, a phone, hostile words."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from tests.corpus.fake_logos import rows, write
from znak.serve.page.texts import TEXTS

pytestmark = pytest.mark.system("chromium")
WAIT = 120_000


def say(key: str, language: str = "en") -> str:
    return TEXTS[key][language == "ru"]


@pytest.fixture
def tab(site, chromium):
    """Return what opens the page in a fresh window, and fails the test on any script error or dialog."""
    opened = []

    def visit(path: str = "", *, width: int = 1280, height: int = 900, locale: str = "en-US"):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=locale, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(WAIT)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        opened.append((context, faults))
        page.goto(site.url + path)
        page.get_by_test_id("stMain").wait_for()
        return page

    yield visit
    for context, faults in opened:
        context.close()
        assert not faults


def _make(page, prompt: str, name: str, language: str = "en") -> None:
    page.get_by_label(say("prompt", language)).fill(prompt)
    page.get_by_label(say("name", language), exact=True).fill(name)
    page.keyboard.press("Tab")
    page.locator(".st-key-understood").wait_for()
    page.get_by_role("button", name=say("make", language)).click()
    page.locator(".st-key-grid .znak-tile img").nth(7).wait_for()


def _ask_for(page, row: str) -> None:
    """Type a row's number; again, when the answer to an earlier press has overwritten it meanwhile."""
    from playwright.sync_api import TimeoutError as TooLate

    caption = page.get_by_text(f"Simple elegant logo for Brand {row},")
    for _ in range(8):
        page.get_by_label(say("index")).fill(row)
        page.keyboard.press("Enter")
        try:
            caption.wait_for(timeout=WAIT / 8)
        except TooLate:
            continue
        return
    caption.wait_for(timeout=1)


def test_from_a_prompt_to_logos_variations_and_the_kit(tab):
    page = tab()
    _make(page, "a fox for a coffee shop, warm orange", "Foxy Beans")
    first = re.search(r"job=([0-9a-f]{40})", page.url).group(1)
    page.locator(".st-key-vary-2 button").click()
    page.wait_for_function(
        f"() => /job=/.test(location.search) && !location.search.includes('{first}')"
    )
    page.locator(".st-key-grid .znak-tile img").nth(7).wait_for()
    page.get_by_text(say("history")).wait_for()
    page.locator(".st-key-edit-1 button").click()
    page.locator(".znak-stage img").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=say("kit")).click()
    kit = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    assert waiting.value.suggested_filename == "foxy-beans-1-kit.zip"
    assert kit.testzip() is None
    assert {"svg/horizontal-colour.svg", "brand-sheet.pdf", "README.txt"} <= set(kit.namelist())
    with page.expect_download() as waiting:
        page.get_by_role("button", name="SVG", exact=True).click()
    assert b"<svg" in waiting.value.path().read_bytes()
    link = page.url
    assert "logo=1" in link
    again = tab(link[link.index("/", 8) :])
    again.locator(".znak-stage img").wait_for()


def test_from_an_upload_to_a_random_element_and_the_analysis_kept_while_elsewhere(
    tab, site, tmp_path
):
    path = write(tmp_path / "mine.parquet", rows(24), group=10)
    page = tab("/data")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("mine.parquet: 24 rows").wait_for()
    assert len(list((site.settings.data / "spool").glob("*.parquet"))) == 1
    page.locator(".znak-picture img").wait_for()
    page.get_by_role("button", name=say("random")).click()
    page.get_by_text("Simple elegant logo for Brand").wait_for()
    row = "17"
    _ask_for(page, row)
    page.get_by_role("radio", name=say("part_text")).click()
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("link", name=say("model")).click()
    page.get_by_text(say("limits")).wait_for()
    page.get_by_role("link", name=say("data")).click()
    page.get_by_text("mine.parquet: 24 rows").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("radio", name=say("element")).click()
    page.get_by_text(f"Simple elegant logo for Brand {row},").wait_for()


def test_bad_uploads_are_told_and_leave_nothing(tab, site, tmp_path):
    before = set((site.settings.data / "spool").glob("*"))
    whole = write(tmp_path / "whole.parquet", rows(4)).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-100])
    (tmp_path / "none.parquet").write_bytes(b"<html><script>alert(1)</script>")
    (tmp_path / "large.parquet").write_bytes(b"PAR1" + b"\0" * 600_000)
    for name in ("cut", "none"):
        page = tab("/data")
        page.locator("input[type=file]").set_input_files(tmp_path / f"{name}.parquet")
        page.get_by_test_id("stAlert").get_by_text(f"{name}.parquet is damaged").wait_for()
    page = tab("/data")
    page.locator("input[type=file]").set_input_files(tmp_path / "large.parquet")
    page.get_by_text("413").or_(page.get_by_text("too large")).first.wait_for()
    left = set((site.settings.data / "spool").glob("*")) - before
    assert not [p for p in left if p.stat().st_size > 400_000 or p.name.startswith(".")]


@pytest.mark.parametrize("width", [390])
def test_in_russian_on_a_phone(tab, width):
    page = tab(width=width, height=844, locale="ru-RU")
    page.get_by_text(say("title", "ru")).wait_for()
    _make(page, "лиса для кофейни, тёплый оранжевый", "Лисья нора", "ru")
    assert page.get_by_text("Логотипов: 8").is_visible()
    _fits(page, width)
    page.locator(".st-key-edit-2 button").click()
    page.locator(".znak-stage img").wait_for()
    page.get_by_text(say("mockups", "ru")).wait_for()
    _fits(page, width)
    for name in ("model", "data"):
        page.get_by_role("link", name=say(name, "ru")).click()
        page.get_by_role("heading", name=say(f"{name}_title", "ru")).wait_for()
        _fits(page, width)
    page.get_by_role("radio", name="EN").click()
    page.get_by_role("heading", name=say("data_title")).wait_for()


def test_a_name_outside_the_servers_folder_opens_nothing(tab, site):
    write(site.settings.data / "uploads" / "logos.parquet", rows(3))
    page = tab("/data")
    for name in ("../jobs.sqlite", "/etc/passwd"):
        field = page.get_by_label(say("on_server"))
        field.fill(name)
        page.get_by_role("option").filter(has_text=name).click()
        page.locator(".st-key-open-named button").click()
        page.get_by_test_id("stAlert").get_by_text(name).wait_for()


def _fits(page, width: int) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate(
        """width => [...document.querySelectorAll('[data-testid=stMain] *')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().right > width + 1
                && !e.closest('[data-testid=stPlotlyChart],[data-testid=stDataFrame],[role=radiogroup],'
                    + '[class*=st-key-star-],[class*=st-key-vary-],[class*=st-key-open-]'))
            .map(e => e.className + ' ' + e.textContent.slice(0, 40))""",
        width,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not wide


def test_words_that_are_mark_up_do_nothing(tab):
    page = tab()
    name = "<img src=x onerror=window.hit=1>"
    _make(page, f'a fox <svg onload="window.hit=1"> <script>window.hit=1</script> {name}', name)
    page.locator(".st-key-star-off-1 button").click()
    page.locator(".st-key-edit-1 button").click()
    page.locator(".znak-stage img").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0
    fonts = f"{page.url.split('/?')[0]}/znak/fonts/Manrope-"
    assert page.request.get(f"{fonts}Bold.ttf").body()[:4] == b"\0\1\0\0"
    assert page.request.get(f"{fonts}Thin.ttf").status == 404
    assert page.get_by_role("heading", name=name).first.is_visible()
