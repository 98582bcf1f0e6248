"""Pictures of the page for docs/page.md: starts the services, drives Debian's Chromium, writes PNGs.

    python docs/screenshots.py [--out docs/page]

What is shown is what the shipped weights draw for the prompts below, seed 0, unpicked. Needs the
extras `serve` and `train`, Playwright and a Chromium on the path.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from znak.brand.page import png_of
from znak.serve.page.texts import TEXTS

PROMPTS = {
    "en": ("a mountain for a tea house, deep green, calm", "Green Ridge"),
    "ru": ("гора для чайной, тёмно-зелёный, спокойно", "Зелёный хребет"),
}
WAIT = 240_000
COMMON = 150
LARGEST = 200_000


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "page")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder)
        _make_rows(data / "uploads" / "logos.parquet")
        port, api = 8591, 8592
        command = [sys.executable, "-m", "znak", "serve", "--data", folder, "--page-port", str(port),
                   "--port", str(api)]  # fmt: skip
        services = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/_stcore/health")
            _take(browser, url, out)
        finally:
            browser.close()
            services.terminate()
            services.wait(60)


def _take(browser: Browser, url: str, out: Path) -> None:
    page = _open(browser, url, width=1280)
    page.get_by_role("heading", name=TEXTS["title"][0]).wait_for()
    _order(page, "en")
    page.locator(".st-key-edit-1 button").scroll_into_view_if_needed()
    _save(page, out / "create.png")
    link = page.url
    page.locator(".st-key-edit-1 button").click()
    page.locator(".znak-mockups img").last.wait_for()
    _save(page, out / "logo.png")
    dark = _open(browser, f"{url}/{link.rpartition('/')[2]}&logo=2", width=1280, scheme="dark")
    dark.locator(".znak-mockups img").last.wait_for()
    _save(dark, out / "logo-dark.png")
    phone = _open(browser, url, width=390, locale="ru-RU")
    phone.get_by_role("heading", name=TEXTS["title"][1]).wait_for()
    _order(phone, "ru")
    _save(phone, out / "phone-ru.png", scale=390)
    model = _open(browser, f"{url}/model", width=1280)
    model.locator(".js-plotly-plot").nth(1).wait_for()
    _save(model, out / "model.png")
    data = _open(browser, f"{url}/data", width=1280)
    data.get_by_label(TEXTS["on_server"][0]).click()
    data.get_by_role("option", name="logos.parquet").click()
    data.locator(".st-key-open-named button").click()
    data.locator(".znak-picture img").wait_for()
    _save(data, out / "data.png")
    data.get_by_role("radio", name=TEXTS["part_text"][0]).click()
    data.locator(".js-plotly-plot").nth(6).wait_for()
    _save(data, out / "analysis.png")


def _open(
    browser: Browser, url: str, *, width: int, scheme: Any = "light", locale: str = "en-US"
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme=scheme, locale=locale,
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(url)
    return page


def _order(page: Page, language: str) -> None:
    russian = language == "ru"
    prompt, name = PROMPTS[language]
    page.get_by_label(TEXTS["prompt"][russian]).fill(prompt)
    page.get_by_label(TEXTS["name"][russian], exact=True).fill(name)
    page.keyboard.press("Tab")
    page.locator(".st-key-understood").wait_for()
    page.get_by_role("button", name=TEXTS["make"][russian]).click()
    page.locator(".st-key-grid .znak-tile img").nth(7).wait_for()


def _save(page: Page, path: Path, *, scale: int = 1000, most: int = 1700) -> None:
    """Write what the page shows, as long as it is up to `most` px, in a palette of few colours."""
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    page.wait_for_timeout(1500)
    width = page.viewport_size["width"] if page.viewport_size else 1280
    long = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(int(long), 600), most)})
    page.wait_for_timeout(2500)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", timeout=WAIT))).convert(
        "RGB"
    )
    height = round(shot.height * scale / shot.width)
    small = shot.resize((scale, height), Image.Resampling.LANCZOS) if scale < shot.width else shot
    small.quantize(palette=_palette(small), dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path} has {path.stat().st_size:,} bytes")
    print(f"{path} {path.stat().st_size // 1000} kB")


def _palette(picture: Image.Image) -> Image.Image:
    """Return 256 colours: those that cover most as they are, then some of every kind that is left."""
    found = picture.getcolors(picture.width * picture.height) or []
    plain = [rgb for _, rgb in sorted(found, reverse=True)[:COMMON]]
    rest = picture.quantize(256 - len(plain), method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(value for rgb in plain for value in rgb), *rest][:768])
    return palette


def _make_rows(path: Path) -> None:
    """Write a small made-up data set in the schema of amazing_logos_v4; no drawing of others is in it."""
    from znak.corpus.captions import compose
    from znak.fields import algebra, shapes, trace

    things = [
        (lambda k: shapes.regular(3 + k % 6, radius=26), "polygon"),
        (lambda k: shapes.star(5 + k % 4), "star"),
        (lambda k: algebra.outline(shapes.disc(radius=26), width=4 + k % 5, place=-1.0), "ring"),
        (lambda k: algebra.stripes(shapes.disc(), period=8.0 + k % 3, width=4.5), "stripes"),
        (lambda k: shapes.shield(), "shield"),
    ]
    trades = ("Cafe", "Software", "Sport", "Travel", "Finance")
    inks = {"blue": "#1f5fd0", "green": "#2e9e4f", "orange": "#f57c00", "black": "#111111"}
    images, texts = [], []
    for k in range(240):
        draw, word = things[k % len(things)]
        colour = list(inks)[k // 3 % 4]
        svg = trace(draw(k)).to_svg(fill=inks[colour])
        picture = Image.open(io.BytesIO(png_of(svg, (180, 180, 180, 512, 300)[k % 5]))).convert(
            "RGBA"
        )
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        buffer = io.BytesIO()
        paper.save(buffer, "PNG")
        images.append({"bytes": buffer.getvalue(), "path": None})
        texts.append(
            compose(f"Sample {k}", tags=[colour, word, "simple"], industry=trades[k * 7 % 5],
                    black_and_white=colour == "black")
        )  # fmt: skip
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([("image", kind), ("text", pa.string())], metadata={"synthetic": "true"})
    path.parent.mkdir(parents=True)
    pq.write_table(
        pa.table({"image": images, "text": texts}, schema=schema), path, row_group_size=80
    )


def _wait(url: str) -> None:
    until = time.monotonic() + WAIT / 1000
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    sys.exit(f"{json.dumps(url)} does not answer")


if __name__ == "__main__":
    main()
