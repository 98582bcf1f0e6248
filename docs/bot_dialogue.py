"""Draw docs/bot-dialogue-en.png and -ru.png from what the fake Bot API server of the tests saw.

    python docs/bot_dialogue.py --record build/dialogue      # talks to the real bot, keeps the chats
    python docs/bot_dialogue.py --record build/dialogue --draw-only

The talk is real: aiogram's client, jobs, a worker with the shipped model; only Telegram is ours.
Chromium (`chromium` in the path) turns the page into a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import html
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
WIDTH, GAP = 420, 28

WORDS = {
    "en": {
        "prompt": "a mountain for a coffee roaster called “North Peak”, dark blue",
        "choose": "Press its number", "number": "2", "kit": "Whole kit", "colours": "Colours",
        "colour": "Teal", "alike": "Look-alikes", "found": "closest known", "status": "bot",
    },
    "ru": {
        "prompt": "яблоко для школы садоводов", "name": "Антоновка", "style": "Дружелюбный",
        "draw": "Рисовать", "choose": "Нажмите его номер", "number": "2", "kit": "Комплект",
        "badge": "Эмблема", "colour": "Зелёный", "layout": "Компоновка", "status": "бот",
    },
}  # fmt: skip
"""What is said and pressed; the same words give the same drafts, `number` is the one that is liked."""


async def talk(language: str, settings: Any, jobs: Any) -> dict[str, Any]:
    """Return the messages of a talk and the files in them."""
    from tests.serve.bot.harness import bot_on
    from tests.serve.bot.telegram import Telegram, User

    words, user = WORDS[language], User(101, language_code=language)
    async with Telegram() as telegram:
        chat = user.id
        telegram.chats[chat] = []

        async def find(text: str) -> dict[str, Any]:
            found: dict[str, Any] = await telegram.until(
                lambda: telegram.find(chat, text), timeout=400
            )
            return found

        path = settings.data / f"bot-{language}.sqlite"
        async with bot_on(telegram, jobs, path, n=6, edit_s=1.5):
            if "name" in words:
                telegram.say(user, "/new")
                await find("1 из 4")
                telegram.say(user, words["prompt"])
                await find("2 из 4")
                telegram.say(user, words["name"])
                telegram.press(user, await find("3 из 4"), words["colour"])
                question = await find("4 из 4")
                telegram.press(user, question, words["style"])
                await find("✓ " + words["style"])
                telegram.press(user, question, words["draw"])
            else:
                telegram.say(user, words["prompt"])
            choice = await find(words["choose"])
            telegram.press(user, choice, words["number"])
            logo = await find(words["kit"])
            menu, wanted = (
                (words["layout"], words["badge"])
                if "layout" in words
                else (words["colours"], words["colour"])
            )
            telegram.press(user, logo, menu)
            await find(wanted)
            telegram.press(user, logo, wanted)
            await telegram.until(lambda: len(logo.get("_edits", [])) >= 2, timeout=400)
            if "alike" in words:
                telegram.press(user, logo, words["alike"])
                await find(words["found"])
            telegram.press(user, logo, "SVG")
            await telegram.until(lambda: count_documents(telegram.shown(chat)) == 2, timeout=400)
            telegram.press(user, logo, words["kit"])
            await telegram.until(lambda: count_documents(telegram.shown(chat)) == 3, timeout=400)
        messages = [
            {k: v for k, v in m.items() if k != "_edits"} for m in telegram.shown(chat, own=False)
        ]
        files = {name: base64.b64encode(data).decode() for name, data in telegram.files.items()}
        return {"messages": messages, "files": files}


def count_documents(messages: list[dict[str, Any]]) -> int:
    """Return how many files were sent."""
    return sum("document" in message for message in messages)


def record(folder: Path, languages: list[str]) -> None:
    """Play the talks and keep them."""
    from znak.serve.jobs import Jobs
    from znak.serve.settings import Settings
    from znak.serve.worker import Worker

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(data=Path(place))
        jobs = Jobs(settings)
        worker = Worker(settings)
        worker.start()
        try:
            for language in languages:
                seen = asyncio.run(talk(language, settings, jobs))
                (folder / f"{language}.json").write_text(json.dumps(seen), encoding="utf-8")
        finally:
            worker.stop(0)
            jobs.close()


def draw(folder: Path, language: str, out: Path) -> None:
    """Draw a kept talk as two screens beside each other."""
    seen = json.loads((folder / f"{language}.json").read_text("utf-8"))
    groups = group(seen["messages"])
    album = next(k for k, g in enumerate(groups) if len(g) > 1)
    middle = album + (1 if language == "ru" else 2)
    screens = [groups[:middle], groups[middle:]]
    status = WORDS[language]["status"]
    page = PAGE.format(
        fonts=fonts(),
        screens="".join(SCREEN.format(status=status, body=body(s, seen["files"])) for s in screens),
        width=WIDTH, gap=GAP,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "page.html"
        source.write_text(page, encoding="utf-8")
        height = measure(source)
        shoot(source, out, 2 * WIDTH + 3 * GAP, height)


def group(messages: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return messages with those of one album together."""
    groups: list[list[dict[str, Any]]] = []
    for message in messages:
        album = message.get("media_group_id")
        if album and groups and groups[-1][0].get("media_group_id") == album:
            groups[-1].append(message)
        else:
            groups.append([message])
    return groups


def body(groups: list[list[dict[str, Any]]], files: dict[str, str]) -> str:
    """Return the bubbles of a screen."""
    parts = []
    for messages in groups:
        first = messages[0]
        mine = "mine" if not first["from"]["is_bot"] else ""
        tick = " ✓✓" if mine else ""
        inner = ""
        if "photo" in first:
            tiles = "".join(
                f'<img src="data:image/png;base64,{files[m["photo"][0]["file_id"]]}">'
                for m in messages
            )
            inner += f'<div class="{"album" if len(messages) > 1 else "photo"}">{tiles}</div>'
        for message in messages:
            if "document" in message:
                name, size = message["document"]["file_name"], message["document"]["file_size"]
                shown = f"{size / 2**20:.1f} MB" if size > 2**19 else f"{size / 2**10:.1f} KB"
                inner += (
                    f'<div class="file"><div class="icon">{name.rsplit(".")[-1].upper()}</div><div>'
                    f"<b>{html.escape(name)}</b><br><span>{shown}</span></div></div>"
                )
        said = next((m["_html"] for m in messages if "_html" in m), "")
        if words := said or html.escape(first.get("text", "")):
            shown = words.replace("\n", "<br>")
            inner += f'<div class="words">{shown}<i class="time">12:00{tick}</i></div>'
        parts.append(
            f'<div class="row {mine}"><div class="bubble">{inner}</div>{keys(first)}</div>'
        )
    return "".join(parts)


def keys(message: dict[str, Any]) -> str:
    """Return the buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    cells = "".join(
        '<div class="keys">'
        + "".join(f"<span>{html.escape(button['text'])}</span>" for button in row)
        + "</div>"
        for row in rows
    )
    return f'<div class="board">{cells}</div>' if cells else ""


def fonts() -> str:
    """Return the faces of the page, embedded."""
    from znak.brand.fonts import packaged

    faces = []
    for weight, number in (("Regular", 400), ("Medium", 500), ("Bold", 700)):
        data = packaged("font_roboto", f"Roboto-{weight}.ttf", "Roboto", weight, "Apache-2.0").data
        code = base64.b64encode(data).decode()
        faces.append(
            f"@font-face{{font-family:R;font-weight:{number};src:url(data:font/ttf;base64,{code})}}"
        )
    return "".join(faces)


def measure(source: Path) -> int:
    """Return the page's height, px."""
    command = [*CHROMIUM, "--virtual-time-budget=3000", "--dump-dom", source.as_uri()]
    page = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    return int(page.split('data-height="')[1].split('"')[0])


def shoot(source: Path, out: Path, width: int, height: int) -> None:
    """Take the picture."""
    command = [
        *CHROMIUM, f"--window-size={width},{height}", "--force-device-scale-factor=1.5",
        f"--screenshot={out}", source.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    picture = Image.open(out).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(out, optimize=True)


CHROMIUM = ["chromium", "--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
SCREEN = """<div class="screen"><div class="bar"><div class="face">Z</div><div><b>Znak</b><br>
<span>{status}</span></div></div><div class="chat">{body}</div></div>"""
PAGE = """<!doctype html><meta charset="utf-8"><style>{fonts}
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: {gap}px; background: #eef1f5; font: 15px/1.36 R, "DejaVu Sans", sans-serif;
  color: #10161d; display: flex; gap: {gap}px; align-items: stretch; width: max-content; }}
.screen {{ width: {width}px; background: #cfdde8; border-radius: 22px; overflow: hidden;
  box-shadow: 0 8px 30px #1b2a3a2e; display: flex; flex-direction: column; }}
.bar {{ background: #fff; padding: 12px 18px; display: flex; gap: 12px; align-items: center;
  font-size: 16px; line-height: 1.25; }}
.bar span {{ color: #7a8894; font-size: 13px; }}
.face {{ width: 40px; height: 40px; border-radius: 50%; background: #c2410c; color: #fff;
  font-weight: 700; font-size: 20px; display: grid; place-items: center; }}
.chat {{ padding: 14px 12px 16px; display: flex; flex-direction: column; gap: 9px; }}
.row {{ align-self: flex-start; max-width: 372px; min-width: 90px; }}
.row.mine {{ align-self: flex-end; }}
.bubble {{ background: #fff; border-radius: 16px 16px 16px 5px; overflow: hidden;
  box-shadow: 0 1px 2px #1b2a3a24; }}
.mine .bubble {{ background: #e2f7cf; border-radius: 16px 16px 5px 16px; }}
.words {{ padding: 7px 12px 8px; overflow-wrap: anywhere; }}
.words code {{ font-family: "DejaVu Sans Mono", monospace; font-size: 13px; color: #22669a; }}
.time {{ float: right; font-style: normal; font-size: 11px; color: #8b98a3; margin: 7px 0 0 12px; }}
.mine .time {{ color: #58a83f; }}
.album {{ display: grid; grid-template-columns: 1fr 1fr; gap: 2px; background: #dfe5ea; width: 372px; }}
.album img, .photo img {{ width: 100%; display: block; }}
.photo {{ width: 372px; border-bottom: 1px solid #eef1f4; }}
.board {{ margin-top: 4px; display: grid; gap: 4px; min-width: 330px; }}
.keys {{ display: flex; gap: 4px; }}
.keys span {{ flex: 1; text-align: center; padding: 8px 6px; border-radius: 9px; font-weight: 500;
  font-size: 14px; background: #5b7f9c; color: #fff; white-space: nowrap; }}
.file {{ display: flex; gap: 12px; padding: 11px 12px 2px; align-items: center; line-height: 1.3; }}
.file span {{ color: #8b98a3; font-size: 13px; }} .file b {{ font-weight: 500; }}
.icon {{ width: 46px; height: 46px; border-radius: 12px; background: #c2410c; color: #fff;
  display: grid; place-items: center; font-weight: 700; font-size: 13px; }}
</style><body>{screens}<script>addEventListener("load", () =>
  document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height))</script>"""


def main() -> None:
    """Record, draw, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path, required=True, help="folder of the kept talks")
    parser.add_argument("--draw-only", action="store_true")
    parser.add_argument("--language", choices=["en", "ru"], action="append")
    given = parser.parse_args()
    languages = given.language or ["en", "ru"]
    if not given.draw_only:
        record(given.record, languages)
    for language in languages:
        out = ROOT / "docs" / f"bot-dialogue-{language}.png"
        draw(given.record, language, out)
        print(out)


if __name__ == "__main__":
    main()
