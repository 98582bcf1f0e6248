"""What the kit says to people, in English and Russian."""

from __future__ import annotations

_TEXT = {
    "guide": ("Brand sheet", "Лист бренда"),
    "clear": ("Clear space", "Охранное поле"),
    "least": ("Least size", "Наименьший размер"),
    "colours": ("Colours", "Цвета"),
    "mark": ("Mark", "Знак"),
    "accent": ("Accent", "Акцент"),
    "ink": ("Lettering", "Надпись"),
    "ground": ("Ground", "Фон"),
    "font": ("Font", "Шрифт"),
    "variants": ("Variants", "Варианты"),
    "do": ("Do", "Так"),
    "dont": ("Don’t", "Не так"),
    "do_ground": ("a quiet ground", "спокойный фон"),
    "do_reversed": ("reversed on dark", "выворотка на тёмном"),
    "do_mono": ("one colour", "один цвет"),
    "dont_stretch": ("stretch", "растягивать"),
    "dont_turn": ("tilt", "наклонять"),
    "dont_recolour": ("recolour", "перекрашивать"),
    "mm": ("mm", "мм"),
    "readme": (
        "Logo kit of {name}\n\n"
        "svg/      vector, for everything: colour, reversed (dark ground), mono, black, white\n"
        "png/      transparent pictures, @1x to @4x\n"
        "print/    PDF: RGB for screens, CMYK with 3 mm bleed for the printer\n"
        "web/      favicon, app icons, site.webmanifest, head.html to paste\n"
        "social/   avatars, covers, a Telegram sticker and profile picture\n"
        "mockups/  the logo on a card, a sign, a cup and a phone\n"
        "tokens.css, tokens.json   colours and font for developers\n"
        "brand-sheet.pdf, .png     clear space, least size, colours, do and don't\n\n"
        "The letters in the files are outlines: no font is needed. Font: {font}.\n"
        "CMYK values are plain conversions: ask the printer for a proof. The originality check\n"
        "(znak originality) is no legal search: search trademark registers before registering.\n",
        "Набор логотипа «{name}»\n\n"
        "svg/      вектор для всего: цветной, выворотка (тёмный фон), один цвет, чёрный, белый\n"
        "png/      картинки с прозрачностью, от @1x до @4x\n"
        "print/    PDF: RGB для экрана, CMYK с вылетами 3 мм для типографии\n"
        "web/      favicon, иконки приложения, site.webmanifest, head.html для вставки\n"
        "social/   аватары, обложки, стикер и фото профиля для Telegram\n"
        "mockups/  логотип на визитке, вывеске, чашке и телефоне\n"
        "tokens.css, tokens.json   цвета и шрифт для разработчиков\n"
        "brand-sheet.pdf, .png     охранное поле, размеры, цвета, как можно и как нельзя\n\n"
        "Буквы в файлах — контуры, шрифт не нужен. Шрифт: {font}.\n"
        "Значения CMYK — простой пересчёт: попросите у типографии цветопробу. Проверка\n"
        "оригинальности (znak originality) — не юридический поиск: перед регистрацией\n"
        "проверьте реестры товарных знаков.\n",
    ),
}


def say(key: str, language: str) -> str:
    """Return a text in "ru", else in English."""
    return _TEXT[key][language.startswith("ru")]
