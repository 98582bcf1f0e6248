"""The normal form of a caption: what rules alone hold for the same drawing.

Plurals, articles, view words, gender, badge words, measures and synonyms; the tables are in `data/`.
`concepts` merges what these leave apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from znak.corpus.names import interface_rules, is_interface, read_data

IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot",
    "teeth": "tooth", "geese": "goose", "mice": "mouse", "wolves": "wolf", "leaves": "leaf",
    "knives": "knife", "loaves": "loaf", "shelves": "shelf", "halves": "half", "scarves": "scarf",
    "lives": "life", "hooves": "hoof", "thieves": "thief", "elves": "elf", "calves": "calf",
    "cacti": "cactus", "fungi": "fungus", "dice": "dice", "oxen": "ox", "lice": "louse",
    "firemen": "fireman", "axes": "axe", "buses": "bus", "lenses": "lens", "cookies": "cookie",
    "movies": "movie", "pies": "pie", "ties": "tie", "shoes": "shoe", "zombies": "zombie",
    "genies": "genie", "selfies": "selfie", "smoothies": "smoothie", "brownies": "brownie",
    "beanies": "beanie", "calories": "calorie", "houses": "house", "horses": "horse",
    "cases": "case", "noses": "nose", "roses": "rose", "vases": "vase", "bases": "base",
    "purses": "purse", "nurses": "nurse", "mouses": "mouse", "cheeses": "cheese",
    "databases": "database", "toes": "toe", "canoes": "canoe", "hoes": "hoe", "caches": "cache",
}  # fmt: skip
SAME_IN_PLURAL = frozenset(
    "glasses sunglasses eyeglasses scissors binoculars headphones pants trousers jeans shorts "
    "overalls tongs pliers tweezers goggles pajamas tights leggings stairs series species news "
    "chess bus gas lens iris cactus octopus walrus platypus hippopotamus virus compass cross "
    "glass grass dress mattress fortress princess waitress actress goddess witness business "
    "address access class brass boss moss kiss chaos tennis bass canvas christmas atlas asparagus "
    "campus circus abacus crocus lotus hibiscus eucalyptus papyrus stylus radius abs dais penis "
    "pelvis clematis ibis trellis basis analysis diagnosis genesis axis oasis thermos rhinoceros "
    "albatross cosmos tempus uterus hummus pus census status focus bonus nexus venus mars uranus "
    "james wes sos gps physics mathematics graphics athletics gymnastics electronics logistics "
    "analytics robotics economics ethics politics ceramics plus minus across as is us yes "
    "tetris texas paris swiss hours pegasus centaurus sagittarius taurus aquarius pisces aries "
    "toss press express process progress success less wireless loss mess stress moose clothes "
    "mistress seamstress cypress watercress wilderness fitness darkness illness harness "
    "cutlass hourglass wineglass spyglass eyeglass fibreglass bypass carcass jackass "
    "hibiscus thesaurus stegosaurus brontosaurus brachiosaurus dinosaurus tyrannosaurus "
    "parasaurolophus diplodocus spinosaurus sarcophagus locus bus minibus omnibus trolleybus "
    "crocs suds ms its this his was has".split()
)
JOINERS = ("with", "of", "in", "and", "on", "for", "at", "inside", "above", "under", "below",
           "behind", "beside", "over", "from", "without", "holding", "wearing", "by", "near",
           "through", "against", "between", "around", "showing", "to", "into")  # fmt: skip
# `x of y`: what is drawn is y, in some number or vessel.
OF_WHOLE = frozenset(
    "pair slice piece bunch stack pile pot bowl cup glass bottle box bouquet bundle group set "
    "loaf bag sack can jar plate ear mug pint head sheet roll bar cluster stick couple pack".split()
)
ARTICLES = frozenset({"a", "an", "the", "s", "'s"})
GENDERED = frozenset({"man", "woman", "person", "male", "female", "boy", "girl"})
ENCLOSURES = frozenset({"circle", "square", "octagon", "hexagon", "rectangle"})
BADGES = {
    "add": "plus", "new": "plus", "more": "plus", "create": "plus", "remove": "minus",
    "subtract": "minus", "delete": "x", "close": "x", "cancel": "x", "cancelled": "x",
    "dismiss": "x", "xmark": "x", "cross": "x", "times": "x", "clear": "x", "failed": "x",
    "fail": "x", "checkmark": "check", "checked": "check", "tick": "check", "done": "check",
    "ok": "check", "success": "check", "verified": "check", "slash": "off", "slashed": "off",
    "disabled": "off", "disable": "off", "mute": "off", "muted": "off", "blocked": "block",
    "ban": "block", "banned": "block", "prohibited": "block", "cog": "gear", "setting": "gear",
    "settings": "gear", "editing": "edit", "pencil": "edit", "info": "information",
    "help": "question", "error": "alert", "warning": "alert", "exclamation": "alert",
    "find": "search", "magnifier": "search", "favorite": "heart", "locked": "lock",
    "hide": "off", "hidden": "off", "sparkles": "sparkle", "refresh": "sync", "reload": "sync",
}  # fmt: skip
UI_THINGS = {
    "account": "user", "accounts": "user", "person": "user", "people": "users", "user": "user",
    "email": "mail", "envelope": "mail", "document": "file", "doc": "file", "page": "file",
    "house": "home", "comment": "chat", "message": "chat", "picture": "image", "photo": "image",
    "smartphone": "phone", "mobile": "phone", "cellphone": "phone", "trolley": "cart",
}  # fmt: skip


def normalise(caption: str) -> str:
    """Return the form shared by captions that rules hold for the same drawing."""
    words = [w for w in caption.split() if w not in ARTICLES] or caption.split()
    bare = words[:-2] if len(words) > 2 and words[-2:][0] == "in" else words
    if words[-1:] and words[-1] not in ENCLOSURES:
        bare = words
    if found := known(bare) or known([singular(w) for w in bare]):
        return found
    if is_interface(caption):
        return _normalise_interface(words)
    bare = [singular(w) for w in bare]
    if _is_country_flag(bare):
        return ""
    for strip in (_strip_styles, _strip_gender, strip_views, _strip_measure):
        bare = strip(bare)
        if found := known(bare):
            return found
    return " ".join(bare)


def known(words: Sequence[str]) -> str:
    """Return the concept that the synonyms give for these words, "" for none."""
    table = synonyms()
    return table.get(" ".join(words)) or table.get("".join(words), "")


def _is_country_flag(words: list[str]) -> bool:
    """Say whether this is a country's flag: its silhouette is a rectangle like all others."""
    text = " ".join(words)
    if text in countries() or (words[-1] == "flag" and " ".join(words[:-1]) in countries()):
        return True
    if words[0] != "flag" or len(words) == 1:
        return False
    rest = [w for w in words[1:] if w not in {"for", "of", "flag"}]
    return words[1] == "for" or " ".join(rest) in countries()


def _strip_styles(words: list[str]) -> list[str]:
    style = head_words()["style"]
    while len(words) > 1 and words[-1] in style:
        words = words[:-1]
    while len(words) > 1 and words[0] in style:
        words = words[1:]
    return words


def _strip_measure(words: list[str]) -> list[str]:
    if len(words) >= 3 and words[1] == "of" and words[0] in OF_WHOLE:
        return words[2:]
    return words


def _normalise_interface(words: list[str]) -> str:
    tail = words[-2:] if len(words) > 2 and words[-2] == "in" else []
    bare = words[: len(words) - len(tail)]
    rules = interface_rules()
    if len(bare) > 1 and (bare[-1] in rules["badge"] or bare[-1] in rules["slash"]):
        bare = [*bare[:-1], BADGES.get(bare[-1], bare[-1])]
    bare = [UI_THINGS.get(w, w) if i == 0 and len(bare) > 1 else w for i, w in enumerate(bare)]
    return " ".join([*[singular(w) for w in bare], *tail])


def singular(word: str) -> str:
    """Return the singular of an English noun; other words come back as they are."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in SAME_IN_PLURAL or len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes", "oes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


def head_of(caption: str) -> str:
    """Return the head noun: `howling wolf` → `wolf`, `cat with tears of joy` → `cat`."""
    words = [singular(w) for w in caption.split() if w not in ARTICLES]
    words = strip_views(_strip_gender(words))
    if len(words) >= 3 and words[1] == "of" and words[0] in OF_WHOLE:
        return head_of(" ".join(words[2:]))
    for i, word in enumerate(words):
        if word in JOINERS and i:
            return head_of(" ".join(words[:i]))
    return words[-1] if words else ""


def _strip_gender(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in GENDERED and words[1] not in JOINERS:
        words = words[1:]
    return words


def strip_views(words: list[str]) -> list[str]:
    """Return the words without what only says how a thing is seen (`face`, `side`)."""
    kinds = head_words()
    while len(words) > 1 and words[-1] in kinds["view"] and words[-2] not in JOINERS:
        if words[-1] in {"face", "head"} and words[-2] not in kinds["bodies"]:
            break
        words = words[:-1]
    return words


@cache
def synonyms() -> dict[str, str]:
    """Return caption → concept of `data/synonyms.tsv`, keys spaced and glued.

    The captions themselves come first, their singulars after them: `coins` may differ from `coin`.
    """
    exact: list[tuple[str, str]] = []
    for line in read_data("synonyms.tsv").splitlines():
        if line and not line.startswith("#"):
            concept, others = line.split("\t")
            exact.extend((other, concept) for other in (concept, *others.split("|")))
    table: dict[str, str] = dict(exact)
    for other, concept in exact:
        words = other.split()
        one = [singular(w) for w in words]
        for key in (" ".join(one), "".join(words), "".join(one)):
            table.setdefault(key, concept)
    return table


@cache
def countries() -> frozenset[str]:
    """Return names of countries and regions: a silhouette of their flags says nothing."""
    lines = read_data("countries.txt").splitlines()
    return frozenset(" ".join(singular(w) for w in line.split()) for line in lines if line)


@cache
def head_words() -> dict[str, frozenset[str]]:
    """Return the words of `data/heads.tsv` by kind, with `bodies` from `data/bodies.txt`."""
    kinds: dict[str, frozenset[str]] = {}
    for line in read_data("heads.tsv").splitlines():
        if line and not line.startswith("#"):
            kind, words = line.split("\t")
            kinds[kind] = frozenset(words.split())
    kinds["bodies"] = frozenset(read_data("bodies.txt").split())
    return kinds
