"""Icon names cleaned into captions.

`clean_name("material-symbols:face-3-outline-rounded", …)` keeps what is drawn ("face") and drops
how it is drawn and how the set numbers it: style words, sizes, serial numbers, variants, skin
tones, a set's own topics. Words glued together are split against a vocabulary made from the names
themselves. What each set does is in `data/styles.tsv`; what makes an interface pictogram is in
`data/interface.tsv`; see the heads of these files.

Nothing here looks at a drawing, and nothing here merges captions: that is `concepts`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
SKIN = re.compile(
    r"-(?:(?:medium-)?(?:light|dark)|medium)-skin-tone|-tone-?[1-5](?=-|$)|-skin-tone"
)
FLUENT_SKIN = re.compile(r"-(?:medium-light|medium-dark|medium|light|dark|default)$")
SIZE = re.compile(r"\d+(?:px|pt|dp)|\d+x\d+px")
GLUED_NUMBER = re.compile(r"([a-z]{3,})(\d{1,3})")
VERSION = re.compile(r"v\d+")

# Words whose number is part of the thing: `number 7`, `clock 12`, `dice 3`, `24 hours`.
NUMBERED = frozenset(
    "number numeric counter letter digit keycap dice die looks filter battery signal level "
    "timer forward backward replay rewind circle square box hexagon octagon diamond pentagon "
    "clock tarot pool heading multiplier h f g mpeg mp zodiac filter speed wind uv beaufort route "
    "of dots grid columns rows rating step priority day hour oclock covid web formula apollo "
    "boeing area sdg goal age under over plus minus and to top web3 alpha catan d".split()
)
# A style word that is the thing itself, by its neighbour: never stripped.
LIGHT_OF = frozenset(
    "traffic night flash spot head stop bulb street day sun moon strip signal warning string "
    "ceiling wall emergency brake parking fog ring led flood pendant track fairy christmas hazard "
    "desk floor smart police car beam high low lamp green red yellow no hue siren search tail "
    "light light-bulb northern candle ambient dome mode stage solar recessed running gas torch".split()
)
KEEP_PHRASES = frozenset(
    {
        ("line", "chart"), ("line", "graph"), ("light", "bulb"), ("light", "house"),
        ("clothes", "line"), ("finish", "line"), ("finishing", "line"), ("fishing", "line"),
        ("zip", "line"), ("power", "line"), ("tram", "line"), ("production", "line"),
        ("assembly", "line"), ("time", "line"), ("road", "line"), ("drying", "line"),
        ("washing", "line"), ("starting", "line"), ("transmission", "line"), ("hot", "line"),
        ("all", "round"), ("merry", "round"), ("t", "bold"), ("high", "line"),
        ("music", "sharp"), ("note", "sharp"), ("c", "sharp"), ("f", "sharp"),
        ("razor", "sharp"), ("platonic", "solid"), ("heart", "broken"), ("link", "broken"), ("image", "broken"),
        ("chain", "broken"), ("bone", "broken"), ("arrow", "broken"), ("egg", "broken"),
        ("color", "fill"), ("paint", "fill"), ("bucket", "fill"),
    }
)  # fmt: skip
FLAVOUR = frozenset({"alt", "variant", "alternate", "alternative"})
NUMBER_WORDS = frozenset("one two three four five six seven eight nine ten".split())
ENCLOSURES = frozenset({"circle", "square", "octagon", "hexagon", "rectangle"})
# What may stand beside `circle` or `square` without being inside it.
SHAPE_WORDS = frozenset(
    "half dashed dotted dot crop rounded round red green blue yellow orange purple brown black "
    "white large small medium big semi inner outer full empty quarter multiple double triple two "
    "three four concentric magic blank notch nested overlapping intersecting crop draw select "
    "set t try protractor area root foot meter times town public market mile vesica word search "
    "vicious stone fairy crop traffic turning polar arctic of in the with on and inside "
    "around above below behind beside center outline filled line lines lasso progress chart "
    "graph diagram stack split ring dash dashes bracket brackets parking time golden".split()
)
GLUED_SETS = frozenset(
    "whh fxemoji picon raphael ls formkit websymbol il topcoat vs wpf brandico cil".split()
)
EMOJI_SETS = frozenset(
    "noto noto-v1 twemoji emojione emojione-monotone fluent-emoji fluent-emoji-flat "
    "fluent-emoji-high-contrast openmoji emojione-v1 fxemoji streamline-emojis".split()
)
SMALL_WORDS = frozenset("of in on no up to at by tv ok id cd ai go t x".split())


@dataclass(frozen=True)
class Caption:
    """What a name says: the thing, words beside it, how it is drawn, and two judgements."""

    caption: str  # English, lower case, single spaces; "" where a name has no usable word
    tags: tuple[str, ...]  # modifiers and enclosures worth finding it by
    styles: tuple[str, ...]  # style words that were stripped
    interface: bool  # an interface pictogram, or a thing with an interface badge
    brand_like: bool  # the name of a company or product stands in it


@dataclass(frozen=True)
class SetStyle:
    """How one set writes style into its names."""

    start: tuple[tuple[str, ...], ...]  # longest first
    end: frozenset[str]


def clean_name(name: str, *, prefix: str) -> Caption:
    """Return the caption of one icon's `name` in the set `prefix`; any string is accepted.

    Captions are fixed points: a caption cleaned again, under any prefix "" or the same, stays.
    """
    text = name.rpartition(":")[2].lower().replace("_", "-").replace(" ", "-")
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if prefix in EMOJI_SETS:
        text = strip_skin(text, prefix=prefix).replace("flag-for-flag-", "flag-for-")
    raw = TOKEN.findall(text)
    styles: list[str] = []
    tokens = _settle(raw, prefix=prefix, styles=styles)
    tokens = _settle(tokens, prefix="", styles=styles)
    caption = " ".join(tokens)
    tags = tuple(dict.fromkeys(_modifiers(tokens)))
    return Caption(
        caption=caption,
        tags=tags,
        styles=tuple(dict.fromkeys(styles)),
        interface=is_interface(caption),
        brand_like=_names_brand(raw, tokens, prefix=prefix),
    )


def strip_skin(name: str, *, prefix: str = "") -> str:
    """Return an emoji's name without its skin tones: `man-cook-medium-dark` → `man-cook`."""
    name = SKIN.sub("", name)
    if prefix.startswith("fluent-emoji"):
        bare = FLUENT_SKIN.sub("", name)
        if bare.split("-")[-1] not in LIGHT_OF | {"vertical", "horizontal", "flash"}:
            name = bare
    return name


@lru_cache(maxsize=1 << 17)
def is_interface(caption: str) -> bool:
    """Say whether a caption names an interface pictogram (see `data/interface.tsv`)."""
    rules = interface_rules()
    for phrase in rules["except"]:
        if phrase in caption and re.search(rf"\b{re.escape(phrase)}\b", caption):
            return False
    words = caption.split()
    if not words:
        return True
    bare = _without_enclosure(words)
    if " ".join(bare) in rules["whole"] or all(w.isdigit() or len(w) == 1 for w in bare):
        return True
    if not rules["any"].isdisjoint(bare):
        return True
    if "letter" in bare and any(len(w) == 1 for w in bare):
        return True
    if len(bare) == 1:
        return False
    return bare[0] in rules["first"] or bare[-1] in rules["last"] or _is_badged(bare)


def _is_badged(words: list[str]) -> bool:
    rules = interface_rules()
    if words[-1] in rules["slash"] or words[-1] in rules["badge"]:
        return True
    if words[0] in rules["base"] and words[-1] in {"up", "down", "left", "right", "out", "in"}:
        return True
    return words[0] in rules["base"] and len(words) == 2 and words[1] in rules["base"]


def _without_enclosure(words: list[str]) -> list[str]:
    if len(words) > 2 and words[-2] == "in" and words[-1] in ENCLOSURES:
        return words[:-2]
    return words


def _modifiers(words: list[str]) -> list[str]:
    rules = interface_rules()
    found = []
    bare = _without_enclosure(words)
    if len(bare) < len(words):
        found.append(words[-1])
    if len(bare) > 1 and (bare[-1] in rules["badge"] or bare[-1] in rules["slash"]):
        found += [bare[-1], " ".join(bare[:-1])]
    return found


def _names_brand(raw: list[str], tokens: list[str], *, prefix: str) -> bool:
    raw = _strip_topic(raw, prefix=prefix)
    words = {*raw, *tokens, "-".join(tokens), "".join(tokens)}
    pairs = {a + hyphen + b for a, b in pairwise(tokens) for hyphen in ("-", "")}
    if not brands().isdisjoint(words | pairs):
        return True
    if len(raw) > 1 and ("logo" in raw or "wordmark" in raw):
        return True
    if raw[:1] == ["brand"] and len(raw) > 1 and prefix in {"tabler", "humbleicons"}:
        return True
    return raw[:1] == ["social"] and prefix in {"foundation", "simple-line-icons"} and len(raw) > 1


def _settle(tokens: list[str], *, prefix: str, styles: list[str]) -> list[str]:
    for _ in range(12):
        cleaned = _clean_once(tokens, prefix=prefix, styles=styles)
        if cleaned == tokens:
            return tokens
        tokens = cleaned
    return tokens


def _clean_once(tokens: list[str], *, prefix: str, styles: list[str]) -> list[str]:
    tokens = _strip_topic(tokens, prefix=prefix)
    tokens = [part for token in tokens for part in _split_token(token, prefix=prefix)]
    tokens = [part for token in tokens for part in spelling().get(token, token).split()]
    tokens = _strip_styles(tokens, prefix=prefix, styles=styles)
    tokens = _strip_numbers(tokens)
    tokens = _strip_topic(tokens, prefix=prefix)
    return _reorder(tokens)


def _strip_topic(tokens: list[str], *, prefix: str) -> list[str]:
    for words in set_style(prefix).start:
        n = len(words)
        if len(tokens) > n and tuple(tokens[:n]) == words:
            return tokens[n:]
    return tokens


def _split_token(token: str, *, prefix: str) -> list[str]:
    if match := GLUED_NUMBER.fullmatch(token):
        return [*_split_token(match[1], prefix=prefix), match[2]]
    if len(token) < 6 or not token.isalpha():
        return [token]
    return split_compound(token, eager=prefix in GLUED_SETS)


@cache
def _split_cached(token: str, eager: bool) -> tuple[str, ...]:
    words = vocabulary()
    if words.get(token, 0) >= (3 if eager else 1) or token in spelling():
        return (token,)
    if token.endswith("s") and words.get(token[:-1], 0) >= 3:
        return (token,)
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for end in range(1, len(token) + 1):
        options = []
        for start in range(max(0, end - 16), end):
            word = token[start:end]
            count = words.get(word, 0)
            short = len(word) < 3 and word not in SMALL_WORDS
            known = count >= (2 if eager else 4) and not short
            if known and start < len(best) and best[start][0] < math.inf:
                cost = best[start][0] + 14.0 - math.log(count) - 0.9 * len(word)
                cost += 6.0 * (len(word) < 4)
                options.append((cost, (*best[start][1], word)))
        best.append(min(options) if options else (math.inf, ()))
    cost, parts = best[-1]
    if cost == math.inf or len(parts) > (5 if eager else 2):
        return (token,)
    if not eager and any(len(part) < 4 and words[part] < 40 for part in parts):
        return (token,)
    return parts


def split_compound(token: str, *, eager: bool = False) -> list[str]:
    """Split a glued word (`firetruck`) into words of the vocabulary, or return it whole.

    `eager` is for sets that glue all their words; elsewhere two well-known words are needed.
    """
    return list(_split_cached(token, eager))


def _strip_styles(tokens: list[str], *, prefix: str, styles: list[str]) -> list[str]:
    ends = set_style(prefix).end
    while len(tokens) > 1:
        last, before = tokens[-1], tokens[-2]
        if last == "tone" and before in {"two", "duo"} and len(tokens) > 2:
            styles.append("twotone")
            tokens = tokens[:-2]
        elif (SIZE.fullmatch(last) or last in FLAVOUR or last in ends) and not _is_thing(
            before, last, length=len(tokens)
        ):
            if last not in FLAVOUR and not SIZE.fullmatch(last):
                styles.append(last)
            tokens = tokens[:-1]
        else:
            break
    if len(tokens) > 1:
        tokens = [t for t in tokens if t not in {"alt", "variant"}] or tokens
        tokens = [t for t in tokens if not SIZE.fullmatch(t)] or tokens
        middle = {"outline", "outlined", "filled", "duotone", "rounded"}
        kept = [t for i, t in enumerate(tokens) if i == 0 or t not in middle or len(tokens) == 2]
        styles.extend(t for i, t in enumerate(tokens) if i and t in middle and len(tokens) > 2)
        tokens = kept
    return tokens


def _is_thing(before: str, last: str, *, length: int) -> bool:
    if (before, last) in KEEP_PHRASES:
        return True
    return last == "light" and before in LIGHT_OF and length == 2


def _strip_numbers(tokens: list[str]) -> list[str]:
    while len(tokens) > 1:
        last, before = tokens[-1], tokens[-2]
        serial = last.isdigit() and before not in NUMBERED
        if serial or VERSION.fullmatch(last):
            tokens = tokens[:-1]
        else:
            break
    kept = tokens[:1]
    for before, token in pairwise(tokens):
        if not token.isdigit() or before in NUMBERED:
            kept.append(token)
    if len(kept) > 1 and kept[0].isdigit() and kept[0].startswith("0"):
        kept = kept[1:]
    return kept


def _reorder(tokens: list[str]) -> list[str]:
    """Say `x in circle` for `x-circle` and `circle-x`."""
    if len(tokens) < 2 or "in" in tokens:
        return tokens
    last, first = tokens[-1], tokens[0]
    others = SHAPE_WORDS | ENCLOSURES
    if last in ENCLOSURES and tokens[-2] not in others and first not in others:
        return [*tokens[:-1], "in", last]
    if first in {"circle", "square"} and tokens[1] not in others and last not in others:
        return [*tokens[1:], "in", first]
    return tokens


@cache
def set_style(prefix: str) -> SetStyle:
    """Return what `data/styles.tsv` says of a set, together with what holds for all sets."""
    start: set[tuple[str, ...]] = set()
    end: set[str] = set()
    for pattern, where, words in _rows("styles.tsv"):
        regex = ".*".join(re.escape(part) for part in pattern.split("*"))
        if pattern != "*" and not re.fullmatch(regex, prefix):
            continue
        if where == "start":
            start.update(tuple(word.split("-")) for word in words.split())
        else:
            end.update(words.split())
    ordered = sorted(start, key=lambda words: (-len(words), words))
    return SetStyle(start=tuple(ordered), end=frozenset(end))


@cache
def interface_rules() -> dict[str, frozenset[str]]:
    """Return the words of `data/interface.tsv` by kind."""
    rules: dict[str, frozenset[str]] = {}
    for kind, words in _rows("interface.tsv"):
        rules[kind] = frozenset(words.split("|") if kind == "except" else words.split())
    return rules


@cache
def spelling() -> dict[str, str]:
    """Return misspelt and British words with their caption spelling."""
    return dict(_rows("spelling.tsv"))


@cache
def brands() -> frozenset[str]:
    """Return words that name a company or product."""
    lines = read_data("brands.txt").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


@cache
def vocabulary() -> dict[str, int]:
    """Return the words of the names with the number of sets that use each."""
    return {word: int(count) for word, count in _rows("vocabulary.tsv")}


def read_data(name: str) -> str:
    """Return the text of a file of this package's `data` folder."""
    return (resources.files("znak.corpus") / "data" / name).read_text(encoding="utf-8")


def _rows(name: str) -> list[list[str]]:
    lines = read_data(name).splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
