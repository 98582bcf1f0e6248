"""Drawings that need not be drawn at all: told by their names before anything is rendered.

A set often holds one drawing several times: in weights, sizes, skin tones. Of such twins the most
solid and the plainest line drawing are kept. What a letter or a number is drawn for belongs to
lettering, not here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from znak.corpus.sources import Icon

VARIANT_SETS = frozenset(
    """
    bx bxs fa fa-regular fa-solid fa6-regular fa6-solid famicons fluent-emoji heroicons-outline
    heroicons-solid icon-park icon-park-twotone material-symbols-light mi streamline-guidance
    svg-spinners uim
    """.split()
)
"""Sets that only repeat another one (an older version, hairlines, two tones, shaded) or only spin."""
_FAINT = frozenset(
    "thin light duotone duo twotone broken sharp round rounded remix wordmark dark background".split()
)
_PLAIN = frozenset({"regular", "bold", "linear", "baseline"})
_SIZES = {
    "10": 10,
    "11": 11,
    "12": 12,
    "14": 14,
    "15": 15,
    "16": 16,
    "20": 20,
    "24": 24,
    "24px": 24,
}
_SIZES |= {"26": 26, "28": 28, "32": 32, "48": 48}
_BEST_SIZE = 22
_STROKE_WEIGHTS = frozenset({"ph", "iconmind", "iconamoon"})
_SKIN = re.compile(
    r"-(?:medium-light|medium-dark|light|medium|dark)-skin-tone|-tone-?[1-5]|"
    r"-(?:medium-light|medium-dark|medium|light|dark)$"
)
_EMOJI = frozenset({"noto", "noto-v1", "twemoji", "emojione", "fluent-emoji-flat", "fluent-emoji"})
_GLYPH_WORDS = (
    r"letters?|alpha|alphabet|numbers?|numeric|digits?|numeral|keycap|character|capital|small|"
    r"regional|indicator|symbol|latin|cyrillic|greek|negative|squared|circled|japanese"
)
_SHAPE_WORDS = r"circle|square|box|rounded|hexagon|octagon|pentagon|diamond|rectangle|sign|button"
_STYLE_WORDS = (
    r"fill|filled|outline|solid|line|bold|regular|sharp|round|light|off|alt|upper|lower|case"
)
_GLYPH = re.compile(
    rf"^(?:(?:{_GLYPH_WORDS}|{_SHAPE_WORDS}|{_STYLE_WORDS})-)*"
    rf"(?:[a-z]{{1,2}}|\d+|[a-z]-?\d|\d-?[a-z]|zero|one|two|three|four|five|six|seven|"
    rf"eight|nine|ten)(?:-(?:{_GLYPH_WORDS}|{_SHAPE_WORDS}|{_STYLE_WORDS}|small|px|\d+))*$"
)
_GLYPH_NAME = re.compile(
    rf"(?:^|-)(?:{_GLYPH_WORDS})-(?:\w|\d+|zero|one|two|three|four|five|six|seven|eight|nine|ten)(?:-|$)"
    r"|^\d+-?(?:k|mp|fps|g|x)(?:-|$)|cjkunified|ideograph|regionalindicator|^keycap|japanese-.*button"
    r"|-button-?(?:blood-type)?$|^(?:uppercase|lowercase)|mahjong|^input-(?:latin|number|symbol)"
)
_WORDS = frozenset(
    "ox tv ev pi om ax up go cd id ai us no on in at of by dna car cat dog cow bat ant bee bed bus "
    "box bow cup cap can fan fox gem hat hen hut ice ink jar jet jug key kit leg lip log map mug "
    "net nut oar oil orb owl pan paw pea pen pet pie pig pin pot ram rat ray rib rod rug saw sea "
    "ski sky spa sun tab tag tap tax tea tie toe top toy tub van web yak yin zen zoo arm axe bag "
    "ban bar bin bug bun cog cub dam den dot ear eel egg elk elf emu end eye fin fig fir fly fog "
    "fur gas gum gun ham hay hip hop hot hub ivy jam jaw job joy lab lid lip mop mud nib oak pad "
    "pit pod ppe ufo urn vet vid war wax wig bra pub gym gin pill rum bbq wc".split()
)


def weed(prefix: str, icons: Sequence[Icon]) -> dict[str, tuple[str, str]]:
    """Return {name: (reason, detail)} of the drawings of one set to leave out unseen."""
    out: dict[str, tuple[str, str]] = {}
    for icon in icons:
        if icon.hidden:
            out[icon.name] = ("hidden", "withdrawn by its set")
        elif prefix in VARIANT_SETS:
            out[icon.name] = ("variant", "the set repeats another one")
        elif "<animate" in icon.svg or "<set " in icon.svg:
            out[icon.name] = ("animated", "")
        elif is_glyph(icon.name):
            out[icon.name] = ("text glyph", "")
        elif prefix in _EMOJI and (bare := _SKIN.sub("", icon.name)) != icon.name:
            out[icon.name] = ("variant", f"skin tone of {bare}")
    left = [icon.name for icon in icons if icon.name not in out]
    out.update(_twins(prefix, left))
    return out


def is_glyph(name: str) -> bool:
    """Return whether a drawing's name says that it shows a letter or a number."""
    if _GLYPH_NAME.search(name):
        return True
    return _GLYPH.match(name) is not None and not any(word in _WORDS for word in name.split("-"))


def _twins(prefix: str, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the faint, half-tone and odd-sized twins of drawings that stay."""
    words = Counter(word for name in names for word in set(_words(name)))
    common = {word for word, count in words.items() if count >= 0.05 * len(names)}
    faint, sizes = _FAINT & common, set(_SIZES) & common
    if prefix in _STROKE_WEIGHTS:
        faint |= {"regular"}
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in names:
        groups[tuple(w for w in _words(name) if w not in sizes)].append(name)
    out: dict[str, tuple[str, str]] = {}
    kept: dict[tuple[str, ...], str] = {}
    for group, members in groups.items():
        best = min(members, key=lambda name: (abs(_size(name, sizes) - _BEST_SIZE), name))
        kept[group] = best
        out.update({n: ("variant", f"size of {best}") for n in members if n != best})
    plain = {
        tuple(w for w in group if w not in _FAINT | _PLAIN)
        for group in kept
        if faint.isdisjoint(group)
    }
    for group, name in kept.items():
        bare = tuple(w for w in group if w not in _FAINT | _PLAIN)
        if not faint.isdisjoint(group) and _near(bare, plain):
            out[name] = ("variant", "faint, sharp, rounded or two-tone twin")
    return out


def _near(bare: tuple[str, ...], plain: set[tuple[str, ...]]) -> bool:
    return any(
        (*bare, *style) in plain
        for style in ((), ("fill",), ("filled",), ("line",), ("outline",), ("solid",))
    )


def _words(name: str) -> list[str]:
    return name.replace("two-tone", "twotone").replace("duo-tone", "duotone").split("-")


def _size(name: str, sizes: set[str]) -> int:
    return next((_SIZES[word] for word in _words(name) if word in sizes), _BEST_SIZE)
