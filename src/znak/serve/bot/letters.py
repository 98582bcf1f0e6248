"""`Letter`: a call of the Bot API that is stored before it is made.

    letter = message(chat, "<b>hello</b>", keyboard=…)
    method = build(letter)          # aiogram's SendMessage, ready to be called

Files are kept beside a letter and stand in its body as "file:0". Letters of one lane go out in their
order; a chat is a lane, and so is each pressed button, which must be answered at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile

MAX_TEXT, MAX_CAPTION, MAX_ANSWER = 4096, 1024, 200
_METHODS: dict[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method
    for method in (
        AnswerCallbackQuery, DeleteMessage, EditMessageMedia, EditMessageReplyMarkup,
        EditMessageText, SendDocument, SendMediaGroup, SendMessage, SendPhoto,
    )
}  # fmt: skip
Keyboard = list[list[tuple[str, str]]]
"""Rows of buttons: (label, callback data)."""
File = tuple[str, bytes]


@dataclass(frozen=True)
class Letter:
    """A call to be made.

    `role` says what its result is needed for: "status" keeps the message's id as that of the run's
    progress message, "of-status" changes that message (or says it anew where there is none),
    "card:TOKEN" keeps the id as that of the card's.
    """

    chat: int
    method: str
    body: dict[str, Any]
    files: tuple[File, ...] = ()
    run: str | None = None
    role: str = ""
    lane: str = ""

    @property
    def where(self) -> str:
        """The lane of the letter, by default its chat's."""
        return self.lane or f"chat {self.chat}"

    @property
    def weight(self) -> int:
        """How many messages it counts for in the limits of a chat."""
        return len(self.body["media"]) if self.method == "sendMediaGroup" else 1


@dataclass(frozen=True)
class Place:
    """Where an answer goes: a chat, a topic in it, the message answered."""

    chat: int
    thread: int | None = None
    reply_to: int | None = None

    def body(self) -> dict[str, Any]:
        """Return the parameters that every sending method takes."""
        row: dict[str, Any] = {"chat_id": self.chat}
        if self.thread is not None:
            row["message_thread_id"] = self.thread
        if self.reply_to is not None:
            row["reply_parameters"] = {
                "message_id": self.reply_to,
                "allow_sending_without_reply": True,
            }
        return row


def message(
    place: Place,
    text: str,
    *,
    keyboard: Keyboard | None = None,
    ask: str | None = None,
    run: str | None = None,
    role: str = "",
) -> Letter:
    """Return a message of HTML text; `ask` opens the answering line with these words in it."""
    body = {**place.body(), **_html(text)}
    if keyboard:
        body["reply_markup"] = markup(keyboard)
    elif ask is not None:
        body["reply_markup"] = {
            "force_reply": True, "selective": True, "input_field_placeholder": ask[:64],
        }  # fmt: skip
    return Letter(place.chat, "sendMessage", body, run=run, role=role)


def edit(
    chat: int,
    text: str,
    *,
    number: int = 0,
    keyboard: Keyboard | None = None,
    run: str | None = None,
) -> Letter:
    """Return a change of the text of message `number`, or of the run's progress message."""
    body = {"chat_id": chat, "message_id": number, **_html(text)}
    if keyboard:
        body["reply_markup"] = markup(keyboard)
    return Letter(chat, "editMessageText", body, run=run, role="" if number else "of-status")


def photo(
    place: Place, file: File, caption: str, *, keyboard: Keyboard, token: str | None = None
) -> Letter:
    """Return a picture with buttons; `token` is that of the card it shows."""
    body = {
        **place.body(), "photo": "file:0", "caption": caption, "parse_mode": "HTML",
        "reply_markup": markup(keyboard),
    }  # fmt: skip
    return Letter(place.chat, "sendPhoto", body, (file,), role=f"card:{token}" if token else "")


def new_photo(chat: int, number: int, file: File, caption: str, *, keyboard: Keyboard) -> Letter:
    """Return the exchange of a message's picture."""
    media = {"type": "photo", "media": "file:0", "caption": caption, "parse_mode": "HTML"}
    body = {
        "chat_id": chat, "message_id": number, "media": media, "reply_markup": markup(keyboard),
    }  # fmt: skip
    return Letter(chat, "editMessageMedia", body, (file,))


def new_keyboard(chat: int, number: int, keyboard: Keyboard) -> Letter:
    """Return the exchange of a message's buttons."""
    body = {"chat_id": chat, "message_id": number, "reply_markup": markup(keyboard)}
    return Letter(chat, "editMessageReplyMarkup", body)


def pictures(place: Place, files: list[File], caption: str) -> list[Letter]:
    """Return an album of pictures, two to ten; a single one goes without an album."""
    said = {"caption": caption, "parse_mode": "HTML"} if caption else {}
    if len(files) == 1:
        body = {**place.body(), "photo": "file:0", **said}
        return [Letter(place.chat, "sendPhoto", body, tuple(files))]
    media: list[dict[str, Any]] = [
        {"type": "photo", "media": f"file:{k}"} for k in range(len(files))
    ]
    media[0] |= said
    return [Letter(place.chat, "sendMediaGroup", {**place.body(), "media": media}, tuple(files))]


def documents(place: Place, files: list[File], caption: str) -> list[Letter]:
    """Return files, as one album when there are several; the caption stands under the last."""
    if len(files) == 1:
        body = {**place.body(), "document": "file:0", "caption": caption, "parse_mode": "HTML"}
        return [Letter(place.chat, "sendDocument", body, tuple(files))]
    media: list[dict[str, Any]] = [
        {"type": "document", "media": f"file:{k}"} for k in range(len(files))
    ]
    media[-1] |= {"caption": caption, "parse_mode": "HTML"}
    return [Letter(place.chat, "sendMediaGroup", {**place.body(), "media": media}, tuple(files))]


def answer(query: str, text: str = "", *, alert: bool = False) -> Letter:
    """Return the answer to a pressed button: nothing, a line that fades, or a box to close."""
    body: dict[str, Any] = {"callback_query_id": query}
    if text:
        body |= {"text": clip(text, MAX_ANSWER), "show_alert": alert}
    return Letter(0, "answerCallbackQuery", body, lane=f"query {query}")


def build(letter: Letter) -> TelegramMethod[Any]:
    """Return aiogram's method for a letter."""
    files = [BufferedInputFile(data, filename=name) for name, data in letter.files]

    def place(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("file:"):
            return files[int(value[5:])]
        if isinstance(value, list):
            return [place(v) for v in value]
        return {k: place(v) for k, v in value.items()} if isinstance(value, dict) else value

    body = letter.body
    for name in ("photo", "document", "media"):  # text of a user's may begin with "file:" too
        if name in body:
            body = {**body, name: _place_media(body[name], place)}
    return _METHODS[letter.method].model_validate(body)


def _place_media(value: Any, place: Any) -> Any:
    if isinstance(value, list):
        return [{**row, "media": place(row["media"])} for row in value]
    return {**value, "media": place(value["media"])} if isinstance(value, dict) else place(value)


def clip(text: str, limit: int) -> str:
    """Return text of at most `limit` UTF-16 units, which is how Telegram counts."""
    if len(text.encode("utf-16-le")) <= 2 * limit:
        return text
    cut = text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore")
    return cut.rstrip() + "…"


def to_json(body: dict[str, Any]) -> str:
    """Return a letter's body as it is stored."""
    return json.dumps(body)  # in ASCII: half a surrogate pair is no text for SQLite


def markup(keyboard: Keyboard) -> dict[str, Any]:
    """Return rows of buttons as the API takes them."""
    rows = [[{"text": label, "callback_data": data} for label, data in row] for row in keyboard]
    return {"inline_keyboard": rows}


def _html(text: str) -> dict[str, Any]:
    return {"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
