"""Captions merged into concepts: the things that a model learns to draw.

Two captions belong to one concept where they are drawn alike, whatever they mean: `fox`,
`fox face` and `foxes`; `bag shopping` and `shopping bag`; `automobile` and `car`. In order:

1. a normal form (plural, view words, gender, enclosure, badge words alike, word order, synonyms);
2. a normal form with enough solid drawings is a concept;
3. of the rest, one that text vectors hold for the same thing joins it (cosine ≥ THRESHOLD; how it
   was chosen: `data/pairs.tsv` and `tests/corpus/test_concepts.py`);
4. one whose head noun is a concept falls to it: `howling wolf` → `wolf`;
5. what is left is a small concept of its own, or has none ("") when it is too rare.

`assign` is a pure function of its arguments: the same counts give the same concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from znak.corpus.names import interface_rules, is_interface, read_data

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]

ENOUGH = 15  # solid drawings that make a concept worth learning on their own
HOME = 8  # solid drawings of its own that let a form take in rarer ones
FEW = 3  # a caption without a home needs this many to be a small concept; an interface one ENOUGH
STEM = 4  # letters at which two words of a caption are held for forms of one
THRESHOLD = 0.88  # cosine at which two captions are held for the same drawing

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
# Order that is meaning: never taken for one another by turning the words round.
ORDERED = frozenset(
    {"house boat", "horse shoe", "horse sea", "horse race", "race horse", "car race", "race car",
     "fish star", "light flash", "board game", "game board", "fish cat", "cat fish", "fish dog",
     "dog hot", "bird house", "house bird", "tree house", "house tree", "hand second",
     "flower sun", "sun flower", "bow rain", "rain bow", "book note", "note book", "dog house",
     "house dog", "fly butter", "butter fly", "bow elbow", "book hand", "hand book", "hand saw",
     "bag hand", "ring ear", "ear ring", "ball foot", "foot ball", "print foot", "head arrow",
     "house light", "light house", "top hat", "hat top", "cap top", "bell door", "man snow",
     "mill wind", "wind mill", "boat sail", "ship space", "space ship", "fall water",
     "water fall", "melon water", "shell sea", "sea shell"}
)  # fmt: skip
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


@dataclass(frozen=True)
class Concept:
    """One concept, as a row of `store.CONCEPT`."""

    concept: str
    ru: str
    head: str
    n_drawings: int
    n_solid: int
    captions: tuple[str, ...]


class Concepts:
    """Which concept each caption belongs to."""

    def __init__(self, assigned: Mapping[str, str], *, counts: Mapping[str, int]) -> None:
        """`assigned` maps a caption to its concept; `counts` holds their solid drawings."""
        self._assigned = dict(assigned)
        self._counts = dict(counts)

    def of(self, caption: str) -> str:
        """Return the concept of a caption, "" where it has none or was not in the counts."""
        return self._assigned.get(caption, "")

    def __len__(self) -> int:
        """Count the concepts."""
        return len({concept for concept in self._assigned.values() if concept})

    def rows(
        self,
        *,
        drawings: Mapping[str, int] | None = None,
        russian: Callable[[str], str] | None = None,
    ) -> list[Concept]:
        """Return the concepts by name; `drawings` counts all drawings of a caption."""
        members: dict[str, list[str]] = defaultdict(list)
        for caption, concept in self._assigned.items():
            if concept:
                members[concept].append(caption)
        drawings = self._counts if drawings is None else drawings
        rows = []
        for concept in sorted(members):
            captions = sorted(members[concept], key=lambda c: (-self._counts.get(c, 0), c))
            rows.append(
                Concept(
                    concept=concept,
                    ru="" if russian is None else russian(concept),
                    head=head_of(concept),
                    n_drawings=sum(drawings.get(c, 0) for c in captions),
                    n_solid=sum(self._counts.get(c, 0) for c in captions),
                    captions=tuple(captions),
                )
            )
        return rows


def assign(counts: Mapping[str, int], *, vectors: Vectors | None) -> Concepts:
    """Merge captions into concepts.

    `counts` maps a caption to its number of solid drawings (0 is allowed: it then follows the
    others). `vectors` maps captions to unit vectors, one row each; None uses rules alone.
    """
    forms: dict[str, list[str]] = defaultdict(list)
    for caption in sorted(counts):
        form = normalise(caption)
        if form:
            forms[form].append(caption)
    weight = {form: sum(counts[c] for c in captions) for form, captions in forms.items()}
    target = _merge_orders(weight)
    weight = _collect(weight, target)
    target = {form: _follow(form, target) for form in forms}
    if vectors is not None:
        near = _merge_near(weight, vectors=vectors)
        target = {form: _follow(t, near) for form, t in target.items()}
        weight = _collect(weight, near)
    fallen = _fall_to_heads(weight)
    target = {form: _follow(t, fallen) for form, t in target.items()}
    weight = _collect(weight, fallen)
    assigned = {}
    for form, captions in forms.items():
        home = target[form]
        fewest = ENOUGH if is_interface(home) else FEW
        concept = home if weight.get(home, 0) >= fewest else ""
        for caption in captions:
            assigned[caption] = concept
    for caption in counts:
        assigned.setdefault(caption, "")
    return Concepts(assigned, counts=counts)


def normalise(caption: str) -> str:
    """Return the form shared by captions that rules hold for the same drawing."""
    words = [w for w in caption.split() if w not in ARTICLES] or caption.split()
    bare = words[:-2] if len(words) > 2 and words[-2:][0] == "in" else words
    if words[-1:] and words[-1] not in ENCLOSURES:
        bare = words
    if known := _known(bare) or _known([singular(w) for w in bare]):
        return known
    if is_interface(caption):
        return _normalise_interface(words)
    bare = [singular(w) for w in bare]
    if _is_country_flag(bare):
        return ""
    for strip in (_strip_styles, _strip_gender, _strip_views, _strip_measure):
        bare = strip(bare)
        if known := _known(bare):
            return known
    return " ".join(bare)


def _known(words: Sequence[str]) -> str:
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
    words = _strip_views(_strip_gender(words))
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


def _strip_views(words: list[str]) -> list[str]:
    kinds = head_words()
    while len(words) > 1 and words[-1] in kinds["view"] and words[-2] not in JOINERS:
        if words[-1] in {"face", "head"} and words[-2] not in kinds["bodies"]:
            break
        words = words[:-1]
    return words


def _merge_orders(weight: Mapping[str, int]) -> dict[str, str]:
    """Send `bag shopping` to `shopping bag` where the latter is the commoner order."""
    by_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    by_letters: dict[str, list[str]] = defaultdict(list)
    for form in sorted(weight):
        words = form.split()
        by_letters["".join(words)].append(form)
        if 1 < len(words) <= 4 and form not in ORDERED and not set(words) & set(JOINERS):
            by_words[tuple(sorted(words))].append(form)
    target: dict[str, str] = {}
    for group in [*by_letters.values(), *by_words.values()]:
        if len(group) > 1:
            best = min(group, key=lambda f: (-weight[f], len(f), f))
            for form in group:
                if form != best and form not in target and _follow(best, target) != form:
                    target[form] = best
    return target


def _merge_near(weight: Mapping[str, int], *, vectors: Vectors) -> dict[str, str]:
    """Send rare forms to the commoner form that text vectors hold for the same thing."""
    forms = sorted(form for form in weight if form and not is_interface(form))
    if not forms:
        return {}
    rows = np.asarray(vectors(forms), dtype=np.float32).round(4)
    homes = [i for i, form in enumerate(forms) if weight[form] >= FEW]
    rare = [i for i, form in enumerate(forms) if weight[form] < ENOUGH]
    target: dict[str, str] = {}
    for start in range(0, len(rare), 512):
        part = rare[start : start + 512]
        cosines = (rows[part] @ rows[homes].T).round(3)
        for i, line in zip(part, cosines, strict=True):
            form = forms[i]
            above = np.flatnonzero(line >= np.float32(THRESHOLD))
            near = [(float(line[j]), forms[homes[j]]) for j in above]
            for _, home in sorted(near, key=lambda pair: (-pair[0], pair[1])):
                larger = (weight[home], home) > (weight[form], form)
                if home != form and larger and may_merge(form, home):
                    target[form] = home
                    break
    return target


def may_merge(form: str, home: str) -> bool:
    """Say whether two forms that vectors hold for near may be one.

    They must have as many words, all but one of them alike in their first letters, that one in the
    same place, and no two of them opposed. Where one only adds words to the other the rules for heads decide: vectors can't
    tell `fried egg breakfast` → `fried egg` from `home clock` → `clock`.
    """
    one = [w for w in form.split() if w not in JOINERS]
    other = [w for w in home.split() if w not in JOINERS]
    if len(one) != len(other):
        return False
    left = list(other)
    alone: list[str] = []
    for word in one:
        if same := next((w for w in left if w[:STEM] == word[:STEM]), None):
            left.remove(same)
            if same != word and (_is_code(same) or _is_code(word) or _opposes(word, same)):
                return False
        else:
            alone.append(word)
    if len(alone) > 1 or any(_is_code(w) for w in (*alone, *left)):
        return False
    if alone and one.index(alone[0]) != other.index(left[0]):
        return False
    return not (alone and _opposes(alone[0], left[0]))


def _opposes(a: str, b: str) -> bool:
    """Say whether two words are drawn differently: one family, or a thing and an act."""
    families = opposed()
    if families.get(a, -1) == families.get(b, -2):
        return True
    return a[:STEM] == b[:STEM] and (
        a.endswith("ing") != b.endswith("ing") or a.endswith("er") != b.endswith("er")
    )


def _is_code(word: str) -> bool:
    """Say whether a word is a number, a letter or the like: never near to another one."""
    return len(word) < 3 or any(c.isdigit() for c in word)


def _fall_to_heads(weight: Mapping[str, int]) -> dict[str, str]:
    """Send forms with too few drawings to a shorter form that has more."""
    target: dict[str, str] = {}
    for form in sorted(weight, key=lambda f: (-len(f.split()), f)):
        if weight[form] >= ENOUGH:
            continue
        interface = is_interface(form)
        for shorter in _first_words(form) if interface else shorter_forms(form):
            strong = weight.get(shorter, 0) >= max(HOME, weight[form])
            if strong and is_interface(shorter) == interface:
                target[form] = shorter
                break
    return target


def _first_words(form: str) -> list[str]:
    words = form.split()
    return [" ".join(words[:n]) for n in range(len(words) - 1, 0, -1)]


def shorter_forms(form: str) -> list[str]:
    """Return the forms that a rare one may fall to, nearest first."""
    kinds = head_words()
    words = form.split()
    found: list[list[str]] = []
    joiner = next((i for i, w in enumerate(words) if i and w in JOINERS), len(words))
    words = words[:joiner]
    found.append(words)
    tail = words
    while len(tail) > 1 and tail[-1] in kinds["state"]:
        tail = tail[:-1]
        found.append(tail)
    if len(tail) > 1 and tail[-1] in kinds["badge"]:
        found.append(tail[:-1])
    found.extend(tail[i:] for i in range(1, len(tail)))
    if len(tail) > 1 and tail[-1] in kinds["loose"]:
        found.extend([tail[:-1], tail[:1]])
    never = kinds["loose"] | kinds["nohead"] | kinds["state"]
    named = [
        _known(part) or " ".join(_strip_views(part))
        for part in found
        if part and not (len(part) == 1 and (part[0] in never or len(part[0]) < 2))
    ]
    return [f for f in dict.fromkeys(named) if f != form]


def _follow(form: str, target: Mapping[str, str]) -> str:
    for _ in range(64):
        if form not in target:
            return form
        form = target[form]
    return form


def _collect(weight: Mapping[str, int], target: Mapping[str, str]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for form, n in weight.items():
        total[_follow(form, target)] += n
    return dict(total)


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
def opposed() -> dict[str, int]:
    """Return word → number of its family in `data/opposed.txt`: words drawn differently."""
    families = read_data("opposed.txt").splitlines()
    return {w: i for i, line in enumerate(families) if line[:1] != "#" for w in line.split()}


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
