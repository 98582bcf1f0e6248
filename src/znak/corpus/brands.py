"""Which drawings are somebody's mark: they go to the table `brands`, never to training.

Three nets, each of which suffices: the set (sets of logos, and file-type sets, which show
products), the category its set gives the drawing, and its name. Two more are cast by `sift` when all drawings are
there: names that well-known marks have (`brand_names`), and likeness to a known mark. Country flags are known here too; they are
nobody's mark and no drawing for a logo either, so they are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from znak.corpus.names import clean_name
from znak.corpus.sources import Icon, IconSet

BRAND_SETS = frozenset(
    """
    academicons arcticons brandico bxl catppuccin cbi cib cryptocurrency cryptocurrency-color
    devicon devicon-plain devicon-line devicon-original entypo-social fa-brands fa6-brands fa7-brands file-icons
    fontelico gcp k8s logos material-icon-theme nonicons selfhst simple-icons skill-icons
    streamline-logos thesvg thesvg-color token token-branded unjs vscode-icons
    """.split()
)
FAMILIES = {
    "simple-icons": "simple-icons",
    "logos": "logos",
    "thesvg": "thesvg",
    "thesvg-color": "thesvg",
    "bxl": "boxicons",
    "cib": "coreui",
    "fa-brands": "font-awesome",
    "fa6-brands": "font-awesome",
    "fa7-brands": "font-awesome",
    "streamline-logos": "streamline",
    "devicon": "devicon",
    "devicon-original": "devicon",
    "devicon-plain": "devicon",
    "skill-icons": "skill-icons",
}
"""Sets of well-known marks only, by who made them. The other brand sets also hold plain signs (a
magnifier for a file type, a currency in a disc) and marks of small projects made of plain icons."""
FAMOUS = 4
"""A name in so many families is a brand's in any set that might mean the brand."""
PLAIN_SETS = frozenset(
    """
    covid emojione emojione-monotone fluent-emoji-flat fluent-emoji-high-contrast fxemoji game-icons
    geo gis healthicons maki map medical-icon noto noto-v1 osmic pinhead roentgen temaki twemoji wi
    """.split()
)
"""Sets without brands: their words are plain words, and their apple is the fruit."""
_PLAIN = frozenset(
    """
    atom bamboo box canvas capture cinnamon compose copyleft cucumber dart drizzle drone
    files flask foundation ghost helm launchpad loader locust matrix mention messages meteor
    midi mist motion origami outline overcast passport pond portfolio protractor retweet
    ripple ruby scan segment shortcut spotlight spring tapas thumbtack treehouse usb vault
    vector waypoint yarn
    """.split()
) | {"contactless payment", "open source"}
"""Plain words that well-known marks have as names too, and that sets draw as what they say."""
_BRAND_CATEGORY = re.compile(r"category:(?:.*\bbrands?\b.*|.*\blogos?\b.*|social medias?.*)", re.I)
_LOGO_NAME = re.compile(r"(?:^|-)(?:logo|logos|wordmark|logotype)(?:-|$)|^brand-|^bxl-|^social-")
FLAG_SETS = frozenset({"cif", "circle-flags", "flag", "flagpack"})
_COUNTRY_FLAG = re.compile(
    r"^flag-(?:for-|of-)?(?!.*(?:outline|fill|off|plus|minus|checkered|triangle|variant|pole|pin|"
    r"goal|racing|finish|pennant|banner|heart|star|bold|line|1|2|3|4))[a-z]{2,}(?:-[a-z]+)*$"
)
_PLAIN_FLAG = re.compile(
    r"chequered|checkered|triangular|crossed|black-flag|white-flag|pirate|^flag$"
)
_EMOJI_CATEGORIES = frozenset({"category:Flags", "category:Flag"})


def is_brand(icon_set: IconSet, icon: Icon) -> bool:
    """Return whether the drawing is a company's or product's mark, by set, category or name."""
    return (
        icon_set.prefix in BRAND_SETS
        or icon_set.category == "Logos"
        or any(_BRAND_CATEGORY.fullmatch(tag) for tag in icon.tags)
        or _LOGO_NAME.search(icon.name) is not None
        or clean_name(icon.name, prefix=icon_set.prefix).brand_like
    )


def is_country_flag(icon_set: IconSet, icon: Icon) -> bool:
    """Return whether the drawing is the flag of a country, region or organisation."""
    if icon_set.prefix in FLAG_SETS:
        return True
    if not _EMOJI_CATEGORIES.isdisjoint(icon.tags):
        return _PLAIN_FLAG.search(icon.name) is None
    emoji = icon_set.category == "Emoji" or icon_set.prefix == "fluent-emoji"
    return emoji and _COUNTRY_FLAG.match(icon.name) is not None


def brand_names(rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the captions that stand for brands wherever a set might mean the brand.

    `rows` are all drawings and brands, labelled. A caption counts that names a mark of FAMILIES and
    is no plain word (no word of PLAIN_SETS), or that names marks in FAMOUS families.
    """
    families: dict[str, set[str]] = defaultdict(set)
    words: set[str] = set()
    for row in rows:
        if row["kind"] == "brand" and row["set"] in FAMILIES:
            for name in (row["caption"], row["name"].replace("-", " "), _bare(row["caption"])):
                families[name].add(FAMILIES[row["set"]])
        elif row["set"] in PLAIN_SETS:
            words.update((row["caption"], *row["caption"].split(), *row["tags"]))
    return frozenset(
        name
        for name, of in families.items()
        if name and name not in _PLAIN and (len(of) >= FAMOUS or name not in words)
    )


def _bare(caption: str) -> str:
    return re.sub(r" (?:logo|icon|wordmark|solid|block|original|plain)\b.*", "", caption)
