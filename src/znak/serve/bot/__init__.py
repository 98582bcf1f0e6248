"""The Telegram bot: descriptions in, drafts out, in chats and groups. Start it by `znak bot`.

    intake    updates are stored before Telegram may forget them      store, unit
    desk      each update gets its handler, users in turn             commands, dialogue, buttons, speech
    runs      orders are made, users in turn                          drawing, filing, craft
    outbox    what is said, in order and at the pace that is allowed  letters, pace, texts

What a handler brings about is stored at once with the mark that its update is handled (`unit`); so
nothing is lost or done twice when the process dies. See docs/bot.md.
"""
