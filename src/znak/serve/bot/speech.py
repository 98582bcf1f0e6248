"""What is left: free text goes straight to drawing; anything without words is answered kindly."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import Message

from znak.serve.bot.commands import OnCommand
from znak.serve.bot.hand import Hand


def make_router() -> Router:
    """Return a router of free speech; it comes after all others for messages."""
    router = Router(name="speech")
    router.message.register(unknown_command, OnCommand())
    router.message.register(draw)
    router.edited_message.register(answer_edit)
    return router


async def unknown_command(message: Message, hand: Hand) -> None:
    """Say that there is no such command."""
    hand.notice("unknown_command")


async def draw(message: Message, hand: Hand, max_prompt: int, bot_name: str) -> None:
    """Order logos for what was written."""
    text = hand.said.text if hand.said is not None else ""
    if not message.text:
        if not is_service(message):
            hand.notice("only_text")
        return
    if not text:
        hand.notice("help_group", bot=bot_name)
        return
    if len(text) > max_prompt:
        hand.say("too_long", length=len(text), limit=max_prompt)
        return
    await hand.draw(hand.order(text), text)


async def answer_edit(message: Message, hand: Hand) -> None:
    """Say that edits are not followed; in groups, and where there is no text, keep quiet."""
    if message.text and not hand.in_group:
        hand.notice("edited")


def is_service(message: Message) -> bool:
    """Say whether Telegram itself wrote the message: somebody joined, a photo of the group, a pin."""
    return message.content_type in SERVICE


SERVICE = frozenset(
    "new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo "
    "group_chat_created supergroup_chat_created channel_chat_created pinned_message "
    "migrate_to_chat_id migrate_from_chat_id message_auto_delete_timer_changed "
    "forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened "
    "general_forum_topic_hidden general_forum_topic_unhidden video_chat_started video_chat_ended "
    "video_chat_scheduled video_chat_participants_invited boost_added chat_background_set "
    "write_access_allowed proximity_alert_triggered".split()
)
