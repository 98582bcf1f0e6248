"""The bot's parts alone: texts, buttons, pace, storage of dialogues, whose words are meant."""

from __future__ import annotations

import asyncio
import re
import string
from pathlib import Path

import pytest
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import Message, Update
from hypothesis import given
from hypothesis import strategies as st

from tests.serve.bot.markup import BadHtmlError, parse_html, units
from znak.serve.bot import keyboards
from znak.serve.bot.desk import Desk
from znak.serve.bot.dialogue import Asked
from znak.serve.bot.dialogues import SqliteStorage
from znak.serve.bot.hand import Said, read_said
from znak.serve.bot.intake import keep
from znak.serve.bot.letters import Place, answer, build, clip, message, pictures
from znak.serve.bot.pace import Pace
from znak.serve.bot.store import Store
from znak.serve.bot.texts import TEXTS, say
from znak.serve.bot.unit import CURRENT, Unit

HTML = re.compile(r"</?(b|i|code)>")


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_each_text_says_the_same_in_both_languages(key):
    english, russian = TEXTS[key]
    assert holes(english) == holes(russian)
    assert HTML.findall(english) == HTML.findall(russian)
    assert not re.search("[а-яё]", english, re.I)
    for language in ("en", "ru"):
        values = dict.fromkeys(holes(english), "</b><x>&")
        text = say(key, language, **values)
        if key != "originality_head":  # the head is closed where it is used
            assert "</b><x>&" in parse_html(text).text or not values
            assert units(parse_html(text).text) < 1000


@given(st.text(max_size=200))
def test_no_value_brings_markup_in(value):
    value = value.encode("utf-16", "ignore").decode("utf-16").replace("\r", "")
    assert parse_html(say("queued", "en", prompt=value)).text == (
        TEXTS["queued"][0].replace("<i>{prompt}</i>", value)
    )


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("a < b", "Unsupported start tag"),
        ("<b>a", "Can't find end tag"),
        ("<b><i>a</b></i>", "Unmatched end tag"),
        ("a</b>", "Unexpected end tag"),
        ("<script>", "Unsupported start tag"),
    ],
)
def test_the_fake_server_reads_html_strictly(html, error):
    with pytest.raises(BadHtmlError, match=error):
        parse_html(html)
    marked = parse_html("a &lt;<b>ж🙂</b>&amp; &nbsp;")
    assert marked.text == "a <ж🙂& &nbsp;"
    assert marked.entities == [{"type": "bold", "offset": 3, "length": 3}]


def test_buttons_fit_into_64_bytes_and_say_something():
    token, run = "A" * 12, f"{2**31 - 1}.{2**32}"
    for language in ("en", "ru"):
        boards = [
            keyboards.of_drafts(token, range(1, 11), language), keyboards.of_logo(token, language),
            keyboards.of_colours(token, language), keyboards.of_layouts(token, language),
            keyboards.of_run(run, language), keyboards.of_languages(2**52), keyboards.of_gone(token, language),
            keyboards.of_history([token] * 10),
            *(keyboards.of_question(s, 2**52, language, chosen=["bold"])
              for s in ("what", "name", "colours", "style")),
        ]  # fmt: skip
        for row in (row for board in boards for row in board):
            assert len(row) <= 5
            for label, data in row:
                assert 1 <= len(data.encode()) <= 64 and 0 < len(label) <= 20


@given(st.text(max_size=60), st.integers(1, 40))
def test_text_is_cut_by_what_telegram_counts(text, limit):
    text = text.encode("utf-16", "ignore").decode("utf-16")
    cut = clip(text, limit)
    assert units(cut) <= limit and (cut == text or cut.endswith("…"))


def test_letters_become_calls():
    one = build(message(Place(5, 7, 9), "file:0", keyboard=[[("a", "b")]]))
    assert (one.text, one.chat_id, one.message_thread_id) == ("file:0", 5, 7)
    assert one.reply_parameters.allow_sending_without_reply
    assert build(answer("q", "x" * 300)).text.endswith("…")
    files = [(f"{k}.png", bytes([k])) for k in range(3)]
    album = build(pictures(Place(5), files, "file:1")[0])
    assert [m.media.data for m in album.media] == [b"\x00", b"\x01", b"\x02"]
    assert album.media[0].caption == "file:1"
    assert build(pictures(Place(5), files[:1], "c")[0]).__api_method__ == "sendPhoto"


def test_the_pace_allows_bursts_and_keeps_the_mean():
    now = 0.0
    pace = Pace(clock=lambda: now)
    sent = 0
    while now < 60:
        if wait := pace.take(-5):
            now += wait
        else:
            sent += 1
    assert 20 <= sent <= 31  # twenty a minute, and a burst of ten
    assert pace.take(7, 8) == 0 and 0 < pace.take(7) <= 1  # an album, then patience
    assert Pace(factor=1000).take(-5, 500) == 0


def test_dialogues_are_kept_and_forgotten(tmp_path):
    key, other = (StorageKey(bot_id=1, chat_id=2, user_id=n) for n in (3, 4))

    async def play():
        store = Store(tmp_path / "a.sqlite")
        dialogues = SqliteStorage(store)
        assert await dialogues.get_state(key) is None and await dialogues.get_data(key) == {}
        await dialogues.set_state(key, Asked.name)
        await dialogues.update_data(key, {"what": "лиса", "n": [1, {"a": None}]})
        unit = Unit()
        token = CURRENT.set(unit)
        await dialogues.set_state(key, "Asked:style")
        await dialogues.update_data(key, {"name": "Foxy"})
        assert (await dialogues.get_data(key))["name"] == "Foxy"
        CURRENT.reset(token)
        assert await dialogues.get_state(key) == "Asked:name"  # nothing is stored yet
        await store.do(unit.commit)
        store.close()
        store = Store(tmp_path / "a.sqlite")
        dialogues = SqliteStorage(store)
        assert await dialogues.get_state(key) == "Asked:style"
        assert await dialogues.get_value(key, "what") == "лиса"
        assert await dialogues.get_data(other) == {}
        await dialogues.set_state(key, None)
        await dialogues.set_data(key, {})
        assert (
            await store.do(lambda db: db.execute("SELECT count(*) FROM dialogues").fetchone()[0])
            == 0
        )
        store.close()

    asyncio.run(play())


def test_turns_go_by_user_and_updates_are_known_by_their_ids(tmp_path):
    def update(number, user):
        return {"update_id": number, "message": {"from": {"id": user}}}

    async def play():
        store = Store(tmp_path / "a.sqlite")
        assert await keep(store, [update(n, 1) for n in range(50)]) == 50
        assert await keep(store, [update(3, 1), update(60, 2), update(61, 3), update(62, 2)]) == 3
        desk = Desk.__new__(Desk)
        desk._store, desk._served, turns = store, {}, []
        for turn in range(6):
            number, user, *_ = await desk._next()
            turns.append((number, user))
            desk._served[user] = turn + 1
            await store.do(
                lambda db, n=number: db.execute(
                    "UPDATE updates SET state = 'done' WHERE id = ?", (n,)
                )
            )
        assert turns == [(0, 1), (60, 2), (61, 3), (1, 1), (62, 2), (2, 1)]
        store.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("text", "chat", "answers_bot", "said"),
    [
        ("a fox", 5, False, Said("a fox")),
        ("/new a fox", 5, False, Said("a fox", "new")),
        ("/New@Znak_Bot a fox", 5, False, Said("a fox", "new")),
        ("/new@other_bot", 5, False, None),
        ("/", 5, False, Said("/")),
        ("a fox", -5, False, None),
        ("a fox", -5, True, Said("a fox")),
        ("@ZNAK_bot a fox", -5, False, Said("a fox")),
        ("hey @znak_bot, /new", -5, False, Said("hey  , /new")),
        ("@znak_bot /new a fox", -5, False, Said("a fox", "new")),
        ("me@znak_bot", -5, False, None),
        ("@znak_bottle", -5, False, None),
        ("/help", -5, False, None),
        ("/help@znak_bot", -5, False, Said("", "help")),
    ],
)
def test_whose_words_are_meant(text, chat, answers_bot, said):
    row = {
        "message_id": 1, "date": 1, "text": text, "from": {"id": 9, "is_bot": False, "first_name": "A"},
        "chat": {"id": chat, "type": "private" if chat > 0 else "group"},
    }  # fmt: skip
    if answers_bot:
        bot = {"id": 42, "is_bot": True, "first_name": "Z"}
        row["reply_to_message"] = {**row, "message_id": 2, "from": bot}
    spoken = Message.model_validate(row)
    assert read_said(spoken, username="znak_bot", bot_id=42) == said
    assert Update.model_validate({"update_id": 1, "message": row}).message == spoken


def test_the_command_asks_for_a_token_and_hides_it(capsys, monkeypatch, tmp_path):
    import logging
    import sys

    from znak.cli import main
    from znak.cli.bot import Discreet

    monkeypatch.delenv("ZNAK_BOT_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    for language, arguments, words in (
        ("en", [], "@BotFather"),
        ("ru", ["--token", "nonsense"], "не токен"),
        ("en", ["--token", "1:a", "--hook-url", "http://x"], "https"),
    ):
        monkeypatch.setenv("ZNAK_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["znak", "bot", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2 and words in capsys.readouterr().err
    assert list(Path(tmp_path).iterdir()) == []
    record = logging.makeLogRecord({"msg": "POST /bot1:SECRET/getMe"})
    assert Discreet(logging.Formatter(), "SECRET").format(record) == "POST /bot1:<token>/getMe"
