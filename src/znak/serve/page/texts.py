"""All words of the page, in both languages: one table, key → (English, Russian).

    say = Speech("ru")
    say("make")                   "Создать логотипы"
    say("full", seconds=5)        with the value put in

A value may hold anything a visitor typed: whoever puts a text into HTML escapes it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ru"]

TEXTS: Mapping[str, tuple[str, str]] = {
    # everywhere
    "create": ("Create", "Создать"),
    "model": ("Model", "Модель"),
    "data": ("Data", "Данные"),
    "language": ("Language", "Язык"),
    "foot": (
        "Znak draws original marks from words, on this machine. What you make is yours. "
        "It is no legal search: check a mark before you register it.",
        "Znak рисует оригинальные знаки по словам, на этой машине. Сделанное — ваше. "
        "Это не юридический поиск: перед регистрацией знак нужно проверить.",
    ),
    "broken": (
        "Something broke on our side. Reload the page; what was made is not lost.",
        "Что-то сломалось у нас. Обновите страницу: сделанное не пропало.",
    ),
    # create: the form
    "title": ("A logo from a sentence", "Логотип из одной фразы"),
    "lead": (
        "Say what it is for and what it should show. In a few seconds you get original marks as clean "
        "vector files.",
        "Скажите, для чего он и что на нём. Через несколько секунд — оригинальные знаки в чистом векторе.",
    ),
    "prompt": ("What should it be?", "Каким он должен быть?"),
    "prompt_hint": (
        "a fox for a coffee shop, warm orange, friendly",
        "лиса для кофейни, тёплый оранжевый, дружелюбно",
    ),
    "name": ("Name", "Название"),
    "name_hint": ("Foxy Beans", "Лисья нора"),
    "tagline": ("Tagline", "Слоган"),
    "tagline_hint": ("if there is one", "если есть"),
    "make": ("Make logos", "Создать логотипы"),
    "options": ("Options", "Настройки"),
    "layout": ("Layout", "Компоновка"),
    "font": ("Font", "Шрифт"),
    "count": ("How many", "Сколько"),
    "varied": ("varied", "разные"),
    "as_read": ("as it suits", "как подойдёт"),
    "examples": ("For example", "Например"),
    "example_1": (
        "an owl for a night bookshop, deep blue, calm",
        "сова для ночного книжного, тёмно-синий, спокойно",
    ),
    "example_2": (
        "a mountain and a tent for a hiking club, green, badge",
        "гора и палатка для турклуба, зелёный, эмблема",
    ),
    "example_3": ("a rocket for a software studio, bold", "ракета для студии разработки, жирный"),
    # create: what was understood
    "understood": ("Understood", "Понято так"),
    "understood_hint": (
        "Take a word out with ×, or type another one.",
        "Лишнее уберите крестиком, недостающее допишите.",
    ),
    "draw": ("Draw", "Рисуем"),
    "ideas": ("Draw one of", "Рисуем одно из"),
    "style": ("Style", "Стиль"),
    "colours": ("Colours", "Цвета"),
    "business": ("for: {what}", "для: {what}"),
    "leave_out": ("without: {what}", "без: {what}"),
    "add": ("add", "добавить"),
    "bad_colour": (
        "“{what}” is no colour we know: give a name or a code such as #c2410c",
        "«{what}» — такого цвета мы не знаем: дайте название или код, например #c2410c",
    ),
    # create: progress
    "phase_queued": ("Waiting for a free hand", "Ждём свободных рук"),
    "phase_drawing": ("Drawing candidates", "Рисуем варианты"),
    "phase_ranking": (
        "Ranking: does it read, is it clean, is it new",
        "Отбираем: узнаваемо, чисто, ново",
    ),
    "phase_tracing": (
        "Tracing outlines and setting the name",
        "Обводим контуры, набираем название",
    ),
    "cancel": ("Stop", "Остановить"),
    "cancelled": ("Stopped.", "Остановлено."),
    "expired": (
        "This result is not here any more: results are kept for a day. Make it again below.",
        "Этого результата больше нет: они хранятся сутки. Создайте его заново.",
    ),
    "no_worker": (
        "Nobody is drawing yet. If you started this page alone, start the worker too: "
        "`znak serve` starts everything.",
        "Пока никто не рисует. Если вы запустили только страницу, запустите и рабочий процесс: "
        "`znak serve` запускает всё.",
    ),
    "full": (
        "Many logos are being drawn just now. Yours is next in line: we ask again in {seconds} s.",
        "Сейчас рисуется много логотипов. Ваш — следующий: повторим запрос через {seconds} с.",
    ),
    # create: the result
    "results": ("{n} logos", "Логотипов: {n}"),
    "for_name": ("for {name}", "для «{name}»"),
    "another": ("Another set", "Ещё набор"),
    "favourite": ("Keep as a favourite", "В избранное"),
    "unfavourite": ("No favourite any more", "Убрать из избранного"),
    "favourites": ("Favourites", "Избранное"),
    "vary": ("Vary", "Варьировать"),
    "open": ("Edit", "Изменить"),
    "back": ("All logos", "Все логотипы"),
    "link": ("Link", "Ссылка"),
    "link_note": (
        "Whoever has this link sees the result, for a day.",
        "По этой ссылке результат откроется у любого, сутки.",
    ),
    "history": ("This visit", "В этот раз"),
    "variations_of": ("Variations", "Вариации"),
    # create: one logo
    "logo": ("Logo {number}", "Логотип {number}"),
    "shown": ("Shown as", "Вид"),
    "mode_colour": ("Colour", "Цвет"),
    "mode_reversed": ("On dark", "На тёмном"),
    "mode_mono": ("One colour", "Один цвет"),
    "mode_black": ("Black", "Чёрный"),
    "mode_white": ("White", "Белый"),
    "words": ("Words", "Слова"),
    "recolour": ("Colours", "Цвета"),
    "colours_made": ("as made", "как есть"),
    "own_colours": ("My own colours", "Свои цвета"),
    "colour_mark": ("Mark", "Знак"),
    "colour_accent": ("Accent", "Акцент"),
    "colour_ink": ("Lettering", "Надпись"),
    "colour_ground": ("Ground", "Фон"),
    "form": ("Mark drawn as", "Знак"),
    "download": ("Download", "Скачать"),
    "svg": ("SVG", "SVG"),
    "png": ("PNG, 2048 px", "PNG, 2048 px"),
    "kit": ("Whole kit, ZIP", "Весь набор, ZIP"),
    "kit_note": (
        "SVG, PNG, PDF for print, icons, covers, colours, brand sheet: about a hundred files.",
        "SVG, PNG, PDF для печати, иконки, обложки, цвета, лист бренда: около ста файлов.",
    ),
    "nearer": ("a little", "чуть-чуть"),
    "farther": ("a lot", "сильно"),
    "strength": ("How far from this one", "Насколько непохоже"),
    "mockups": ("In use", "В деле"),
    "mockup_card": ("card", "визитка"),
    "mockup_sign": ("sign", "вывеска"),
    "mockup_cup": ("cup", "стакан"),
    "mockup_phone": ("phone", "телефон"),
    "original": ("Originality", "Оригинальность"),
    "no_original": (
        "This version has no index of known drawings to compare with.",
        "В этой версии нет указателя известных рисунков для сравнения.",
    ),
    "drawn_as": (
        "Shows: {what}. Seed {seed}, {engine}.",
        "На знаке: {what}. Зерно {seed}, {engine}.",
    ),
    # layouts
    "layout_horizontal": ("mark beside name", "знак сбоку"),
    "layout_stacked": ("mark above name", "знак сверху"),
    "layout_mark": ("mark alone", "только знак"),
    "layout_name": ("name alone", "только название"),
    "layout_badge": ("round badge", "круглая эмблема"),
    "layout_shield": ("shield", "щит"),
    "layout_monogram": ("monogram", "монограмма"),
    # forms
    "form_solid": ("solid", "сплошной"),
    "form_outline": ("outline", "контур"),
    "form_disc": ("in a disc", "в круге"),
    "form_tile": ("in a tile", "в плитке"),
    "form_shield": ("in a shield", "в щите"),
    "form_hexagon": ("in a hexagon", "в шестиугольнике"),
    "form_counterchange": ("half and half", "пополам"),
    "form_stripes": ("stripes", "полосы"),
    "form_two-tone": ("two tones", "два тона"),
    # styles
    "style_minimal": ("minimal", "минимализм"),
    "style_bold": ("bold", "жирный"),
    "style_line": ("line", "линейный"),
    "style_badge": ("badge", "эмблема"),
    "style_negative space": ("negative space", "негативное пространство"),
    "style_playful": ("playful", "игривый"),
    "style_luxury": ("luxury", "люкс"),
    "style_retro": ("retro", "ретро"),
    "style_tech": ("tech", "технологичный"),
    "style_geometric": ("geometric", "геометричный"),
    "style_elegant": ("elegant", "элегантный"),
    "style_friendly": ("friendly", "дружелюбный"),
    "style_modern": ("modern", "современный"),
    "style_classic": ("classic", "классический"),
    "style_rounded": ("rounded", "округлый"),
    "style_sharp": ("sharp", "острый"),
    "style_hand-drawn": ("hand-drawn", "рисованный"),
    "style_flat": ("flat", "плоский"),
    "style_gradient": ("gradient", "градиент"),
    "style_organic": ("organic", "органичный"),
    "style_vintage": ("vintage", "винтажный"),
    "style_futuristic": ("futuristic", "футуристичный"),
    "style_serious": ("serious", "строгий"),
    "style_cute": ("cute", "милый"),
    "style_eco": ("eco", "эко"),
    # plots
    "theme": ("Look of the plots", "Вид графиков"),
    "theme_page": ("as the page", "как страница"),
    "theme_light": ("light", "светлый"),
    "theme_dark": ("dark", "тёмный"),
    "theme_paper": ("black on white", "для печати"),
    "theme_warm": ("warm", "тёплый"),
    "missing_plotly": (
        "Plots need plotly: pip install 'znak[serve]'",
        "Для графиков нужен plotly: pip install 'znak[serve]'",
    ),
    # model
    "model_title": ("The model that draws", "Модель, которая рисует"),
    "model_lead": (
        "A flow transformer turns noise into a distance field, step by step, led by your words. It was "
        "trained from scratch on openly licensed drawings alone, never on trademarks.",
        "Потоковый трансформер шаг за шагом превращает шум в поле расстояний, а ведут его ваши слова. Модель "
        "обучена с нуля только на открытых рисунках и ни разу — на товарных знаках.",
    ),
    "weights": ("weights", "весов"),
    "seen": ("drawings shown in training", "показов рисунков в обучении"),
    "drawings": ("different drawings", "разных рисунков"),
    "sets": ("open sets", "открытых наборов"),
    "steps": ("steps to a mark", "шагов до знака"),
    "size": ("on disk", "на диске"),
    "no_weights": (
        "This installation has no weights of the mark model: it draws monograms.",
        "В этой установке нет весов модели знаков: она рисует монограммы.",
    ),
    "how": ("How a mark comes about", "Как получается знак"),
    "how_1": ("words → vector", "слова → вектор"),
    "how_1_note": ("one bilingual encoder of our own", "свой двуязычный кодировщик"),
    "how_2": ("noise → field", "шум → поле"),
    "how_2_note": (
        "a few steps of the flow, one seed a sample",
        "несколько шагов потока, своё зерно у каждого",
    ),
    "how_3": ("candidates → the best", "варианты → лучшие"),
    "how_3_note": (
        "text match, cleanness, originality",
        "сходство с текстом, чистота, оригинальность",
    ),
    "how_4": ("field → curves", "поле → кривые"),
    "how_4_note": ("few anchors, straight where straight", "мало узлов, прямое остаётся прямым"),
    "how_5": ("mark → logo", "знак → логотип"),
    "how_5_note": ("colour, lettering, layout", "цвет, надпись, компоновка"),
    "limits": ("What it can't do", "Чего она не умеет"),
    "limits_text": (
        "Simple things come out best; most animals and all scenes are still guesswork. It draws no letters "
        "and no faces of people. A brand's logo is not drawn when asked for, and none was trained on. What it "
        "draws is no legal clearance.",
        "Лучше всего выходят простые вещи; большинство животных и все сцены — пока наугад. Букв и лиц людей "
        "она не рисует. Логотип чужого бренда не рисует и по просьбе, и на них не училась. Результат не заменяет "
        "юридической проверки.",
    ),
    "sources": ("What it learnt from", "На чём училась"),
    "sources_note": (
        "{drawings} drawings of {sets} openly licensed icon sets; their authors are credited in the README "
        "where the licence asks for it.",
        "Рисунков — {drawings}, открытых наборов значков — {sets}; авторы указаны в README там, где этого "
        "требует лицензия.",
    ),
    "all_sets": ("All sets", "Все наборы"),
    "set": ("set", "набор"),
    "licence": ("licence", "лицензия"),
    "n_drawings": ("drawings", "рисунков"),
    "training": ("Training", "Обучение"),
    "run": ("Run", "Запуск"),
    "run_shipped": ("of this version", "этой версии"),
    "no_runs": (
        "No runs to show. Put run folders into {folder}.",
        "Показать нечего. Положите папки запусков в {folder}.",
    ),
    "bad_run": ("{name} can't be read: {why}", "{name} не читается: {why}"),
    "losses": ("Losses", "Потери"),
    "metrics": ("Metrics", "Метрики"),
    "no_metrics": ("This run logged no metrics.", "Метрик в этом запуске не записано."),
    "samples_seen": ("samples seen", "показано рисунков"),
    "smooth": ("Smoothing", "Сглаживание"),
    "log_scale": ("logarithmic", "логарифмическая шкала"),
    "samples": ("Samples through training", "Рисунки по ходу обучения"),
    "samples_note": (
        "The same words from the same noise, again and again as the model learns.",
        "Одни и те же слова из одного и того же шума, снова и снова, пока модель учится.",
    ),
    "play": ("Play", "Показать подряд"),
    "stage": ("After so many", "После стольких показов"),
    "no_sheets": ("This run kept no pictures.", "Картинок в этом запуске нет."),
    "config": ("Settings of the run", "Настройки запуска"),
    "comparison": ("Baseline against improved", "Исходная модель и улучшенные"),
    "comparison_note": (
        "Measured by `znak compare` on the same held-out texts; whiskers are 95 % intervals.",
        "Измерено командой `znak compare` на одних и тех же отложенных текстах; усы — интервалы 95 %.",
    ),
    "comparison_synthetic": (
        "Synthetic data: these figures say nothing of the real data set.",
        "Синтетические данные: о настоящем наборе эти числа ничего не говорят.",
    ),
    "no_comparison": (
        "No comparison yet. `znak compare runs/seed runs/gan-32 … --out {folder}/NAME` puts one here.",
        "Сравнения пока нет. Его кладёт сюда `znak compare runs/seed runs/gan-32 … --out {folder}/ИМЯ`.",
    ),
    "higher": ("higher is better", "больше — лучше"),
    "lower": ("lower is better", "меньше — лучше"),
    "figure": ("figure", "показатель"),
    # data
    "data_title": ("Logos with captions", "Логотипы с подписями"),
    "data_lead": (
        "Look into a data set before you train on it: one row at random, then the whole of it. Files stay on "
        "disk and are read piece by piece.",
        "Посмотрите на набор, прежде чем на нём учить: сначала одна строка наугад, потом всё целиком. Файлы "
        "остаются на диске и читаются по частям.",
    ),
    "need_train": (
        "This section needs what training needs: pip install 'znak[train]'",
        "Этому разделу нужно то же, что и обучению: pip install 'znak[train]'",
    ),
    "upload": ("Upload a parquet file", "Загрузить файл parquet"),
    "upload_note": (
        "Columns image (struct of bytes and path) and text, as in amazing_logos_v4; up to {size}.",
        "Столбцы image (структура из bytes и path) и text, как в amazing_logos_v4; до {size}.",
    ),
    "on_server": ("Or name one on the server", "Или назвать файл на сервере"),
    "on_server_hint": ("choose, or type a name", "выберите или введите имя"),
    "on_server_note": ("In the server's folder of data sets.", "В папке наборов на сервере."),
    "open_file": ("Open", "Открыть"),
    "opened": ("{name}: {rows} rows, {size}", "{name}: строк — {rows}, {size}"),
    "close": ("Close", "Закрыть"),
    "outside": (
        "“{name}” is not in the server's folder of data sets: give a name from the list",
        "«{name}» — не из папки наборов на сервере: дайте имя из списка",
    ),
    "too_large": (
        "the file has {size}, {most} is the most: put it into the server's folder and name it there",
        "в файле {size}, а можно не больше {most}: положите его в папку на сервере и назовите там",
    ),
    "disk_full": (
        "there is no room for uploads on the server just now: name a file in the server's folder instead",
        "на сервере сейчас нет места для загрузок: назовите файл из папки на сервере",
    ),
    "upload_lost": (
        "the upload did not arrive whole: send it again",
        "файл дошёл не целиком: отправьте его ещё раз",
    ),
    "synthetic": (
        "Synthetic data: no figure here is one of the real data set.",
        "Синтетические данные: ни одно число здесь не относится к настоящему набору.",
    ),
    "element": ("One element", "Один элемент"),
    "random": ("At random", "Наугад"),
    "index": ("Row", "Строка"),
    "caption": ("Caption", "Подпись"),
    "no_caption": ("no caption", "подписи нет"),
    "bad_picture": ("This picture can't be shown: {why}.", "Картинку не показать: {why}."),
    "says_name": ("Name", "Название"),
    "says_tags": ("Tags", "Метки"),
    "says_industry": ("Business", "Отрасль"),
    "says_style": ("Style words", "Стилевые слова"),
    "not_parsed": ("The caption does not follow the grammar.", "Подпись не по грамматике."),
    "picture_facts": (
        "{width} × {height}, {mode}, {format}, {size}",
        "{width} × {height}, {mode}, {format}, {size}",
    ),
    "analysis": ("Analysis", "Анализ"),
    "part_text": ("Captions", "Подписи"),
    "part_pictures": ("Pictures", "Картинки"),
    "part_both": ("Words and pictures", "Слова и картинки"),
    "read_captions": ("Read all captions", "Прочитать все подписи"),
    "measure_pictures": ("Measure all pictures", "Измерить все картинки"),
    "measure_note": (
        "{rows} pictures, each decoded once; about {minutes} min. You may look at other pages meanwhile.",
        "Картинок — {rows}, каждая раскрывается один раз; около {minutes} мин. Тем временем можно смотреть другое.",
    ),
    "reading": ("Reading captions: {done} of {total}", "Читаем подписи: {done} из {total}"),
    "measuring": ("Measuring pictures: {done} of {total}", "Измеряем картинки: {done} из {total}"),
    "busy": (
        "Another analysis is running on this server: yours starts after it.",
        "На сервере идёт другой анализ: ваш начнётся после него.",
    ),
    "bins": ("Bins", "Столбцов"),
    "top": ("How many", "Сколько"),
    "counted_in": ("Counted in", "Где считать"),
    "whole_captions": ("whole captions", "подписи целиком"),
    "heads_only": ("tags and business", "метки и отрасль"),
    "csv": ("Table, CSV", "Таблица, CSV"),
    "extreme": ("Show", "Показать"),
    "learn_words": ("Learn which words tell of which forms", "Выучить, какие слова о чём говорят"),
    "draw_maps": ("Draw the maps", "Построить карты"),
    "copies": ("Copies", "Копии"),
}


@dataclass(frozen=True)
class Speech:
    """The texts in one language."""

    language: Language = "en"

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with `values` put in."""
        text = TEXTS[key][self.language == "ru"]
        return text.format(**values) if values else text

    def number(self, value: float) -> str:
        """Return a whole number, or one with up to three digits, as the language writes it."""
        whole = value == round(value) or abs(value) >= 1000
        text = f"{value:,.0f}" if whole else f"{value:.3g}"
        return text if self.language == "en" else text.replace(",", "\u00a0").replace(".", ",")

    def percent(self, share: float) -> str:
        """Return a share of one as per cent."""
        text = f"{100 * share:.0f}" if share >= 0.1 or share == 0 else f"{100 * share:.1f}"
        return f"{text}%" if self.language == "en" else f"{text.replace('.', ',')}\u00a0%"

    def size(self, n_bytes: float) -> str:
        """Return a number of bytes for people."""
        units = (("GB", "ГБ", 1e9), ("MB", "МБ", 1e6), ("kB", "кБ", 1e3))
        for en, ru, least in units:
            if n_bytes >= least:
                value = n_bytes / least
                text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
                text = text.removesuffix(".0")
                return f"{text} {en}" if self.language == "en" else f"{text.replace('.', ',')} {ru}"
        return f"{n_bytes:.0f} " + ("B" if self.language == "en" else "Б")


def choose_language(asked: str | None, locale: str | None) -> Language:
    """Return the language asked for in the link, else the browser's, else English."""
    for wanted in (asked, locale):
        if wanted:
            code = wanted.lower()[:2]
            if code in ("ru", "en"):
                return "ru" if code == "ru" else "en"
    return "en"
