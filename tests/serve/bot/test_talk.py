"""What people say to the bot and what they get, end to end: aiogram's client, jobs, a worker."""

from __future__ import annotations

import io
import json
import time
import zipfile

from defusedxml.ElementTree import fromstring
from PIL import Image

from tests.serve.bot.harness import ANN, BOB, GROUP, OLGA, play


def photos(telegram, chat):
    return [m for m in telegram.shown(chat) if "photo" in m]


def picture(telegram, message):
    return telegram.files[message["photo"][0]["file_id"]]


async def drafts(telegram, user, text="a fox for a coffee shop", chat=None):
    """Order drafts and return the message to choose by."""
    seen = len(telegram.sent("sendMediaGroup"))
    telegram.say(user, text, chat=chat)
    await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) > seen)
    words = "Нажмите его номер" if user is OLGA else "Press its number"
    return await telegram.until(lambda: telegram.find(chat or user.id, words))


async def one_logo(telegram, user, text="a fox for a coffee shop", number="2"):
    """Order drafts, choose one, and return its message."""
    choice = await drafts(telegram, user, text)
    telegram.press(user, choice, number)
    kit = "Комплект" if user is OLGA else "Whole kit"
    return await telegram.until(lambda: telegram.find(user.id, kit))


def test_free_text_becomes_logos(workshop, path):
    async def scene(telegram):
        prompt = "a fox for a coffee shop called “Foxy Beans”"
        choice = await drafts(telegram, ANN, prompt)
        album = photos(telegram, ANN.id)
        assert len(album) == 3 and len({m["media_group_id"] for m in album}) == 1
        for message in album:
            assert Image.open(io.BytesIO(picture(telegram, message))).size == (960, 720)
        status, last = telegram.shown(ANN.id)[0], telegram.shown(ANN.id)[-1]
        assert last == choice and "Foxy Beans" in status["text"] and "fox" in status["text"]
        assert "reply_markup" not in status
        shown = [edited["text"] for _, edited in status["_edits"]]
        assert any("▰" in text for text in shown) and all(prompt in text for text in shown)

    telegram = play(workshop, path, scene)
    assert telegram.confirmed == [1000]
    assert telegram.commands["ru"][0]["command"] == "new"


def test_four_questions_make_an_order(workshop, path):
    async def scene(telegram):
        telegram.say(ANN, "/new")
        await telegram.until(lambda: telegram.find(ANN.id, "1 of 4"))
        telegram.say(ANN, "an owl for a library")
        await telegram.until(lambda: telegram.find(ANN.id, "2 of 4"))
        telegram.say(ANN, "x" * 60)
        await telegram.until(lambda: telegram.find(ANN.id, "It did not work"))
        telegram.say(ANN, "R&D <3")
        question = await telegram.until(lambda: telegram.find(ANN.id, "3 of 4"))
        telegram.press(ANN, question, "Blue")
        question = await telegram.until(lambda: telegram.find(ANN.id, "4 of 4"))
        assert telegram.find(ANN.id, "→ Blue")["text"].startswith("3 of 4")
        telegram.press(ANN, question, "Friendly")
        telegram.press(ANN, question, "Bold")
        await telegram.until(lambda: telegram.find(ANN.id, "✓ Bold"))
        telegram.press(ANN, question, "Draw")
        await telegram.until(lambda: telegram.find(ANN.id, "Press its number"), timeout=20)
        telegram.press(ANN, question, "Draw")
        await telegram.until(lambda: telegram.queries["q5"] or telegram.queries["q4"])

    play(workshop, path, scene)
    order = workshop.list(f"tg:{ANN.id}")[0].order
    assert (order.prompt, order.name) == ("an owl for a library", "R&D <3")
    assert (order.colours, order.style) == (["#1d4ed8"], ["friendly", "bold"])


def test_every_question_can_be_skipped_but_not_all(workshop, path):
    async def scene(telegram):
        telegram.say(OLGA, "/new")
        for number in range(1, 5):
            question = await telegram.until(lambda n=number: telegram.find(OLGA.id, f"{n} из 4"))
            telegram.press(OLGA, question, "Пропустить")
        await telegram.until(lambda: telegram.find(OLGA.id, "Всё пропущено"))
        telegram.press(OLGA, question, f"q:{OLGA.id}:style:skip")
        await telegram.until(lambda: telegram.queries["q5"])
        assert "уже есть ответ" in telegram.queries["q5"]["text"]
        telegram.say(OLGA, "/cancel")
        await telegram.until(lambda: telegram.find(OLGA.id, "Остановлено"))

    play(workshop, path, scene)
    assert workshop.list(f"tg:{OLGA.id}") == []


def test_a_logo_is_recoloured_renamed_laid_out_and_taken_home(workshop, path):
    async def scene(telegram):
        logo = await one_logo(telegram, ANN)
        token = logo["message_id"]
        first = picture(telegram, logo)

        def changed(old):
            return lambda: picture(telegram, logo) != old and picture(telegram, logo)

        telegram.press(ANN, logo, "Colours")
        await telegram.until(lambda: telegram.find(ANN.id, "As described"))
        telegram.press(ANN, logo, "Blue")
        blue = await telegram.until(changed(first))
        assert "#1d4ed8" in logo["caption"] and "As described" not in json.dumps(
            logo["reply_markup"]
        )
        telegram.press(ANN, logo, "Layout")
        await telegram.until(lambda: telegram.find(ANN.id, "Monogram"))
        telegram.press(ANN, logo, "Badge")
        await telegram.until(lambda: telegram.find(ANN.id, "needs a name"))
        telegram.say(ANN, "Foxy <b>\nroasters")
        await telegram.until(lambda: telegram.find(ANN.id, "Foxy <b>"))
        named = telegram.shown(ANN.id)[-1]
        assert "badge" in named["caption"] and "#1d4ed8" in named["caption"]
        assert token == logo["message_id"] and picture(telegram, named) != blue
        telegram.press(ANN, named, "Colours")
        await telegram.until(lambda: telegram.find(ANN.id, "Own code"))
        telegram.press(ANN, named, "Own code")
        await telegram.until(lambda: telegram.find(ANN.id, "one colour code"))
        telegram.say(ANN, "greenish")
        await telegram.until(lambda: telegram.find(ANN.id, "is no colour"))
        telegram.say(ANN, "#0f766e, #c2410c")
        await telegram.until(lambda: telegram.find(ANN.id, "#0f766e"))
        last = telegram.shown(ANN.id)[-1]
        telegram.press(ANN, last, "SVG")
        await telegram.until(lambda: len(documents(telegram, ANN.id)) == 2)
        telegram.press(ANN, last, "Whole kit")
        await telegram.until(lambda: len(documents(telegram, ANN.id)) == 3)

    telegram = play(workshop, path, scene)
    logo, mark, kit = documents(telegram, ANN.id)
    assert (logo[0], mark[0], kit[0]) == ("logo-2.svg", "mark-2.svg", "logo-2-kit.zip")
    assert "Foxy &lt;b&gt;" in logo[1].decode() and "#0f766e" in logo[1].decode()
    assert fromstring(mark[1]).tag.endswith("svg")
    with zipfile.ZipFile(io.BytesIO(kit[1])) as archive:
        assert archive.testzip() is None and len(archive.namelist()) > 60
        assert archive.read("svg/badge-colour.svg")


def documents(telegram, chat):
    found = [m["document"] for m in telegram.shown(chat) if "document" in m]
    return [(d["file_name"], telegram.files[d["file_id"]]) for d in found]


def test_a_logo_is_varied_and_compared(workshop, path):
    async def scene(telegram):
        logo = await one_logo(telegram, OLGA, "сова для библиотеки")
        telegram.press(OLGA, logo, "Похожие")
        found = await telegram.until(lambda: telegram.find(OLGA.id, "самое близкое"))
        assert "юридический" in found["text"]
        telegram.press(OLGA, logo, "Варианты")
        await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) == 2)
        assert telegram.find(OLGA.id, "Варианты логотипа 2")

    play(workshop, path, scene)
    vary, make = workshop.list(f"tg:{OLGA.id}")[:2]
    assert (vary.order.kind, make.order.kind) == ("vary", "make")
    assert vary.order.prompt == make.order.prompt and vary.order.seed != make.order.seed


def test_history_and_other_drafts(workshop, path):
    async def scene(telegram):
        telegram.say(BOB, "/history")
        await telegram.until(lambda: telegram.find(BOB.id, "Nothing yet"))
        choice = await drafts(telegram, BOB, "a bear for a bakery")
        telegram.press(BOB, choice, "Draw others")
        await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) == 2)
        telegram.say(BOB, "/history")
        listed = await telegram.until(lambda: telegram.find(BOB.id, "What you have made"))
        assert listed["text"].count("a bear for a bakery") == 2
        telegram.press(BOB, listed, "2")
        await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) == 3)
        one, two, again = (photos(telegram, BOB.id)[k] for k in (0, 3, 6))
        assert picture(telegram, one) == picture(telegram, again) != picture(telegram, two)

    play(workshop, path, scene)


def test_drafts_that_are_gone_can_be_drawn_again(workshop, path):
    async def scene(telegram):
        choice = await drafts(telegram, ANN)
        workshop.delete(workshop.list(f"tg:{ANN.id}")[0].id, owner=None)
        telegram.press(ANN, choice, "1")
        gone = await telegram.until(lambda: telegram.find(ANN.id, "kept for a while"))
        telegram.press(ANN, gone, "Draw again")
        await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) == 2)

    play(workshop, path, scene)


def test_languages(workshop, path):
    async def scene(telegram):
        telegram.say(OLGA, "/start")
        await telegram.until(lambda: telegram.find(OLGA.id, "рисует логотипы"))
        telegram.say(OLGA, "/language")
        asked = await telegram.until(lambda: telegram.find(OLGA.id, "English"))
        telegram.press(BOB, asked, "English")
        await telegram.until(lambda: telegram.queries["q1"])
        telegram.press(OLGA, asked, "English")
        await telegram.until(lambda: telegram.find(OLGA.id, "From now on in English"))
        telegram.say(OLGA, "/help")
        await telegram.until(lambda: telegram.find(OLGA.id, "How it works"))

    telegram = play(workshop, path, scene)
    assert "somebody else" in telegram.queries["q1"]["text"]

    async def later(telegram):
        telegram.say(OLGA, "/start")
        await telegram.until(lambda: telegram.find(OLGA.id, "Znak draws logos"))

    play(workshop, path, later, first_update=2000)  # the choice outlives the process


REFUSED = {
    "the Nike swoosh for my shoes": "someone else",
    "🙂" * 1001 + "a" * 1500: "at most 2000",
    "/draw me a fox": "don't know this command",
}


def test_what_is_not_drawn_is_said(workshop, path):
    async def scene(telegram):
        for text, answer in REFUSED.items():
            telegram.say(ANN, text)
            await telegram.until(lambda a=answer: telegram.find(ANN.id, a))

    play(workshop, path, scene)


HOSTILE = [
    "<b>fox</b> & <script>alert(1)</script>",
    "fox &lt;&amp;&#60; </i></b> <a href='x'>",
    "file:0 fox\n\n\t<pre>\u202e\u0000{prompt} %s {0}",
    "лиса <3 « & » >>> " + "я" * 900,
]


def test_hostile_words_are_shown_as_written(workshop, path):
    async def scene(telegram):
        for text in HOSTILE:
            await drafts(telegram, ANN, text)
            status = [m for m in telegram.shown(ANN.id) if "_edits" in m][-1]
            assert status["text"][:12] == " ".join(text.split())[:12]
        assert not [c for c in telegram.calls if c.error and "not modified" not in c.error]

    play(workshop, path, scene)


def test_what_has_no_words_gets_a_kind_answer(workshop, path):
    async def scene(telegram):
        telegram.say(ANN, sticker=STICKER)
        await telegram.until(lambda: telegram.find(ANN.id, "I draw from words"))
        telegram.say(ANN, voice={"file_id": "v", "file_unique_id": "v", "duration": 2})
        telegram.say(ANN, pinned_message=telegram.shown(ANN.id)[0])
        telegram.say(ANN, photo=PHOTO, caption="a fox like this one")
        sent = telegram.say(BOB, "/start")
        await telegram.until(lambda: telegram.find(BOB.id, "Znak draws"))
        telegram.edit(BOB, sent, "a fox for a coffee shop")
        await telegram.until(lambda: telegram.find(BOB.id, "saw your edit"))

    telegram = play(workshop, path, scene)
    assert len(telegram.texts(ANN.id)) == 1  # the same advice is not given again in a row
    assert workshop.list(f"tg:{BOB.id}")[:1] == [] or workshop.list(f"tg:{BOB.id}")[
        0
    ].order.prompt != ("a fox for a coffee shop")


STICKER = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 512, "height": 512,
           "is_animated": False, "is_video": False}  # fmt: skip
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]


def test_in_a_group_only_what_is_meant_for_the_bot(workshop, path):
    async def scene(telegram):
        telegram.say(BOB, "a fox would be nice", chat=GROUP)
        telegram.say(BOB, "/new@another_bot", chat=GROUP)
        telegram.say(BOB, "/new", chat=GROUP)
        telegram.say(BOB, "mail to ann@znak_test_bot_fans", chat=GROUP)
        telegram.say(BOB, new_chat_members=[ANN.row()], chat=GROUP)
        asked = telegram.say(BOB, "@Znak_test_bot a fox for a coffee shop", chat=GROUP, thread=7)
        choice = await telegram.until(lambda: telegram.find(GROUP, "Press its number"))
        assert choice["message_thread_id"] == 7
        status = telegram.shown(GROUP)[0]
        assert status["reply_to_message"]["message_id"] == asked["message_id"]
        assert len(telegram.shown(GROUP)) == 5 and "test_bot" not in status["text"]
        telegram.press(ANN, choice, "1")
        await telegram.until(lambda: telegram.queries["q1"])
        assert "somebody else" in telegram.queries["q1"]["text"]
        telegram.press(BOB, choice, "1")
        logo = await telegram.until(lambda: telegram.find(GROUP, "Whole kit"))
        telegram.press(BOB, logo, "Name")
        question = await telegram.until(lambda: telegram.find(GROUP, "What name"))
        assert question["_force_reply"]["selective"]
        telegram.say(ANN, "Mine!", chat=GROUP, reply_to=question)  # Ann orders a drawing of her own
        telegram.say(BOB, "not an answer", chat=GROUP)
        telegram.say(BOB, "Foxy", chat=GROUP, reply_to=question)
        await telegram.until(lambda: telegram.find(GROUP, "· Foxy ·"))

    play(workshop, path, scene)


def test_forged_and_old_buttons_are_answered(workshop, path):
    async def scene(telegram):
        choice = await drafts(telegram, ANN)
        token = choice["reply_markup"]["inline_keyboard"][0][0]["callback_data"].split(":")[1]
        forged = [
            "c:AAAAAAAAAAAA:pick:1", f"c:{token}:kit:", f"c:{token}:pick:-1", f"c:{token}:lay:mark",
            f"c:{token}", "c:::", "q:101:what:skip", "q:999:what:skip", "r:1.2", "l:101:xx", "x",
            "c:' OR 1=1 --:pick:1", f"c:{token}:pick:" + "9" * 40, "ы" * 30, f"c:{token}:show:",
        ]  # fmt: skip
        queries = [telegram.press(ANN, choice, data) for data in forged]
        await telegram.until(lambda: all(telegram.queries[q] for q in queries))
        for query, data in zip(queries[:-1], forged, strict=False):
            assert telegram.queries[query]["text"], data
        queries = [telegram.press(ANN, choice, "7")]  # there are only three
        await telegram.until(lambda: telegram.queries[queries[0]])

    play(workshop, path, scene)


def test_one_user_cannot_starve_another(workshop, path):
    async def scene(telegram):
        for k in range(9):
            telegram.say(ANN, f"fox {k}")
        telegram.say(BOB, "a bear")
        await telegram.until(lambda: telegram.find(BOB.id, "Press its number"), timeout=30)
        await telegram.until(lambda: len(telegram.sent("sendMediaGroup")) == 4, timeout=30)

    telegram = play(workshop, path, scene, drawings=1)
    limits = [t for t in telegram.texts(ANN.id) if "already have 3" in t]
    assert len(limits) == 1
    made = sorted(
        (job.created, job.owner)
        for user in (ANN, BOB)
        for job in workshop.list(f"tg:{user.id}")
        if job.order.prompt in ("fox 0", "fox 1", "fox 2", "a bear")
    )
    assert [owner for _, owner in made[:4]].index(f"tg:{BOB.id}") <= 1


def test_cancel_stops_what_is_drawn_and_what_waits(jobs, path):
    async def scene(telegram):
        telegram.say(ANN, "a fox")
        telegram.say(ANN, "an owl")
        status = await telegram.until(lambda: telegram.find(ANN.id, "a fox"))
        await telegram.until(lambda: jobs.list(f"tg:{ANN.id}"))
        telegram.press(BOB, status, "Cancel")
        telegram.press(ANN, status, "Cancel")
        await telegram.until(lambda: telegram.find(ANN.id, "a fox")["text"].endswith("Stopped."))
        await telegram.until(lambda: len(jobs.list(f"tg:{ANN.id}")) == 2)
        telegram.say(ANN, "/cancel")
        await telegram.until(lambda: telegram.find(ANN.id, "an owl")["text"].endswith("Stopped."))
        telegram.say(ANN, "/cancel")
        await telegram.until(lambda: telegram.find(ANN.id, "nothing to stop"))

    telegram = play(jobs, path, scene)  # no worker: nothing is ever done
    assert telegram.queries["q1"]["show_alert"]
    assert [job.state for job in jobs.list(f"tg:{ANN.id}")] == ["cancelled", "cancelled"]


def test_a_full_queue_is_waited_for(settings, path):
    from znak.serve.jobs import Jobs
    from znak.serve.order import Order

    narrow = Jobs(settings.model_copy(update={"queue_limit": 1}))
    try:
        other = narrow.submit(Order(prompt="an owl"), owner="other")

        async def scene(telegram):
            telegram.say(ANN, "a fox")
            await telegram.until(lambda: telegram.find(ANN.id, "In the queue"))
            assert not narrow.list(f"tg:{ANN.id}")
            narrow.cancel(other.id, owner="other")
            await telegram.until(lambda: narrow.list(f"tg:{ANN.id}"))

        started = time.monotonic()
        play(narrow, path, scene)
        assert time.monotonic() - started < 15
    finally:
        narrow.close()
