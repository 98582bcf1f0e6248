"""One key for all forms of a word: Russian endings and English plurals undone by rule.

    key("лисами") == key("лиса"); key("foxes") == key("fox"); key("воющего") == key("воющий")

A key is for looking up, not for showing: tables store keys of base forms, and the entry found says
how the word is written. Keys of different words may meet; the caller ranks by the written form.
"""

from __future__ import annotations

import re
from functools import lru_cache

from znak.brief.english import SPELLING, singular

_VOWELS = frozenset("аеиоуыэюяaeiouy")

_ENDINGS = (
    "иями ьями ями ами иях ьях ях ах иям ьям ям ам иею ией ьей ием ьем ия ья ие ье ию ью ии ьи "
    "ыми ими ого его ому ему ый ий ой ая яя ое ее ые ие ую юю ых их ым им ом ем ою ею ей "
    "иев ьев ев ов а я о е и ы у ю ь й"
)
_BY_LENGTH = tuple(sorted(set(_ENDINGS.split()), key=lambda ending: (-len(ending), ending)))
_FLEETING = re.compile(r"(?<=[бвгджзйклмнпрстфхцчшщ])ь?[ео](?=[бвгджзклмнпрстфхцчшщ]$)")
_ADJECTIVE = re.compile(r"(?:ый|ий|ой)$")
_ADJECTIVE_FORM = re.compile(
    r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ую|юю|ых|их|ым|им|ом|ем|ыми|ими|[^аеиоуыэюя]о)$"
)
_MASCULINE = frozenset("а у ом е ы и ов ам ами ах овский".split())
_DECLENSIONS = {
    "ый": frozenset("ый ого ому ым ом ая ой ую ое ые ых ыми".split()),
    "ий": frozenset("ий ого ему им ом ая ой ую ое ие их ими".split()),
    "а": frozenset("а ы и е у ой ою ам ами ах".split()),
    "я": frozenset("я и е ю ей".split()),
    "ь": frozenset("ь я и ю ем е ью".split()),
    "й": frozenset("й я ю ем е и".split()),
}
_SOFT = re.compile(r"ь(?:я|и|ю|ей|ями|ям|ях|ев)$")

# Forms that no ending explains: form → base form.
_IRREGULAR = {
    form: base
    for base, forms in {
        "лев": "льва львы львов львом львами льву льве львах львам",
        "лед": "льда льды льдом льду льде льдов",
        "пес": "пса псы псов псом псами псу псе псах",
        "пень": "пня пни пней пнем пню пнями",
        "день": "дня дни дней днем дню днями",
        "лоб": "лба лбом лбу лбы",
        "рот": "рта рты ртом рту",
        "сон": "сна сны снов снами снам",
        "друг": "друзья друзей друзьям друзьями друзьях",
        "люди": "людьми людях людям",
        "ребенок": "дети детей детям детьми детях ребята",
        "ухо": "уши ушей ушами ушам ушах",
        "цветок": "цветы цветов",
        "мать": "матери матерью матерей",
        "дочь": "дочери дочерью дочерей дочерям",
        "имя": "имени именем имена имен именами именам",
        "знамя": "знамени знаменем знамена знамен",
        "пламя": "пламени пламенем",
        "семя": "семени семена семян семенами",
        "небо": "небеса небес небесами",
        "чудо": "чудеса чудес чудесами",
        "путь": "пути путем путей путями",
        "дитя": "дитяти",
        "мед": "меда меду медом меде",
        "лис": "лисов лисом",
        "яйцо": "яиц",
        "овца": "овец",
        "сердце": "сердец",
        "солнце": "солнц",
        "кольцо": "колец",
        "чай": "чая чаю чаем чае чаи",
        "змей": "змеев",
        "уж": "ужа ужом",
        "рожь": "ржи рожью",
        "ложь": "лжи",
        "ячмень": "ячменя ячменем",
        "дно": "донья",
        "ель": "елей елями",
        "судно": "суда судов судами",
        "щенок": "щенки щенков щенками щенка щенком щенята",
        "козленок": "козлята козлят козлятами",
    }.items()
    for form in forms.split()
}


def fold(word: str) -> str:
    """Return `word` in lower case with ё as е and one kind of apostrophe."""
    return word.lower().replace("ё", "е").replace("’", "'").replace("ʼ", "'")


@lru_cache(maxsize=1 << 15)
def key(word: str) -> str:
    """Return the key of one word, Russian or English; other words are their own key."""
    word = fold(word)
    if word[:1].isdigit() and "-" not in word:
        return word
    if "-" in word.strip("-"):
        head, _, tail = word.rpartition("-")
        if _is_russian(tail):
            return f"{head}-{key(tail)}"
        return f"{head}-{tail}"
    if _is_russian(word):
        return _stem(word)
    word = SPELLING.get(word, word)
    single = singular(word)
    return SPELLING.get(single, single)


def base_forms(word: str) -> list[str]:
    """Return the base forms that a folded Russian noun may have, likeliest first.

    For words whose key is not that of their base form, because the base form itself looks inflected:
    атом, трамвай, монах; and for double words of which both parts are declined: жуком-скарабеем.
    """
    if "-" in word:
        head, _, tail = word.partition("-")
        if "-" in tail or not (_is_russian(head) and _is_russian(tail)):
            return []
        heads, tails = [head, *base_forms(head)], [tail, *base_forms(tail)]
        return [f"{a}-{b}" for a in heads for b in tails if (a, b) != (head, tail)]
    found: dict[str, None] = {}
    for base, endings in _PARADIGMS:
        for ending in endings:
            stem = word.removesuffix(ending)
            if word.endswith(ending) and len(stem) > 2 and not _VOWELS.isdisjoint(stem):
                found[stem + base] = None
    return list(found)


_PARADIGMS = tuple(
    (base, endings.split())
    for base, endings in (
        ("", "ами ах ов ам ом а у е ы и"),
        ("й", "ями ях ев ям ем я ю е и"),
        ("ий", "иями иях иев иям ием ия ию ии"),
        ("ие", "иями иях ий иям ием ия ию ии"),
        ("ия", "иями иях ий иям ией ию ии"),
        ("ь", "ями ях ей ям ем ью я ю е и"),
        ("а", "ами ах ам ой ою у е ы и"),
        ("я", "ями ях ям ей ею ю е и"),
        ("о", "ами ах ам ом а у е"),
        ("енок", "ятами ятах ятам ята ят"),
        ("онок", "атами атах атам ата ат"),
    )
)


def keys(phrase: str) -> str:
    """Return the key of a phrase: the keys of its words, one space apart."""
    return " ".join(key(word) for word in phrase.split())


def _is_russian(word: str) -> bool:
    return any("а" <= c <= "я" for c in word)


def _stem(word: str) -> str:
    stem = _strip(word)
    shorter = _FLEETING.sub("", stem)
    if len(shorter) >= 3 and not _VOWELS.isdisjoint(shorter):
        stem = shorter
    return stem.replace("ьк", "к").replace("ьц", "ц") if len(stem) > 3 else stem


def _strip(word: str) -> str:
    """Return a Russian word without its ending, the fleeting vowel left in."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 2:
        return word
    stem = word
    for ending in _BY_LENGTH:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            if len(rest) >= 2 and not _VOWELS.isdisjoint(rest):
                stem = rest
                break
    while len(stem) > 3 and stem[-1] in "ейиь" and not _VOWELS.isdisjoint(stem[:-1]):
        stem = stem[:-1]
    return stem[:-1] if stem.endswith("нн") else stem


def agrees(form: str, base: str) -> bool:
    """Say whether a folded Russian word may be a form of a folded base form with the same key.

    Keys of different words meet (голубь and голубой, колесо and колос, борода and бордо); the
    endings and the place of the fleeting vowel tell them apart. Words of Latin letters agree.
    """
    form = _IRREGULAR.get(form, form)
    if form == base or not _is_russian(form) or "-" in form:
        return True
    if len(base) > 4 and _ADJECTIVE.search(base):
        doubled = "нн" in form or not base[:-2].endswith("нн")  # вино is not винный
        return bool(_ADJECTIVE_FORM.search(form)) and doubled and _strip(form) == _strip(base)
    if _SOFT.search(form) and base.endswith(("а", "я")) and not base.endswith("ья"):
        return False
    a, b = _strip(form), _strip(base)
    if a == b:
        return True
    form_bare, base_bare = form[-1] not in _VOWELS, base[-1] not in _VOWELS
    return (form_bare and _FLEETING.sub("", a) == b) or (base_bare and a == _FLEETING.sub("", b))


def is_declined(form: str, base: str) -> bool:
    """Say whether a folded word is a foreign name or a regular form of it: найка of найк.

    Stricter than `agrees`: no fleeting vowels, names in -и, -о, -у, -е stay as they are.
    """
    if form == base or not _is_russian(base):
        return form in (base, f"{base}'s", f"{base}s")
    for last, endings in _DECLENSIONS.items():
        if base.endswith(last):
            stem = base.removesuffix(last)
            return form.startswith(stem) and form[len(stem) :] in endings
    if base[-1] in _VOWELS:
        return False
    return form.startswith(base) and form[len(base) :] in _MASCULINE


def undo_diminutive(word: str) -> list[str]:
    """Return the keys that a Russian diminutive may come from, likeliest first."""
    stem = key(word)
    found: list[str] = []
    for suffix, minimum in _DIMINUTIVES:
        if stem.endswith(suffix) and len(stem) - len(suffix) >= minimum:
            base = stem[: -len(suffix)]
            found += [base, *(_HARD[base[-1]] and [base[:-1] + c for c in _HARD[base[-1]]])]
            # чашечка ← чашка, листочек ← листок: a second suffix under the first.
            found += [base + "к", base + "ц"]
    tidy = [form for base in found for form in (base, _FLEETING.sub("", base))]
    return list(dict.fromkeys(form for form in tidy if len(form) >= 2))


_DIMINUTIVES = (
    ("ушечк", 2),
    ("оночк", 2),
    ("еньк", 3),
    ("енк", 3),
    ("оньк", 3),
    ("онк", 3),
    ("очечк", 2),
    ("ечк", 2),
    ("очк", 2),
    ("ишк", 3),
    ("ушк", 3),
    ("юшк", 3),
    ("оньк", 3),
    ("ищ", 3),
    ("чик", 3),
    ("ик", 3),
    ("чк", 3),
    ("ек", 3),
    ("к", 2),
    ("ц", 3),
)


class _Hard(dict[str, str]):
    def __missing__(self, letter: str) -> str:
        return ""


_HARD = _Hard({"ч": "кц", "ж": "г", "ш": "х", "ц": "к"})
