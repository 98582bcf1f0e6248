"""Which words and pairs of words get a row of their own, commonest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from znak.training.words_data import Material
from znak.training.words_examples import (
    EN_FOR,
    EN_PROMPTS,
    RU_FOR,
    RU_PROMPTS,
    Composer,
    Example,
)
from znak.training.words_russian import CASES, inflect
from znak.words.forms import english_bases, is_russian
from znak.words.normal import tokenise
from znak.words.vocabulary import Kind, Vocabulary


def choose_words(material: Material, further: Sequence[str], *, most: int) -> list[str]:
    """Return the vocabulary, commonest first; `most` of `further` English words come after."""
    counts: Counter[str] = Counter()
    for caption in material.captions:
        counts.update(set(caption.split()))
    common = {word for word, n in counts.items() if n >= 2}
    for entry in material.entries:
        counts.update(entry.en.split())
        common.update(entry.en.split())
    templates = " ".join([*EN_PROMPTS, *EN_FOR]).replace("{x}", " ").replace("{y}", " ")
    common.update(w for w in tokenise(templates))
    english = sorted((w for w in common if not is_russian(w)), key=lambda w: (-counts[w], w))
    kept = set(english)
    more = [w for w in further if w not in kept and not any(b in kept for b in english_bases(w))]
    return [*english, *_russian_words(material), *list(dict.fromkeys(more))[:most]]


def _russian_words(material: Material) -> list[str]:
    """Base forms; of the words inside phrases, those that no base form leads to."""
    counts: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for ru, _, weight in material.pairs:
        if " " in ru:
            inside.update(ru.split())
        else:
            counts[ru] += 1 + (weight == 1)
    for ru_template, *_ in [*RU_PROMPTS, *RU_FOR]:
        inside.update(tokenise(ru_template.replace("{x}", " ").replace("{y}", " ")))
    lemmas = sorted((w for w in counts if is_russian(w)), key=lambda w: (-counts[w], w))
    reached = Vocabulary.build(lemmas, n_buckets=1)
    loose = [
        w for w in inside if is_russian(w) and reached.read(w).kind not in (Kind.EXACT, Kind.FORM)
    ]
    return [*lemmas, *sorted(loose, key=lambda w: (-inside[w], w))]


def choose_phrases(material: Material) -> list[list[str]]:
    """Return phrases in all forms that may be seen, base form first: Russian, then English.

    English ones are the lexicon's, by the number of drawings of that caption.
    """
    composer = Composer(material, seed=0)
    russian = [ru for ru, _, _ in material.pairs if " " in ru]
    phrases = []
    for ru in dict.fromkeys(russian):
        bent = [inflect(ru, case) for case in CASES[1:]] + [inflect(ru, "nomn", plural=True)]
        seen = [b for b in dict.fromkeys(bent) if b and composer.may_be_seen(Example(b, (), ""))]
        phrases.append([ru, *seen])
    english = sorted({e.en for e in material.entries if " " in e.en})
    english.sort(key=lambda en: -material.captions.get(en, 0))
    return [*phrases, *([en] for en in english)]
