"""English singulars, plurals and spellings: by rule, and the words that follow none."""

from __future__ import annotations

_SAME_PLURAL = frozenset(
    "glasses scissors scales sunglasses eyeglasses people headphones binoculars goggles jeans pants "
    "shorts pliers tongs tweezers chopsticks stairs clothes tennis chess swiss bus gas lens cactus "
    "octopus lotus hippopotamus walrus platypus compass iris canvas atlas circus virus focus cosmos "
    "christmas texas paris venus zeus news series species hummus asparagus crocus hibiscus citrus "
    "nautilus pegasus uterus bonus menus mathematics physics ceramics graphics electronics robotics "
    "logistics fitness business sales mus yes is was his this its us plus always headquarters "
    "barracks crossroads narcissus cumulus ficus thus minus status campus radius genius papyrus "
    "stylus abacus phoenix chassis pancreas albatross bellows gallows trousers overalls sports "
    "atis mantis ibis basis oasis axis analysis clematis tyrannosaurus brontosaurus stegosaurus "
    "apparatus hummus eucalyptus tartarus spartacus colossus discus rhesus molasses "
    "physiotherapists dominoes mars ares hermes hercules achilles archimedes moses".split()
)  # words in -s that are no plurals, or have no singular

_PLURALS = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "mice": "mouse",
    "geese": "goose",
    "teeth": "tooth",
    "feet": "foot",
    "leaves": "leaf",
    "wolves": "wolf",
    "knives": "knife",
    "loaves": "loaf",
    "calves": "calf",
    "halves": "half",
    "shelves": "shelf",
    "hooves": "hoof",
    "elves": "elf",
    "scarves": "scarf",
    "wives": "wife",
    "lives": "life",
    "thieves": "thief",
    "oxen": "ox",
    "cacti": "cactus",
    "fungi": "fungus",
    "dice": "dice",
    "axes": "axe",
    "lenses": "lens",
    "buses": "bus",
    "cactuses": "cactus",
    "octopuses": "octopus",
    "octopi": "octopus",
    "compasses": "compass",
    "lotuses": "lotus",
    "heroes": "hero",
    "potatoes": "potato",
    "tomatoes": "tomato",
    "volcanoes": "volcano",
    "mangoes": "mango",
    "echoes": "echo",
    "shoes": "shoe",
    "horseshoes": "horseshoe",
    "toes": "toe",
    "canoes": "canoe",
    "ties": "tie",
    "pies": "pie",
    "cookies": "cookie",
    "brownies": "brownie",
    "selfies": "selfie",
    "movies": "movie",
    "zombies": "zombie",
    "smoothies": "smoothie",
    "magpies": "magpie",
    "waves": "wave",
    "gloves": "glove",
    "olives": "olive",
    "doves": "dove",
    "hives": "hive",
    "beehives": "beehive",
    "caves": "cave",
    "stoves": "stove",
    "cloves": "clove",
    "chives": "chive",
    "archives": "archive",
    "headaches": "headache",
    "moustaches": "moustache",
    "mustaches": "mustache",
    "caches": "cache",
    "quiches": "quiche",
    "penises": "penis",
    "irises": "iris",
    "kisses": "kiss",
    "antennae": "antenna",
    "larvae": "larva",
    "nebulae": "nebula",
    "phoenixes": "phoenix",
    "quizzes": "quiz",
    "gases": "gas",
    "viruses": "virus",
    "circuses": "circus",
}

_IRREGULAR_SINGULAR = {singular: plural for plural, singular in _PLURALS.items()}
_IRREGULAR_SINGULAR |= {"octopus": "octopuses", "cactus": "cacti", "sheep": "sheep", "fish": "fish"}
_IRREGULAR_SINGULAR |= {"deer": "deer", "moose": "moose", "swine": "swine", "salmon": "salmon"}
SPELLING = {
    "grey": "gray",
    "colour": "color",
    "jewellery": "jewelry",
    "jeweller": "jeweler",
    "centre": "center",
    "theatre": "theater",
    "tyre": "tire",
    "moustache": "mustache",
    "aeroplane": "airplane",
    "doughnut": "donut",
    "fibre": "fiber",
    "catalogue": "catalog",
    "programme": "program",
    "mould": "mold",
    "plough": "plow",
    "armour": "armor",
    "harbour": "harbor",
    "flavour": "flavor",
    "pyjamas": "pajamas",
    "organisation": "organization",
    "favourite": "favorite",
    "licence": "license",
}


def singular(word: str) -> str:
    """Return the singular of an English word in lower case; what is no plural stays."""
    if word in _SAME_PLURAL:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    if word.endswith("ves") and word[-4] in "lr":
        return word[:-3] + "f"
    return word[:-1]


def plural(word: str) -> str:
    """Return the plural of an English noun phrase: of its last word."""
    head, _, last = word.rpartition(" ")
    if last in _SAME_PLURAL and last not in _IRREGULAR_SINGULAR and last.endswith("s"):
        form = last if last not in {"lens", "bus", "compass", "lotus", "iris"} else last + "es"
    elif last in _IRREGULAR_SINGULAR:
        form = _IRREGULAR_SINGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh", "z")):
        form = last + "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        form = last[:-1] + "ies"
    else:
        form = last + "s"
    return f"{head} {form}" if head else form


def singular_phrase(phrase: str) -> str:
    """Return an English noun phrase with its last word in the singular."""
    head, _, last = phrase.rpartition(" ")
    return f"{head} {singular(last)}" if head else singular(last)
