"""What the bot says, in English and Russian.

    say("drawing", "ru", prompt="лиса <3")      # HTML; values are escaped

Values can't bring in markup: every one is escaped, but for `Html`, which is our own.
"""

from __future__ import annotations

from html import escape

from znak.serve.bot.letters import clip

LANGUAGES = ("en", "ru")


class Html(str):
    """Text that is HTML already."""


TEXTS: dict[str, tuple[str, str]] = {
    "start": (
        "<b>Znak draws logos.</b>\n\n"
        "Tell me what the brand is, in your own words:\n"
        "<i>a fox for a coffee shop, warm orange, friendly</i>\n\n"
        "or press /new and I will ask four short questions. You get drafts to choose from; vary, "
        "recolour or rename the one you like, then take its SVG or a kit of a hundred files.",
        "<b>«Знак» рисует логотипы.</b>\n\n"
        "Опишите бренд своими словами:\n"
        "<i>лиса для кофейни, тёплый оранжевый, дружелюбно</i>\n\n"
        "или нажмите /new, и я задам четыре коротких вопроса. Придут варианты; понравившийся можно "
        "повторить иначе, перекрасить, подписать, а потом забрать в SVG или комплектом из сотни "
        "файлов.",
    ),
    "help": (
        "<b>How it works</b>\n"
        "• A description in English or Russian goes straight to drawing.\n"
        "• Under the drafts press a number: the logo comes with buttons for variations, colours, "
        "layout, name, look-alikes, SVG and kit.\n"
        "• In groups, mention me or answer my message.\n\n"
        "/new – four questions, each can be skipped\n"
        "/history – what you have made\n"
        "/language – English or Russian\n"
        "/cancel – stop the questions and the drawing\n\n"
        "Marks are drawn from scratch by an open model. The check for look-alikes is no legal search.",
        "<b>Как это работает</b>\n"
        "• Описание по-русски или по-английски сразу идёт в работу.\n"
        "• Под вариантами нажмите номер: придёт логотип с кнопками: ещё варианты, цвета, компоновка, "
        "название, похожие знаки, SVG и комплект.\n"
        "• В группах упомяните меня или ответьте на моё сообщение.\n\n"
        "/new – четыре вопроса, каждый можно пропустить\n"
        "/history – что вы уже сделали\n"
        "/language – русский или английский\n"
        "/cancel – прервать вопросы и рисование\n\n"
        "Знаки рисует с нуля открытая модель. Проверка на похожие знаки – не юридический поиск.",
    ),
    "help_group": (
        "Mention me with a description: <i>@{bot} a fox for a coffee shop</i>, or answer one of my "
        "messages.",
        "Упомяните меня и опишите бренд: <i>@{bot} лиса для кофейни</i>, или ответьте на моё "
        "сообщение.",
    ),
    "command_new": ("Make a logo step by step", "Сделать логотип по шагам"),
    "command_history": ("What you have made", "Что вы уже сделали"),
    "command_language": ("English or Russian", "Русский или английский"),
    "command_help": ("How it works", "Как это работает"),
    "command_cancel": ("Stop", "Прервать"),
    # the four questions
    "ask_what": (
        "<b>1 of 4. What is the brand, what should the mark show?</b>\n"
        "For example: <i>a howling wolf for a brewery</i>",
        "<b>1 из 4. Что за бренд и что должно быть на знаке?</b>\n"
        "Например: <i>воющий волк для пивоварни</i>",
    ),
    "ask_name": (
        "<b>2 of 4. What is it called?</b>\nThe name will stand on the logo as you write it.",
        "<b>2 из 4. Как он называется?</b>\nНазвание будет на логотипе так, как вы его напишете.",
    ),
    "ask_colours": (
        "<b>3 of 4. Which colours?</b>\nPress one, or write: <i>dark blue and gold</i>, "
        "<i>#c2410c</i>",
        "<b>3 из 4. Какие цвета?</b>\nВыберите или напишите: <i>тёмно-синий и золотой</i>, "
        "<i>#c2410c</i>",
    ),
    "ask_style": (
        "<b>4 of 4. What is its character?</b>\nPress one or several, then “Draw”, or write it.",
        "<b>4 из 4. Какой у него характер?</b>\nВыберите один или несколько и нажмите «Рисовать» "
        "или напишите.",
    ),
    "hint_what": ("a fox for a coffee shop", "лиса для кофейни"),
    "hint_name": ("Foxy Beans", "Лисья нора"),
    "hint_colours": ("dark blue and gold", "тёмно-синий и золотой"),
    "hint_style": ("friendly, rounded", "дружелюбно, мягко"),
    "nothing_asked": (
        "Everything was skipped, so there is nothing to draw from. Say what the brand is:",
        "Всё пропущено, рисовать не по чему. Скажите, что за бренд:",
    ),
    "skip": ("Skip", "Пропустить"),
    "stop": ("Cancel", "Отмена"),
    "draw": ("Draw", "Рисовать"),
    "answered": ("This question has been answered.", "На этот вопрос уже есть ответ."),
    "answer": ("{question}\n→ {said}", "{question}\n→ {said}"),
    "too_long": (
        "That is {length} characters; give at most {limit}.",
        "Здесь {length} знаков, а нужно не больше {limit}.",
    ),
    # drawing
    "queued": ("In the queue: <i>{prompt}</i>", "В очереди: <i>{prompt}</i>"),
    "busy": (
        "The workshop is full just now; your turn comes, nothing is lost: <i>{prompt}</i>",
        "Мастерская сейчас занята; очередь дойдёт, ничего не потеряется: <i>{prompt}</i>",
    ),
    "phase_queued": ("Waiting for a free hand", "Жду свободных рук"),
    "phase_drawing": ("Drawing", "Рисую"),
    "phase_ranking": ("Choosing the best", "Выбираю лучшее"),
    "phase_tracing": ("Tracing the outlines", "Обвожу контуры"),
    "phase_writing": ("Setting the names", "Ставлю надписи"),
    "progress": ("<i>{prompt}</i>\n{bar} {phase}", "<i>{prompt}</i>\n{bar} {phase}"),
    "finished": ("<i>{prompt}</i>\n{rows}", "<i>{prompt}</i>\n{rows}"),
    "variations": ("Variations of logo {place}", "Варианты логотипа {place}"),
    "a_logo": ("a logo", "логотип"),
    "choose": ("Which one? Press its number.", "Какой? Нажмите его номер."),
    "more": ("Draw others", "Нарисовать другие"),
    "only_some": (
        "Only {count} came out well enough.",
        "Достаточно хороших получилось: {count}.",
    ),
    "limit": (
        "You already have {count} drawings waiting; send the next when one is done. /cancel stops them.",
        "У вас уже ждёт рисунков: {count}. Пришлите следующий, когда один будет готов. /cancel их "
        "остановит.",
    ),
    "many_files": (
        "One after another, please: I am still busy with what you pressed before.",
        "По порядку, пожалуйста: я ещё занят тем, что вы нажали раньше.",
    ),
    "failed": ("<b>It did not work.</b> {reason}", "<b>Не получилось.</b> {reason}"),
    "failed_inside": (
        "Something broke on our side; it was written down. Try again in a while.",
        "Что-то сломалось у нас, мы это записали. Попробуйте чуть позже.",
    ),
    "expired": (
        "These drawings were kept for a while and are gone. Press the button to make others from the "
        "same words.",
        "Эти рисунки хранились какое-то время и удалены. Нажмите кнопку, чтобы сделать другие по тем "
        "же словам.",
    ),
    "draw_again": ("Draw again", "Нарисовать снова"),
    "stopped": ("Stopped.", "Остановлено."),
    "stopped_line": ("<i>{prompt}</i>\nStopped.", "<i>{prompt}</i>\nОстановлено."),
    "nothing_to_stop": ("There is nothing to stop.", "Останавливать нечего."),
    # one logo
    "logo": ("Logo {place}{about}", "Логотип {place}{about}"),
    "vary": ("Variations", "Варианты"),
    "colours": ("Colours", "Цвета"),
    "layout": ("Layout", "Компоновка"),
    "name": ("Name", "Название"),
    "originality": ("Look-alikes", "Похожие"),
    "kit": ("Whole kit", "Комплект"),
    "back": ("‹ Back", "‹ Назад"),
    "colour_orange": ("Orange", "Оранжевый"),
    "colour_red": ("Red", "Красный"),
    "colour_pink": ("Pink", "Розовый"),
    "colour_violet": ("Violet", "Фиолетовый"),
    "colour_blue": ("Blue", "Синий"),
    "colour_teal": ("Teal", "Бирюзовый"),
    "colour_green": ("Green", "Зелёный"),
    "colour_gold": ("Gold", "Золотой"),
    "colour_black": ("Black", "Чёрный"),
    "colour_brief": ("As described", "Как в описании"),
    "colour_own": ("Own code…", "Свой код…"),
    "ask_code": (
        "Send one colour code or two, for the mark and the accent: <code>#c2410c #1e3a5f</code>",
        "Пришлите один код цвета или два, для знака и акцента: <code>#c2410c #1e3a5f</code>",
    ),
    "hint_code": ("#c2410c", "#c2410c"),
    "ask_rename": (
        "What name should stand on it? After a line break you may give a tagline.",
        "Какое название поставить? С новой строки можно дать слоган.",
    ),
    "need_name": (
        "This layout needs a name: send it, please.",
        "Для этой компоновки нужно название: пришлите его, пожалуйста.",
    ),
    "layout_horizontal": ("In a row", "В ряд"),
    "layout_stacked": ("Stacked", "Столбиком"),
    "layout_badge": ("Badge", "Эмблема"),
    "layout_shield": ("Shield", "Щит"),
    "layout_monogram": ("Monogram", "Монограмма"),
    "layout_name": ("Name alone", "Только название"),
    "layout_mark": ("Mark alone", "Только знак"),
    "style_minimal": ("Minimal", "Минимализм"),
    "style_friendly": ("Friendly", "Дружелюбный"),
    "style_playful": ("Playful", "Игривый"),
    "style_elegant": ("Elegant", "Изящный"),
    "style_bold": ("Bold", "Смелый"),
    "style_tech": ("Tech", "Технологичный"),
    "style_geometric": ("Geometric", "Геометричный"),
    "style_vintage": ("Vintage", "Винтажный"),
    "style_line": ("Thin lines", "Тонкие линии"),
    "working": ("One moment…", "Секунду…"),
    "packing": ("Packing the kit, a few seconds…", "Собираю комплект, несколько секунд…"),
    "comparing": ("Comparing…", "Сравниваю…"),
    "svg_caption": (
        "Logo {place}: the logo and the mark alone, in SVG",
        "Логотип {place}: логотип и отдельно знак, в SVG",
    ),
    "kit_caption": (
        "Logo {place}: {count} files – SVG, PNG, PDF for print, icons, covers, a brand sheet",
        "Логотип {place}: файлов {count} – SVG, PNG, PDF для печати, иконки, обложки, лист бренда",
    ),
    "originality_head": ("<b>Logo {place}: closest known", "<b>Логотип {place}: самое близкое"),
    "too_big": (
        "The file is too large for Telegram. Take the SVG instead.",
        "Файл слишком велик для Telegram. Возьмите SVG.",
    ),
    # buttons that can't be followed
    "old_button": (
        "This button no longer works. Send /history to find your logos.",
        "Эта кнопка больше не действует. Ваши логотипы – в /history.",
    ),
    "not_yours": (
        "These logos were ordered by somebody else. Send me your own description.",
        "Эти логотипы заказал другой человек. Пришлите мне своё описание.",
    ),
    # the rest
    "history": ("<b>What you have made</b>\n{rows}", "<b>Что вы сделали</b>\n{rows}"),
    "history_row": ("{place}. {day} – {prompt}", "{place}. {day} – {prompt}"),
    "history_empty": (
        "Nothing yet. Tell me what the brand is, and I will draw.",
        "Пока ничего. Опишите бренд, и я нарисую.",
    ),
    "ask_language": ("Which language shall I speak?", "На каком языке говорить?"),
    "language_set": ("From now on in English.", "Теперь по-русски."),
    "unknown_command": (
        "I don't know this command. /help says which there are.",
        "Такой команды нет. Все команды – в /help.",
    ),
    "only_text": (
        "I draw from words: tell me in a message what the brand is and what the mark should show.",
        "Я рисую по словам: напишите, что за бренд и что должно быть на знаке.",
    ),
    "edited": (
        "I saw your edit. Drawing starts from new messages: send it once more.",
        "Вижу правку, но рисую по новым сообщениям: пришлите текст ещё раз.",
    ),
    "broken": (
        "I could not handle this message; it was written down. Try saying it in another way.",
        "Не удалось обработать сообщение, мы это записали. Попробуйте сказать иначе.",
    ),
}


def say(key: str, language: str, **values: object) -> Html:
    """Return the text in the language, with the values in it escaped."""
    shown = {
        name: value if isinstance(value, Html) else escape(str(value), quote=False)
        for name, value in values.items()
    }
    return Html(TEXTS[key][language == "ru"].format(**shown))


def plain(key: str, language: str, **values: object) -> str:
    """Return a text that Telegram shows as it is: a button, the answer to one, a file's name."""
    return TEXTS[key][language == "ru"].format(**values)


def quote(text: str, limit: int = 160) -> str:
    """Return what somebody wrote, on one line and short enough to be repeated."""
    return clip(" ".join("".join(c if c.isprintable() else " " for c in text).split()), limit)


def language_of(code: str | None) -> str:
    """Return "ru" or "en" for the language code of somebody's Telegram."""
    return "ru" if (code or "").lower().split("-")[0] == "ru" else "en"
