"""A Bot API server of our own on loopback, as strict as Telegram's about what it is sent.

    async with Telegram() as telegram:
        telegram.say(user, "a fox for a coffee shop")
        await telegram.until(lambda: telegram.shown(user.id))

It keeps the chats as their members see them, forgets updates only when `offset` says so, checks
HTML, captions, albums, buttons and pictures, and fails on demand (`inject`): 429, 502, cut
connections before and after a call took effect, blocked users.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, web
from PIL import Image

from tests.serve.bot.markup import BadHtmlError, parse_html, units

TOKEN = "4242:TEST-token_of-a-fake-bot"
BOT = {"id": 4242, "is_bot": True, "first_name": "Znak", "username": "znak_test_bot"}
_ACTIONS = {"typing", "upload_photo", "upload_document"}
_COMMON = {"chat_id", "message_thread_id", "reply_parameters", "disable_notification"}
_TEXTS = {"parse_mode", "entities", "link_preview_options"}
_KNOWN: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates"},
    "deleteWebhook": {"drop_pending_updates"},
    "getWebhookInfo": set(),
    "setMyCommands": {"commands", "scope", "language_code"},
    "sendMessage": _COMMON | _TEXTS | {"text", "reply_markup"},
    "sendPhoto": _COMMON | {"photo", "caption", "parse_mode", "reply_markup"},
    "sendDocument": _COMMON | {"document", "caption", "parse_mode", "reply_markup",
                               "disable_content_type_detection"},
    "sendMediaGroup": _COMMON | {"media"},
    "sendChatAction": {"chat_id", "action", "message_thread_id"},
    "editMessageText": _TEXTS | {"chat_id", "message_id", "text", "reply_markup"},
    "editMessageMedia": {"chat_id", "message_id", "media", "reply_markup"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
    "deleteMessage": {"chat_id", "message_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "cache_time"},
}  # fmt: skip


@dataclass(frozen=True)
class User:
    """Somebody who writes to the bot."""

    id: int
    first_name: str = "Ann"
    language_code: str = "en"
    is_bot: bool = False

    def row(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name,
                "language_code": self.language_code}  # fmt: skip


@dataclass
class Fault:
    """What goes wrong with a call: a kind of refusal, "502", "cut" (before the call took effect),
    "lost" (after it), "slow" (it takes `wait` seconds). `to` is where a group went.
    """

    kind: str
    times: int = 1
    wait: float = 1
    chat: int | None = None
    to: int = 0


@dataclass
class Call:
    """A call that the server got; `error` is what it answered when it refused."""

    method: str
    params: dict[str, Any]
    at: float = field(default_factory=time.monotonic)
    error: str | None = None


class RefusedError(Exception):
    """An answer with ok = false."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Telegram:
    """The server, its chats, and the people in them."""

    def __init__(self, *, first_update: int = 1000) -> None:
        self.updates: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.chats: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.files: dict[str, bytes] = {}
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.queries: dict[str, dict[str, Any] | None] = {}
        self.blocked: set[int] = set()
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.webhook: dict[str, Any] = {}
        self.proxy = ""
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.url = ""
        self._next_update, self._next_message, self._next_query = first_update, 1, 1
        self._poll: object = None
        self._news = asyncio.Event()
        self._allowed: list[str] | None = None
        self._pushing: asyncio.Task[None] | None = None
        self.bot: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Telegram:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_post("/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._poll = None
        self._news.set()
        if self._pushing is not None:
            self._pushing.cancel()
        await self._runner.cleanup()

    # what people do

    def say(
        self,
        user: User,
        text: str | None = None,
        *,
        chat: int | None = None,
        reply_to: dict[str, Any] | None = None,
        thread: int | None = None,
        **content: Any,
    ) -> dict[str, Any]:
        """Let `user` write a message; `content` is anything but text, such as a sticker."""
        message = self._message(user.row(), chat or user.id)
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        if text is not None:
            message |= {"text": text, "entities": _written_entities(text)}
        if reply_to is not None:
            message["reply_to_message"] = {k: v for k, v in reply_to.items() if k[0] != "_"}
        message |= content
        self.chats[message["chat"]["id"]].append(message)
        self.push({"message": message})
        return message

    def edit(self, user: User, message: dict[str, Any], text: str) -> None:
        """Let `user` edit a message of their own."""
        message |= {"text": text, "edit_date": int(time.time())}
        self.push({"edited_message": dict(message)})

    def press(self, user: User, message: dict[str, Any], button: str) -> str:
        """Let `user` press a button, named by its label or its data; return the query's id."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        found = [b["callback_data"] for row in rows for b in row if button in b["text"]]
        query = f"q{self._next_query}"
        self._next_query += 1
        self.queries[query] = None
        shown = {k: v for k, v in message.items() if k[0] != "_"}
        self.push(
            {
                "callback_query": {
                    "id": query, "from": user.row(), "chat_instance": "1", "message": shown,
                    "data": found[0] if found else button,
                }
            }
        )  # fmt: skip
        return query

    def push(self, content: dict[str, Any], *, update_id: int | None = None) -> dict[str, Any]:
        """Add an update; one with the id of an old one is a redelivery."""
        if update_id is None:
            update_id = self._next_update
            self._next_update += 1
        update = {"update_id": update_id, **json.loads(json.dumps(content))}
        self.updates.append(update)
        self._news.set()
        if self.webhook.get("url") and (self._pushing is None or self._pushing.done()):
            self._pushing = asyncio.get_running_loop().create_task(self._push_all())
        return update

    def inject(self, method: str, fault: Fault) -> None:
        """Let the next calls of `method` ("*" for any) go wrong."""
        self.faults[method].append(fault)

    # what is seen

    @property
    def is_polled(self) -> bool:
        """Say whether the bot has asked for updates, or for a web hook."""
        return any(c.method in ("getUpdates", "setWebhook") for c in self.calls)

    def shown(self, chat: int, *, own: bool = True) -> list[dict[str, Any]]:
        """Return the messages in a chat as they stand; `own` leaves out those of people."""
        return [m for m in self.chats[chat] if not own or m["from"]["id"] == BOT["id"]]

    def texts(self, chat: int) -> list[str]:
        """Return what the bot's messages in a chat say."""
        return [m.get("text", m.get("caption", "")) for m in self.shown(chat)]

    def find(self, chat: int, words: str) -> dict[str, Any] | None:
        """Return the bot's last message with these words in its text or on its buttons."""
        for message in reversed(self.shown(chat)):
            if words in json.dumps(
                [message.get("text"), message.get("caption"), message.get("reply_markup")],
                ensure_ascii=False,
            ):
                return message
        return None

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(call.method == method for call in self.calls)

    def sent(self, method: str) -> list[Call]:
        """Return the calls of a method that were accepted."""
        return [c for c in self.calls if c.method == method and c.error is None]

    async def until(self, check: Callable[[], Any], *, timeout: float = 60) -> Any:
        """Return what `check` says once it is true; fail with the chats after `timeout`."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and not (self.bot and self.bot.done()):
            if found := check():
                return found
            await asyncio.sleep(0.01)
        seen = {chat: self.texts(chat) for chat in self.chats}
        last = [(c.method, c.error) for c in self.calls[-8:]]
        raise AssertionError(f"not in {timeout} s; chats: {seen}; last calls: {last}")

    # the server

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params, files = await _read(request)
        call = Call(method, params)
        self.calls.append(call)
        try:
            if request.match_info["token"] != TOKEN:
                raise RefusedError(401, "Unauthorized")
            fault = self._fault(method, params)
            if fault is not None and fault.kind == "slow":
                await asyncio.sleep(fault.wait)
            elif fault is not None and fault.kind != "lost":
                call.error = fault.kind
                return _fail(request, fault)
            result = await self._handle(method, params, files)
            if fault is not None and fault.kind == "lost":
                call.error = None
                return _fail(request, fault)
        except RefusedError as refused:
            call.error = refused.description
            body = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return web.json_response(body, status=refused.code)
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str, params: dict[str, Any]) -> Fault | None:
        for name in (method, "*"):
            for fault in self.faults[name]:
                if fault.times and fault.chat in (None, params.get("chat_id")):
                    fault.times -= 1
                    return fault
        return None

    async def _handle(self, method: str, params: dict[str, Any], files: dict[str, Any]) -> Any:
        known = _KNOWN.get(method)
        if known is None:
            raise RefusedError(404, "Not Found")
        if extra := set(params) - known:
            self.complaints.append(f"{method}: Telegram ignores {sorted(extra)}")
        used = [name for name in files if f"attach://{name}" not in json.dumps(params)]
        if used:
            self.complaints.append(f"{method}: files {used} are attached and not used")
        if "chat_id" in known:
            self._check_chat(params)
        return await getattr(self, f"_on_{_snake(method)}")(params, files)

    def _check_chat(self, params: dict[str, Any]) -> None:
        chat = params.get("chat_id")
        if not isinstance(chat, int):
            raise RefusedError(400, "Bad Request: chat_id is empty")
        if chat in self.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            raise RefusedError(400, "Bad Request: chat not found")

    async def _on_get_me(self, params: dict[str, Any], files: Any) -> Any:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False}

    async def _on_get_updates(self, params: dict[str, Any], files: Any) -> Any:
        if self.webhook.get("url"):
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                "to delete the webhook first",
            )
        me = self._poll = object()
        self._news.set()  # an older poll ends with a conflict
        offset, limit = params.get("offset", 0), params.get("limit", 100)
        self._allowed = params.get("allowed_updates", self._allowed)
        if offset > 0:
            self.confirmed += [u["update_id"] for u in self.updates if u["update_id"] < offset]
            self.updates = [u for u in self.updates if u["update_id"] >= offset]
        end = time.monotonic() + params.get("timeout", 0)
        while True:
            self._news.clear()
            if self._poll is not me:
                raise RefusedError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot "
                    "instance is running",
                )
            found = [u for u in self.updates if not self._allowed or set(self._allowed) & set(u)]
            left = end - time.monotonic()
            if found or left <= 0:
                return sorted(found, key=lambda u: u["update_id"])[:limit]
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue

    async def _on_set_webhook(self, params: dict[str, Any], files: Any) -> Any:
        if not params.get("url", "").startswith("https://"):
            raise RefusedError(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
            raise RefusedError(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = params
        self._allowed = params.get("allowed_updates", self._allowed)
        if self.updates and (self._pushing is None or self._pushing.done()):
            self._pushing = asyncio.get_running_loop().create_task(self._push_all())
        return True

    async def _on_delete_webhook(self, params: dict[str, Any], files: Any) -> Any:
        if params.get("drop_pending_updates"):
            self.updates.clear()
        self.webhook = {}
        return True

    async def _on_get_webhook_info(self, params: dict[str, Any], files: Any) -> Any:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False,
                "pending_update_count": len(self.updates)}  # fmt: skip

    async def _push_all(self) -> None:
        async with ClientSession() as client:
            while self.updates and self.webhook:
                update = self.updates[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                try:
                    async with client.post(self.proxy, json=update, headers=headers) as answer:
                        if answer.status == 200:
                            self.confirmed.append(update["update_id"])
                            self.updates.remove(update)
                            continue
                except ClientError:
                    pass
                await asyncio.sleep(0.05)

    async def _on_set_my_commands(self, params: dict[str, Any], files: Any) -> Any:
        commands = params.get("commands", [])
        if not 1 <= len(commands) <= 100:
            raise RefusedError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise RefusedError(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise RefusedError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[params.get("language_code", "")] = commands
        return True

    async def _on_send_message(self, params: dict[str, Any], files: Any) -> Any:
        marked = _text(params.get("text", ""), params, limit=4096, what="message")
        return self._send(params, {"text": marked.text, "entities": marked.entities,
                                   "_html": params.get("text", "")})  # fmt: skip

    async def _on_send_photo(self, params: dict[str, Any], files: dict[str, Any]) -> Any:
        return self._send(params, self._photo(params.get("photo"), params, files))

    async def _on_send_document(self, params: dict[str, Any], files: dict[str, Any]) -> Any:
        return self._send(params, self._document(params.get("document"), params, files))

    async def _on_send_media_group(self, params: dict[str, Any], files: dict[str, Any]) -> Any:
        media = params.get("media", [])
        if not 2 <= len(media) <= 10:
            raise RefusedError(400, "Bad Request: group send failed: media must include 2-10 items")
        if len({m["type"] for m in media}) > 1 and "document" in {m["type"] for m in media}:
            raise RefusedError(400, "Bad Request: document can't be mixed with other media types")
        makers = {"photo": self._photo, "document": self._document}
        contents = [makers[m["type"]](m.get("media"), m, files) for m in media]
        group = f"album{self._next_message}"
        return [self._send(params, {**c, "media_group_id": group}) for c in contents]

    async def _on_send_chat_action(self, params: dict[str, Any], files: Any) -> Any:
        if params.get("action") not in _ACTIONS:
            raise RefusedError(400, "Bad Request: wrong parameter action in request")
        return True

    async def _on_edit_message_text(self, params: dict[str, Any], files: Any) -> Any:
        message = self._own(params, "edit")
        if "text" not in message:
            raise RefusedError(400, "Bad Request: there is no text in the message to edit")
        marked = _text(params.get("text", ""), params, limit=4096, what="message")
        return self._change(message, params, {"text": marked.text, "entities": marked.entities,
                                              "_html": params.get("text", "")})  # fmt: skip

    async def _on_edit_message_media(self, params: dict[str, Any], files: dict[str, Any]) -> Any:
        message = self._own(params, "edit")
        media = params.get("media", {})
        if media.get("type") != "photo" or "photo" not in message:
            raise RefusedError(400, "Bad Request: message content can't be edited that way")
        return self._change(message, params, self._photo(media.get("media"), media, files))

    async def _on_edit_message_reply_markup(self, params: dict[str, Any], files: Any) -> Any:
        return self._change(self._own(params, "edit"), params, {})

    async def _on_delete_message(self, params: dict[str, Any], files: Any) -> Any:
        message = self._own(params, "delete")
        self.chats[params["chat_id"]].remove(message)
        return True

    async def _on_answer_callback_query(self, params: dict[str, Any], files: Any) -> Any:
        query = params.get("callback_query_id", "")
        if query not in self.queries or self.queries[query] is not None:
            raise RefusedError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        if units(params.get("text", "")) > 200:
            raise RefusedError(400, "Bad Request: MESSAGE_TOO_LONG")
        self.queries[query] = params
        return True

    def _message(self, sender: dict[str, Any], chat: int) -> dict[str, Any]:
        number = self._next_message
        self._next_message += 1
        row = {"id": chat, "type": "private", "first_name": "Ann"}
        if chat < 0:
            row = {"id": chat, "type": "supergroup", "title": "Our bakery"}
        return {"message_id": number, "date": int(time.time()), "chat": row, "from": sender}

    def _send(self, params: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        message = self._message(BOT, params["chat_id"])
        if "message_thread_id" in params:
            message |= {"message_thread_id": params["message_thread_id"], "is_topic_message": True}
        if reply := params.get("reply_parameters"):
            there = [
                m for m in self.chats[params["chat_id"]] if m["message_id"] == reply["message_id"]
            ]
            if not there and not reply.get("allow_sending_without_reply"):
                raise RefusedError(400, "Bad Request: message to be replied not found")
            if there:
                message["reply_to_message"] = {k: v for k, v in there[0].items() if k[0] != "_"}
        markup = params.get("reply_markup")
        _check_markup(markup)
        if markup and "inline_keyboard" in markup:
            message["reply_markup"] = markup
        message |= content
        if markup and "force_reply" in markup:
            message["_force_reply"] = markup
        self.chats[params["chat_id"]].append(message)
        return {k: v for k, v in message.items() if k[0] != "_"}

    def _own(self, params: dict[str, Any], verb: str) -> dict[str, Any]:
        for message in self.chats[params["chat_id"]]:
            if message["message_id"] == params.get("message_id"):
                if message["from"]["id"] != BOT["id"]:
                    raise RefusedError(400, f"Bad Request: message can't be {verb}ed")
                return message
        raise RefusedError(400, f"Bad Request: message to {verb} not found")

    def _change(
        self, message: dict[str, Any], params: dict[str, Any], content: dict[str, Any]
    ) -> dict[str, Any]:
        markup = params.get("reply_markup")
        _check_markup(markup)
        before = {k: v for k, v in message.items() if k not in ("edit_date", "_edits")}
        after = {**before, **content}
        after.pop("reply_markup", None)
        if markup:
            after["reply_markup"] = markup
        if after == before:
            raise RefusedError(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        message.setdefault("_edits", []).append((time.monotonic(), before))
        message.pop("reply_markup", None)
        message |= {**after, "edit_date": int(time.time())}
        return {k: v for k, v in message.items() if k[0] != "_"}

    def _photo(self, given: Any, params: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
        _, data = self._file(given, files, limit=10)
        try:
            picture = Image.open(io.BytesIO(data))
            picture.load()
        except OSError:
            raise RefusedError(400, "Bad Request: IMAGE_PROCESS_FAILED") from None
        width, height = picture.size
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise RefusedError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        row = {"file_id": self._keep(data), "width": width, "height": height}
        return {**_caption(params), "photo": [{**row, "file_unique_id": row["file_id"]}]}

    def _document(
        self, given: Any, params: dict[str, Any], files: dict[str, Any]
    ) -> dict[str, Any]:
        name, data = self._file(given, files, limit=50)
        row = {"file_id": self._keep(data), "file_name": name, "file_size": len(data)}
        return {**_caption(params), "document": {**row, "file_unique_id": row["file_id"]}}

    def _file(self, given: Any, files: dict[str, Any], *, limit: int) -> tuple[str, bytes]:
        key = str(given or "").removeprefix("attach://")
        if key not in files:
            raise RefusedError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        name, data = files[key]
        if not data:
            raise RefusedError(400, "Bad Request: file must be non-empty")
        if len(data) > limit * 2**20:
            raise RefusedError(413, "Request Entity Too Large")
        return name, data

    def _keep(self, data: bytes) -> str:
        name = f"file{len(self.files)}"
        self.files[name] = data
        return name


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters, JSON in them read, and the files by their field names."""
    params: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = (value.filename, value.file.read())
        elif name in ("text", "caption", "url", "secret_token", "callback_query_id", "action",
                      "language_code", "photo", "document", "parse_mode"):  # fmt: skip
            params[name] = value
        else:
            params[name] = json.loads(value)
    return params, files


_REFUSALS: dict[str, tuple[int, str]] = {
    "500": (500, "Internal Server Error"),
    "403": (403, "Forbidden: bot was blocked by the user"),
    "413": (413, "Request Entity Too Large"),
    "html": (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
    "400": (400, "Bad Request: something new"),
    "gone": (400, "Bad Request: chat not found"),
    "migrate": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    "429": (429, "Too Many Requests: retry later"),
}


def _fail(request: web.Request, fault: Fault) -> web.Response:
    if fault.kind == "502":  # not even JSON, as from the balancer in front
        return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>")
    if fault.kind in ("cut", "lost"):
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    code, description = _REFUSALS[fault.kind]
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if fault.kind == "429":
        body["parameters"] = {"retry_after": int(fault.wait)}
    if fault.kind == "migrate":
        body["parameters"] = {"migrate_to_chat_id": fault.to}
    return web.json_response(body, status=code)


def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def _text(source: str, params: dict[str, Any], *, limit: int, what: str) -> Any:
    try:
        marked = parse_html(source if params.get("parse_mode") == "HTML" else _plain(source))
    except BadHtmlError as error:
        raise RefusedError(400, f"Bad Request: can't parse entities: {error}") from None
    if what == "message" and not marked.text.strip():
        raise RefusedError(400, "Bad Request: message text is empty")
    if units(marked.text) > limit:
        raise RefusedError(400, f"Bad Request: {what} is too long")
    return marked


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _caption(params: dict[str, Any]) -> dict[str, Any]:
    if not (source := params.get("caption")):
        return {}
    marked = _text(source, params, limit=1024, what="message caption")
    return {"caption": marked.text, "caption_entities": marked.entities, "_html": source}


def _check_markup(markup: Any) -> None:
    if not markup or "inline_keyboard" not in markup:
        return
    rows = markup["inline_keyboard"]
    if sum(len(row) for row in rows) > 100 or any(len(row) > 8 for row in rows):
        raise RefusedError(400, "Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button.get("text", "").strip():
            raise RefusedError(400, "Bad Request: inline keyboard button text must be non-empty")
        if "url" not in button and not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")


def _written_entities(text: str) -> list[dict[str, Any]]:
    """Return the commands and mentions in a text, as Telegram's clients mark them."""
    found = []
    for kind, pattern in (
        ("bot_command", r"(?<!\S)/[A-Za-z0-9_]+(?:@\w+)?"),
        ("mention", r"@\w{4,}"),
    ):
        for match in re.finditer(pattern, text):
            if kind == "mention" and match.start() and text[match.start() - 1].isalnum():
                continue
            offset = units(text[: match.start()])
            found.append({"type": kind, "offset": offset, "length": units(match.group())})
    return found
