"""One made-up row of an `amazing_logos_v4`-like data set: a picture and its caption.

A drawing of the corpus becomes a logo: painted where it has one colour, with an invented name set
beside it now and then. Everything is drawn from one random generator a row, so a row depends on
its seed and its drawing alone. `RATES` are those of the data set (FACTS) where they are known.
"""

from __future__ import annotations

import colorsys
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from znak.corpus.captions import PREFIX, compose
from znak.fields.svg import render

RATES = {
    "one channel": 0.0031,  # 1,228 of 397,251
    "not square": 0.035,  # "a few per cent", ratios 0.1 to 4
    "flat colour": 0.004,  # "some"
    "name only": 0.065,  # 25,630
    "not parsed": 0.010,  # 3,953
    "file name": 0.02,  # not counted in FACTS
    "empty industry": 0.03,  # not counted in FACTS
}
"""Shares of the rows that `dirt` spoils in each way."""
BLACK_AND_WHITE = 0.025
"""Share of rows, the first ones, in black and white (10,000 of 397,251)."""
_SIDES = ((180, 0.62), (512, 0.14), (300, 0.10), (256, 0.03), (400, 0.02), (225, 0.02), (200, 0.02))
_JPEG = 0.6

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Source:
    """What is taken of a drawing."""

    svg: str
    caption: str
    tags: tuple[str, ...]
    coloured: bool


@dataclass(frozen=True)
class Row:
    """A row of the data set: encoded picture, its file name or None, its caption."""

    image: bytes
    path: str | None
    text: str


def make_row(source: Source, *, seed: int, index: int, n: int, dirt: bool) -> Row:
    """Return row `index` of `n`, the same for the same arguments."""
    rng = np.random.default_rng([seed, index])
    black_and_white = index < round(BLACK_AND_WHITE * n)
    flaws = frozenset(name for name, rate in RATES.items() if rng.random() < rate and dirt)
    industry = _pick_industry(rng, source)
    name = invent_name(rng, industry)
    lettering = None if rng.random() < 0.55 else name
    picture, colour_word = _paint(rng, source, index / n, black_and_white, lettering, flaws)
    path = None
    if "file name" in flaws:
        name = path = _file_name(rng, name)
    tags = _pick_tags(rng, source, colour_word)
    if "name only" in flaws:
        text = compose(name, black_and_white=black_and_white)
    else:
        text = compose(
            name,
            tags=tags,
            industry=None if "empty industry" in flaws else industry,
            black_and_white=black_and_white,
        )
    if "not parsed" in flaws:
        text = _spoil(rng, text)
    return Row(_encode(rng, picture), path, text)


# Names and captions -------------------------------------------------------------------------------

_FIRST = "b br c d dr f fl g gr h j k kr l m n p pr r s st t tr v w z cl sol vel".split()
_ONSETS = "b d f g k l m n r s t v z l n r".split()
_VOWELS = "a a a e e i i o o o u ia eo au".split()
_CODAS = ["", "", "", "", "l", "n", "r", "s", "m"]
_ENDINGS = ["", "", "a", "o", "ia", "ex", "ly", "or", "is", "um", "en", "ik"]
_SECOND = "Studio Group Works House Labs Partners Media & Co Collective Project Club Team".split(
    " "
)

_INDUSTRIES: dict[str, tuple[str, str]] = {
    "Cafe": ("Coffee Roasters,Tea Room,Espresso", "coffee tea cup mug espresso kettle teapot"),
    "Restaurant": (
        "Kitchen,Grill,Bistro",
        "food fork knife pizza burger soup fish chef meal plate sushi",
    ),
    "Bakery": (
        "Bakery,Bread",
        "bread cake croissant pie cookie wheat bakery cupcake donut pretzel",
    ),
    "Food & Drink": (
        "Foods,Market",
        "fruit apple banana cherry lemon grape carrot egg cheese wine beer",
    ),
    "Hospitality": (
        "Hotel,Inn,Lodge",
        "bed hotel bell suitcase key tent camp palm island umbrella",
    ),
    "Travel": (
        "Travel,Tours",
        "plane airplane ship boat compass map globe mountain car train bus anchor",
    ),
    "Sport": (
        "Sports,Athletics",
        "ball football basketball tennis bicycle bike run trophy medal racket ski",
    ),
    "Fitness": ("Fitness,Gym", "dumbbell weight muscle yoga gym heart"),
    "Music": ("Records,Sound", "music guitar piano drum violin microphone headphones note trumpet"),
    "Photography": ("Photo,Studio", "camera photo film lens picture aperture"),
    "Education": (
        "Academy,School",
        "book school pencil graduation owl pen abacus student notebook",
    ),
    "Healthcare": (
        "Clinic,Health",
        "heart hospital pill tooth doctor syringe stethoscope cross bandage",
    ),
    "Beauty": ("Beauty,Spa", "lipstick flower lotus perfume mirror comb hair face rose"),
    "Pets": ("Pets,Vet", "dog cat paw fox rabbit bird parrot hamster bone fish turtle horse"),
    "Wildlife": (
        "Reserve,Outdoors",
        "bear wolf lion tiger elephant deer eagle snake whale gorilla panda",
    ),
    "Garden": ("Gardens,Nursery", "leaf tree plant flower cactus tulip sprout mushroom grass herb"),
    "Real Estate": ("Homes,Realty", "house home building castle door roof key city apartment"),
    "Construction": (
        "Builders,Construction",
        "hammer wrench brick crane tool saw screwdriver ladder",
    ),
    "Technology": (
        "Systems,Tech",
        "computer chip robot rocket laptop phone satellite cpu atom circuit",
    ),
    "Software": ("Software,Apps", "code cloud database bug terminal server window cursor"),
    "Energy": ("Energy,Power", "sun lightning bolt battery fire flame wind plug bulb lamp"),
    "Finance": ("Capital,Finance", "coin money bank wallet chart piggy diamond gem safe dollar"),
    "Legal": ("Legal,Law", "scale scales gavel law justice shield column"),
    "Fashion": ("Fashion,Atelier", "shirt dress shoe hat crown ring bag hanger jacket sock"),
    "Games": ("Games,Play", "game dice chess controller joystick puzzle ghost sword card domino"),
    "Kids": ("Kids,Toys", "baby toy balloon teddy rattle unicorn smile kite rainbow"),
    "Transport": ("Logistics,Freight", "truck van box cart container motorcycle taxi scooter"),
    "Science": ("Science,Research", "flask microscope telescope planet dna molecule star moon"),
    "Art": ("Arts,Gallery", "brush palette paint mask theater feather easel"),
}
_GENERAL = (
    "Website",
    "Design",
    "Business",
    "Technology",
    "Personal brand",
    "Marketing",
    "Consulting",
)
_FILLERS = (
    "Modern Simple Symbol Icon Shape Geometric Flat Brand Sign Mark Line Logo Round Bold".split()
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@cache
def _industry_of_word() -> dict[str, str]:
    return {
        word: name for name, (_, words) in reversed(_INDUSTRIES.items()) for word in words.split()
    }


def _words(source: Source) -> list[str]:
    """Return the words of caption and tags, in order, once each; of "category:food", the value."""
    texts = (source.caption, *(tag.rpartition(":")[2] for tag in source.tags))
    return list(dict.fromkeys(w.lower() for text in texts for w in _WORD.findall(text)))


def _pick_industry(rng: np.random.Generator, source: Source) -> str:
    known = _industry_of_word()
    found = [known[w] for w in _words(source) if w in known]
    return found[0] if found and rng.random() < 0.8 else _choice(rng, _GENERAL)


def invent_name(rng: np.random.Generator, industry: str = "") -> str:
    """Return a made-up brand name of one to three words."""
    word = _invent_word(rng)
    kind = rng.random()
    if kind < 0.4:
        return word
    if kind < 0.7 and industry in _INDUSTRIES:
        return f"{word} {_choice(rng, _INDUSTRIES[industry][0].split(','))}"
    if kind < 0.78:
        return f"{word} & {_invent_word(rng)}"
    if kind < 0.84:
        return word.upper()
    second = _choice(rng, _SECOND)
    return f"{word} & Co" if second in ("&", "Co") else f"{word} {second}"


def _invent_word(rng: np.random.Generator) -> str:
    word = _choice(rng, _FIRST) + _choice(rng, _VOWELS) + _choice(rng, _CODAS)
    for _ in range(1 + int(rng.random() < 0.2)):
        word += _choice(rng, _ONSETS) + _choice(rng, _VOWELS[:-3])
    ending = _choice(rng, _ENDINGS)
    if ending[:1] and ending[0] in "aeiou":
        word = word.rstrip("aeiou")
    return (word + ending).capitalize()


def _choice(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _file_name(rng: np.random.Generator, name: str) -> str:
    bare = re.sub(r"\W+", "", name) or "logo"
    ending = _choice(rng, ["jpg", "png", "jpg", "png", "psd", "ai"])
    tail = _choice(rng, ["", "_final", "-logo", "_v2", "Horz2", "-01", " copy", "_RGB"])
    return f"{bare}{tail}.{ending}"


def _pick_tags(rng: np.random.Generator, source: Source, colour: str) -> list[str]:
    words = _words(source)[: 3 + int(rng.integers(5))]
    extra = [_choice(rng, _FILLERS) for _ in range(1 + int(rng.integers(5)))]
    if colour and rng.random() < 0.6:
        extra.append(colour)
    words = list(dict.fromkeys([*words, *(w.lower() for w in extra)]))
    return [w.capitalize() for w in words] if rng.random() < 0.6 else words


def _spoil(rng: np.random.Generator, text: str) -> str:
    """Return a caption that no longer follows the grammar."""
    kind = int(rng.integers(3))
    if kind == 0:
        return text[len(PREFIX) + 1 :]
    if kind == 1:
        return text[: text.index(", successful vibe") + int(rng.integers(2, 12))]
    return text.replace(PREFIX, _choice(rng, ["Logo for", "Simple logo of", "Elegant logo"]), 1)


# Pictures -----------------------------------------------------------------------------------------

_HUES = (
    ("Red", 0.99, 1.2), ("Orange", 0.07, 1.3), ("Yellow", 0.13, 0.9), ("Green", 0.36, 1.2),
    ("Teal", 0.48, 0.9), ("Blue", 0.60, 2.2), ("Purple", 0.76, 0.8), ("Pink", 0.92, 0.7),
    ("Brown", 0.06, 0.5), ("Black", 0.60, 1.4), ("Gray", 0.58, 0.5),
)  # fmt: skip


def _pick_colour(rng: np.random.Generator) -> tuple[str, Colour]:
    """Return a colour word and a colour by that name, in [0, 1]."""
    weights = np.array([w for _, _, w in _HUES])
    name, hue, _ = _HUES[int(rng.choice(len(_HUES), p=weights / weights.sum()))]
    hue = (hue + rng.normal(0, 0.015)) % 1
    light, full = {
        "Black": (rng.uniform(0.04, 0.14), rng.uniform(0, 0.3)),
        "Gray": (rng.uniform(0.3, 0.6), rng.uniform(0, 0.12)),
        "Brown": (rng.uniform(0.2, 0.34), rng.uniform(0.35, 0.6)),
        "Yellow": (rng.uniform(0.46, 0.56), rng.uniform(0.8, 1)),
    }.get(name, (rng.uniform(0.3, 0.55), rng.uniform(0.55, 0.95)))
    return name, colorsys.hls_to_rgb(hue, light, full)


def _paint(
    rng: np.random.Generator,
    source: Source,
    progress: float,
    black_and_white: bool,
    lettering: str | None,
    flaws: frozenset[str],
) -> tuple[Image.Image, str]:
    """Return the picture and a word for its main colour ("" when it has many).

    `progress` is the row's place in the set, 0 to 1: coloured grounds grow commoner with it.
    """
    width, height = _pick_size(rng, flaws)
    word, ink = ("", (0.0, 0.0, 0.0)) if black_and_white else _pick_colour(rng)
    ground: Colour = (1.0, 1.0, 1.0)
    reverse = rng.random() < (0.15 if black_and_white else 0.05 + 0.3 * progress)
    if reverse and black_and_white:
        ink, ground = ground, ink
    elif reverse and source.coloured:
        tint = _pick_colour(rng)[1]
        ground = tuple(1 - (1 - c) * 0.18 for c in tint)  # type: ignore[assignment]
    elif reverse:
        ink, ground = (1.0, 1.0, 1.0), ink
    picture = Image.new("RGB", (width, height), _bytes(ground))
    if "flat colour" not in flaws:
        mark, text = _lay_out(width, height, lettering is not None)
        bare = not source.coloured or black_and_white
        if bare:
            _paste_silhouette(
                picture,
                source.svg,
                mark,
                _fill(rng, mark[2] - mark[0], ink, black_and_white or reverse),
            )
        else:
            colours = Image.fromarray(render(source.svg, mark[2] - mark[0]), "RGBA")
            picture.paste(colours, mark[:2], colours)
        if lettering is not None and text[2] - text[0] >= 30:
            _write(rng, picture, lettering, text, ink if bare else (0.13, 0.13, 0.15))
    if "one channel" in flaws:
        picture = picture.convert("L")
    return picture, "" if source.coloured else word


def _bytes(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (round(c * 255) for c in colour)
    return red, green, blue


def _pick_size(rng: np.random.Generator, flaws: frozenset[str]) -> tuple[int, int]:
    draw = rng.random()
    side = int(rng.integers(100, 800))
    for candidate, share in _SIDES:
        if draw < share:
            side = candidate
            break
        draw -= share
    if "not square" not in flaws:
        return side, side
    ratio = float(np.exp(rng.uniform(np.log(0.1), np.log(4))))
    return (
        (side, max(24, round(side / ratio))) if ratio > 1 else (max(24, round(side * ratio)), side)
    )


Box = tuple[int, int, int, int]


def _lay_out(width: int, height: int, lettered: bool) -> tuple[Box, Box]:
    """Return the boxes (left, top, right, bottom) of mark and lettering."""
    wide = width > 1.6 * height
    if wide and lettered:
        side = round(min(height * 0.8, width * 0.35))
        left, top = round(width * 0.05), (height - side) // 2
        return (left, top, left + side, top + side), (
            left + side + 4,
            top,
            round(width * 0.96),
            top + side,
        )
    share = 0.56 if lettered else 0.74
    side = max(8, round(min(width, height) * share))
    left = (width - side) // 2
    top = round((height - side) / 2 - (0.11 * min(width, height) if lettered else 0))
    bottom = top + side
    margin = round(width * 0.08)
    return (left, top, left + side, bottom), (
        margin, bottom + round(height * 0.03), width - margin, min(height, bottom + round(side * 0.34)),
    )  # fmt: skip


def _paste_silhouette(picture: Image.Image, svg: str, box: Box, paint: Image.Image) -> None:
    alpha = Image.fromarray(np.ascontiguousarray(render(svg, box[2] - box[0])[..., 3]), "L")
    picture.paste(paint, box[:2], alpha)


def _fill(rng: np.random.Generator, side: int, ink: Colour, plain: bool) -> Image.Image:
    """Return the paint of a one-colour mark: flat, two colours, or a gradient."""
    kind = rng.random()
    flat = Image.new("RGB", (side, side), _bytes(ink))
    if plain or kind < 0.62:
        return flat
    angle = rng.uniform(0, 2 * np.pi)
    second = Image.new("RGB", (side, side), _bytes(_pick_colour(rng)[1]))
    ramp = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side) - np.float32(
        0.5
    )
    t = ramp[None, :] * np.float32(np.cos(angle)) + ramp[:, None] * np.float32(np.sin(angle))
    steep = np.float32(1 if kind < 0.85 else side)
    mask = np.clip(t * steep + np.float32(0.5), 0, 1) * np.float32(255)
    return Image.composite(second, flat, Image.fromarray(mask.astype(np.uint8), "L"))


@cache
def _fonts() -> tuple[Path, ...]:
    spec = find_spec("font_manrope")
    if spec is None or spec.origin is None:  # pragma: no cover - a core dependency
        return ()
    folder = Path(spec.origin).parent / "files"
    return tuple(
        folder / f"Manrope-{weight}.ttf" for weight in ("Bold", "Medium", "ExtraBold", "Light")
    )


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _write(
    rng: np.random.Generator, picture: Image.Image, text: str, box: Box, ink: Colour
) -> None:
    """Set `text` as large as `box` allows, centred."""
    left, top, right, bottom = box
    font = _fonts()[int(rng.integers(4))]
    probe = _font(font, 40).getlength(text)
    size = int(min(40 * (right - left) / max(probe, 1), (bottom - top) * 0.62))
    if size < 7:
        return
    centre = ((left + right) / 2, (top + bottom) / 2)
    ImageDraw.Draw(picture).text(
        centre, text, font=_font(font, size), fill=_bytes(ink), anchor="mm"
    )


def _encode(rng: np.random.Generator, picture: Image.Image) -> bytes:
    file = io.BytesIO()
    if rng.random() < _JPEG:
        picture.save(file, "JPEG", quality=int(rng.integers(75, 96)))
    else:
        picture.save(file, "PNG", compress_level=4)
    return file.getvalue()
