"""Names and captions of made-up logos, in the grammar of `amazing_logos_v4`.

The brands are invented from syllables; tags and industry follow what the drawing shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from znak.corpus.captions import PREFIX
from znak.corpus.names import split_compound, vocabulary

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
_OF_ICONS = frozenset(("interface", "essential", "essentials"))
_GLUED, _LONG = 9, 11
"""Letters from which a tag's word may be several glued together, and over which an unknown one is."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@cache
def _industry_of_word() -> dict[str, str]:
    return {
        word: name for name, (_, words) in reversed(_INDUSTRIES.items()) for word in words.split()
    }


def split_words(caption: str, tags: Sequence[str]) -> list[str]:
    """Return the words of caption and tags, in order, once each; of "category:food", the value."""
    found = [w.lower() for w in _WORD.findall(caption)]
    for tag in tags:
        for word in _WORD.findall(tag.rpartition(":")[2]):
            found += _unglue(word.lower())
    return list(dict.fromkeys(found))


def _unglue(word: str) -> list[str]:
    """Return the words of a tag's word, none for what no logo's caption says.

    Icon sets glue the words of their categories (`workofficecompanies`), people who tag logos don't: what
    can't be taken apart is left out, and so is what is said of an icon of a program's surface.
    """
    parts = [word] if len(word) < _GLUED else split_compound(word, eager=True)
    if parts == [word] and len(word) > _LONG and word not in vocabulary():
        return []
    return [part for part in parts if part not in _OF_ICONS]


def pick_industry(rng: np.random.Generator, words: Sequence[str]) -> str:
    """Return an industry that goes with the words, a general one now and then."""
    known = _industry_of_word()
    found = [known[w] for w in words if w in known]
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


def invent_file_name(rng: np.random.Generator, name: str) -> str:
    """Return a file name as they stand in the data set where a name should."""
    bare = re.sub(r"\W+", "", name) or "logo"
    ending = _choice(rng, ["jpg", "png", "jpg", "png", "psd", "ai"])
    tail = _choice(rng, ["", "_final", "-logo", "_v2", "Horz2", "-01", " copy", "_RGB"])
    return f"{bare}{tail}.{ending}"


def pick_tags(rng: np.random.Generator, words: Sequence[str], colour: str) -> list[str]:
    """Return tags: some of the words, some that say nothing, and the colour now and then."""
    chosen = words[: 3 + int(rng.integers(5))]
    extra = [_choice(rng, _FILLERS) for _ in range(1 + int(rng.integers(5)))]
    if colour and rng.random() < 0.6:
        extra.append(colour)
    found = list(dict.fromkeys([*chosen, *(w.lower() for w in extra)]))
    return [w.capitalize() for w in found] if rng.random() < 0.6 else found


def spoil(rng: np.random.Generator, text: str) -> str:
    """Return a caption that no longer follows the grammar."""
    kind = int(rng.integers(3))
    if kind == 0:
        return text[len(PREFIX) + 1 :]
    if kind == 1:
        return text[: text.index(", successful vibe") + int(rng.integers(2, 12))]
    return text.replace(PREFIX, _choice(rng, ["Logo for", "Simple logo of", "Elegant logo"]), 1)
