"""The web hook: Telegram calls the bot, and must know the secret."""

from __future__ import annotations

import asyncio
import io
import json
import socket

from aiohttp import ClientSession

from tests.serve.bot.harness import ANN, bot_on
from tests.serve.bot.telegram import Telegram
from znak.serve.bot.options import Hook


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sent(body) -> io.BytesIO:
    return io.BytesIO(json.dumps(body).encode())


def test_updates_are_pushed_once_and_only_by_who_knows_the_secret(workshop, path):
    async def run():
        port = free_port()
        hook = Hook("https://bot.example/telegram", port=port)
        async with Telegram() as telegram, ClientSession() as client:
            telegram.chats[ANN.id] = []
            telegram.proxy = url = f"http://127.0.0.1:{port}/telegram"
            telegram.say(ANN, "/start")
            async with bot_on(telegram, workshop, path, hook=hook):
                await telegram.until(lambda: telegram.find(ANN.id, "Znak draws"))
                secret = telegram.webhook["secret_token"]
                assert len(secret) >= 32 and telegram.confirmed == [1000]
                head = {"X-Telegram-Bot-Api-Secret-Token": secret}
                update = {"update_id": 1000, "message": telegram.chats[ANN.id][0]}
                for headers, body, status in (
                    ({}, update, 401),
                    ({"X-Telegram-Bot-Api-Secret-Token": "x" + secret[1:]}, update, 401),
                    (head, {"no": "update"}, 400),
                    (head, [], 400),
                    (head, {"update_id": 5, "message": "x" * 2_000_000}, 413),
                    (head, update, 200),  # it came before: nothing happens
                ):
                    async with client.post(url, data=sent(body), headers=headers) as answer:
                        assert answer.status == status, (headers, status)
                async with client.post(url, data=b"\xff{", headers=head) as answer:
                    assert answer.status == 400
                async with client.post(url + "/x", json=update, headers=head) as answer:
                    assert answer.status == 404
                telegram.say(ANN, "/help")
                await telegram.until(lambda: telegram.find(ANN.id, "How it works"))
                assert len(telegram.texts(ANN.id)) == 2
            telegram.say(ANN, "/history")
            async with bot_on(telegram, workshop, path):  # back to polling: the hook is taken away
                await telegram.until(lambda: telegram.find(ANN.id, "Nothing yet"))
            assert telegram.webhook == {}
            assert telegram.complaints == []

    asyncio.run(run())
