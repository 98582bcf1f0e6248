"""What goes wrong on the way: refusals, cut connections, blocked users, full disks, dead processes."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sqlite3
import time

import pytest

from tests.serve.bot.harness import ANN, BOB, GROUP, bot_on, options_for, play
from tests.serve.bot.process import main
from tests.serve.bot.telegram import TOKEN, Fault, Telegram, User
from znak.errors import DataError, InputError
from znak.serve.bot.app import run_bot
from znak.serve.bot.store import Store

EVE = User(104, "Eve")


def albums(telegram, chat):
    return {m["media_group_id"] for m in telegram.shown(chat) if "media_group_id" in m}


def choices(telegram, chat):
    return sum("Press its number" in text for text in telegram.texts(chat))


def left(path):
    """Return how many letters a stopped bot has not sent."""
    with sqlite3.connect(path) as db:
        (count,) = db.execute("SELECT count(*) FROM letters").fetchone()
    db.close()
    return count


FAULTS = [
    ("getUpdates", Fault("502", 2)),
    ("getUpdates", Fault("cut", 2)),
    ("getUpdates", Fault("lost", 2)),
    ("getMe", Fault("500", 2)),
    ("setMyCommands", Fault("429", 1, wait=1)),
    ("sendMessage", Fault("502", 2)),
    ("sendMessage", Fault("cut", 3)),
    ("sendMediaGroup", Fault("500", 2)),
    ("sendMediaGroup", Fault("cut", 2)),
    ("sendMediaGroup", Fault("429", 2, wait=1)),
    ("editMessageText", Fault("429", 2, wait=1)),
    ("editMessageText", Fault("400", 50)),
    ("answerCallbackQuery", Fault("400", 9)),
]


def test_every_passing_fault_is_outlived_and_nothing_is_said_twice(workshop, path):
    async def scene(telegram):
        for method, fault in FAULTS[5:]:
            telegram.inject(method, fault)
        telegram.say(ANN, "a fox")
        choice = await telegram.until(lambda: telegram.find(ANN.id, "Press its number"), timeout=30)
        telegram.press(ANN, choice, "1")
        await telegram.until(lambda: telegram.find(ANN.id, "Whole kit"))

    async def run():
        async with Telegram() as telegram:
            telegram.chats[ANN.id] = []
            for method, fault in FAULTS[:5]:
                telegram.inject(method, fault)
            async with bot_on(telegram, workshop, path):
                await scene(telegram)
            return telegram

    telegram = asyncio.run(run())
    assert len(albums(telegram, ANN.id)) == 1 and choices(telegram, ANN.id) == 1
    for method in ("getUpdates", "sendMediaGroup", "sendMessage"):
        assert not any(f.times for f in telegram.faults[method]), method
    waits = [c.at for c in telegram.calls if c.method == "sendMediaGroup"]
    assert waits[-1] - waits[-2] > 0.9  # as long as Telegram asked
    assert left(path) == 0


def test_what_was_taken_but_not_answered_is_sent_again(workshop, path):
    """The one case that the Bot API leaves open; docs/bot.md tells of it."""

    async def scene(telegram):
        telegram.inject("sendMessage", Fault("lost"))
        telegram.say(ANN, "/start")
        await telegram.until(lambda: len(telegram.sent("sendMessage")) == 2)

    telegram = play(workshop, path, scene)
    assert len(telegram.texts(ANN.id)) == 2 and left(path) == 0


def test_a_fault_that_stays_is_given_up_and_holds_up_nobody(workshop, path):
    async def scene(telegram):
        telegram.inject("sendMessage", Fault("400", 1, chat=ANN.id))
        telegram.say(ANN, "/start")
        telegram.say(ANN, "/help")
        await telegram.until(lambda: telegram.find(ANN.id, "How it works"))
        telegram.inject("sendMessage", Fault("500", 1000, chat=ANN.id))
        telegram.say(ANN, "/start")
        telegram.say(BOB, "/start")
        await telegram.until(lambda: telegram.find(BOB.id, "Znak draws"))

    play(workshop, path, scene)


def test_a_slow_chat_holds_up_nobody(workshop, path):
    async def scene(telegram):
        telegram.inject("sendMessage", Fault("slow", 1, wait=3, chat=ANN.id))
        telegram.say(ANN, "/start")
        telegram.say(BOB, "/start")
        started = time.monotonic()
        await telegram.until(lambda: telegram.find(BOB.id, "Znak draws"))
        assert time.monotonic() - started < 2.5 and not telegram.texts(ANN.id)
        await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))

    play(workshop, path, scene)


def test_who_blocks_the_bot_is_left_alone_and_may_come_back(jobs, path):
    async def scene(telegram):
        telegram.say(ANN, "a fox")
        await telegram.until(lambda: jobs.list(f"tg:{ANN.id}"))
        await telegram.until(lambda: telegram.find(ANN.id, "a fox"))
        telegram.blocked.add(ANN.id)
        telegram.say(ANN, "an owl")
        await telegram.until(lambda: jobs.list(f"tg:{ANN.id}")[0].state == "cancelled")
        calls = len(telegram.calls)
        await asyncio.sleep(0.3)
        assert len([c for c in telegram.calls[calls:] if c.method != "getUpdates"]) <= 1
        telegram.blocked.clear()
        telegram.say(ANN, "/start")
        await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))
        member = {"user": {"id": 4242, "is_bot": True, "first_name": "Znak"}}
        telegram.say(BOB, "a bear")
        await telegram.until(lambda: jobs.list(f"tg:{BOB.id}"))
        chat = {"id": BOB.id, "type": "private", "first_name": "Bob"}
        kicked = {**member, "status": "kicked", "until_date": 0}
        telegram.push({"my_chat_member": {"chat": chat, "from": BOB.row(), "date": 1,
                      "old_chat_member": {**member, "status": "member"}, "new_chat_member": kicked}})  # fmt: skip
        await telegram.until(lambda: jobs.list(f"tg:{BOB.id}")[0].state == "cancelled")

    play(jobs, path, scene)
    assert left(path) <= 1  # Bob's "Stopped.", when the bot ended before it was said


def test_a_group_that_moved_is_followed(workshop, path):
    async def scene(telegram):
        telegram.chats[-2002] = []
        telegram.inject("sendMessage", Fault("migrate", chat=GROUP, to=-2002))
        telegram.say(ANN, "@znak_test_bot a fox", chat=GROUP)
        choice = await telegram.until(lambda: telegram.find(-2002, "Press its number"))
        telegram.press(ANN, choice, "1")
        await telegram.until(lambda: telegram.find(-2002, "Whole kit"))

    play(workshop, path, scene)


def test_a_file_too_large_is_explained_and_bad_html_is_sent_plain(workshop, path):
    async def scene(telegram):
        telegram.inject("sendMessage", Fault("html"))
        telegram.say(ANN, "/start")
        await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))
        telegram.say(ANN, "a fox & <b>")
        choice = await telegram.until(lambda: telegram.find(ANN.id, "Press its number"))
        telegram.press(ANN, choice, "1")
        logo = await telegram.until(lambda: telegram.find(ANN.id, "Whole kit"))
        telegram.inject("sendDocument", Fault("413"))
        telegram.press(ANN, logo, "Whole kit")
        await telegram.until(lambda: telegram.find(ANN.id, "too large for Telegram"))

    telegram = play(workshop, path, scene)
    first = telegram.shown(ANN.id)[0]
    assert first["entities"] == [] and "<b>" not in first["text"]


def test_an_update_that_comes_again_makes_no_second_job(workshop, path):
    before = len(workshop.list(f"tg:{ANN.id}", limit=100))

    async def scene(telegram):
        telegram.inject("getUpdates", Fault("lost", 3))
        message = telegram.say(ANN, "a fox")
        update = dict(telegram.updates[0])
        await telegram.until(lambda: choices(telegram, ANN.id))
        telegram.push({"message": message}, update_id=update["update_id"])
        telegram.say(ANN, "/help")
        await telegram.until(lambda: telegram.find(ANN.id, "How it works"))

    telegram = play(workshop, path, scene)
    assert choices(telegram, ANN.id) == 1
    assert len(workshop.list(f"tg:{ANN.id}", limit=100)) == before + 1


def test_updates_that_cannot_be_read_or_break_a_handler_stop_nothing(workshop, path, monkeypatch):
    from znak.serve.bot import commands

    async def broken(message, hand, state):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(commands, "start", broken)

    async def scene(telegram):
        telegram.push({"message": {"message_id": "no number", "from": {"id": ANN.id}}})
        telegram.push({"message": {"from": {"id": "x"}}})
        telegram.push({"message": {"from": ANN.row(), "text": "half a \ud83e fox"}})
        telegram.push({"a_kind_of_tomorrow": {"from": ANN.row()}})
        telegram.push({"callback_query": {"id": "1", "from": ANN.row(), "chat_instance": "1"}})
        telegram.say(ANN, "/start")
        telegram.say(BOB, "/help")
        await telegram.until(lambda: telegram.find(BOB.id, "How it works"))
        await telegram.until(lambda: telegram.find(ANN.id, "could not handle"))

    play(workshop, path, scene)


def test_nothing_is_acknowledged_while_the_disk_is_full(workshop, path, monkeypatch):
    full = True
    real = Store._do

    def do(self, work):
        if full:
            return real(
                self, lambda db: (_ for _ in ()).throw(sqlite3.OperationalError("disk is full"))
            )
        return real(self, work)

    async def scene(telegram):
        nonlocal full
        monkeypatch.setattr(Store, "_do", do)
        telegram.say(ANN, "/start")
        await telegram.until(lambda: len(telegram.sent("getUpdates")) >= 3)
        assert telegram.confirmed == [] and telegram.updates
        full = False
        await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))

    play(workshop, path, scene)


def test_dialogue_and_drawings_outlive_a_restart(workshop, path):
    async def first(telegram):
        telegram.say(ANN, "/new an owl for a library")
        await telegram.until(lambda: telegram.find(ANN.id, "2 of 4"))
        telegram.inject("sendMediaGroup", Fault("cut", 10_000))
        telegram.say(BOB, "a bear")
        await telegram.until(lambda: telegram.find(BOB.id, "a bear"))
        await telegram.until(lambda: workshop.list(f"tg:{BOB.id}"))

    async def second(telegram):
        await telegram.until(lambda: choices(telegram, BOB.id))
        telegram.say(ANN, "Owlet")
        await telegram.until(lambda: telegram.find(ANN.id, "3 of 4"))

    async def third(telegram):
        telegram.say(BOB, "/help")
        await telegram.until(lambda: telegram.find(BOB.id, "How it works"))

    play(workshop, path, first)
    workshop.wait(workshop.list(f"tg:{BOB.id}")[0].id, timeout=20)  # done while the bot is away
    telegram = play(workshop, path, second, first_update=2000)
    assert choices(telegram, BOB.id) == len(albums(telegram, BOB.id)) == 1
    assert choices(play(workshop, path, third, first_update=3000), BOB.id) == 0


def test_killed_three_times_nothing_is_lost_and_nothing_done_twice(workshop):
    data = workshop.settings.data
    started = []
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.serve.bot.process"])

    def start(telegram):
        started.append(context.Process(target=main, args=(data, telegram.url), daemon=True))
        started[-1].start()

    async def end(how):
        os.kill(started[-1].pid, how)
        await asyncio.to_thread(started[-1].join, 60)
        return started[-1].exitcode

    async def scene(telegram):
        for user in (EVE, BOB):
            telegram.chats[user.id] = []
        telegram.say(EVE, "fox 1")
        start(telegram)
        # 1: the update is stored, its handler may or may not have run
        await telegram.until(lambda: telegram.count("getUpdates") > 1, timeout=90)
        assert await end(signal.SIGKILL) == -signal.SIGKILL
        telegram.say(EVE, "fox 2")
        start(telegram)
        # 2: a drawing is under way
        await telegram.until(lambda: workshop.list(f"tg:{EVE.id}"), timeout=90)
        assert await end(signal.SIGKILL) == -signal.SIGKILL
        telegram.say(BOB, "bear 1")
        telegram.say(EVE, "fox 3")
        telegram.inject("sendMediaGroup", Fault("cut", 10_000))
        start(telegram)
        # 3: answers are being sent, and do not reach Telegram
        await telegram.until(lambda: telegram.count("sendMediaGroup"), timeout=90)
        assert await end(signal.SIGKILL) == -signal.SIGKILL
        telegram.faults.clear()
        start(telegram)
        await telegram.until(lambda: choices(telegram, EVE.id) >= 3, timeout=90)
        await telegram.until(lambda: choices(telegram, BOB.id) >= 1, timeout=90)
        assert await end(signal.SIGTERM) == 0

    async def run():
        async with Telegram() as telegram:
            try:
                await scene(telegram)
            finally:
                for process in started:
                    process.kill()
                    process.join()
            return telegram

    telegram = asyncio.run(run())
    made = workshop.list(f"tg:{EVE.id}", limit=100)
    assert choices(telegram, EVE.id) == len(albums(telegram, EVE.id)) == 3
    assert choices(telegram, BOB.id) == len(albums(telegram, BOB.id)) == 1
    assert sorted(job.order.prompt for job in made) == ["fox 1", "fox 2", "fox 3"]
    assert left(data / "bot.sqlite") == 0
    assert "Traceback" not in (data / "bot.log").read_text("utf-8")


def test_one_file_serves_one_bot(workshop, path):
    async def scene(telegram):
        with pytest.raises(DataError, match="another bot") as caught:
            await run_bot(options_for(telegram, path), jobs=workshop)
        assert "другой бот" in caught.value.ru

    play(workshop, path, scene)
    path.write_bytes(b"no database at all, " * 60)
    with pytest.raises(DataError, match="damaged"):
        Store(path)


def test_a_second_poller_is_named_and_outlived(workshop, path, caplog):
    async def scene(telegram):
        other = telegram._on_get_updates({"timeout": 0}, {})
        assert await other == []
        await telegram.until(lambda: "another process polls" in caplog.text)
        telegram.say(ANN, "/start")
        await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))

    play(workshop, path, scene)


def test_an_unknown_token_is_said_and_no_token_is_logged(workshop, path, caplog):
    caplog.set_level(logging.DEBUG)

    async def run():
        async with Telegram() as telegram:
            wrong = "77:WRONG-secret_token"
            options = options_for(telegram, path)
            with pytest.raises(InputError, match="does not know this token") as caught:
                await run_bot(options.__class__(**{**vars(options), "token": wrong}), jobs=workshop)
            assert wrong not in str(caught.value) + repr(options) + caplog.text
            telegram.chats[ANN.id] = []
            telegram.inject("*", Fault("cut", 3))
            async with bot_on(telegram, workshop, path):
                telegram.say(ANN, "/start")
                await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))

    asyncio.run(run())
    assert TOKEN not in caplog.text and TOKEN.split(":")[1] not in caplog.text


def test_telegram_out_of_reach_is_waited_for(workshop, path):
    async def run():
        async with Telegram() as telegram:
            options = options_for(telegram, path, api="http://127.0.0.1:9")
            stop = asyncio.Event()
            task = asyncio.create_task(run_bot(options, jobs=workshop, stop=stop))
            await asyncio.sleep(0.3)
            assert not task.done()
            stop.set()
            await asyncio.wait_for(task, 5)

    asyncio.run(run())
