"""The words of the reports on evaluations, in English and Russian."""

from __future__ import annotations

from typing import Any

_EN: dict[str, Any] = {
    "one": "Evaluation of {}",
    "several": "Comparison: {}",
    "point": ".",
    "thousands": ",",
    "synthetic": "Synthetic data: made-up logos in the schema of amazing_logos_v4. No figure here is one of "
    "the real data set.",
    "real": "The same on the real data set with one command, models trained anew:",
    "extractor": "Extractor {name}, pictures {resize}. Only figures of the Inception network are called FID, IS "
    "and KID; the others compare with nothing outside this page. In square brackets: 95 % bootstrap interval "
    "over the images; another training run may differ by more. Precision and density can be high for poor "
    "pictures that are all alike: read them with recall and coverage.",
    "sizes": "Each model stands against pictures of its own size: figures of different sizes compare only "
    "roughly.",
    "figures": "Figures",
    "figure": "figure",
    "better": "better",
    "higher": "higher",
    "lower": "lower",
    "near": "near {}",
    "best": "Bold: the best value of a row. Intervals that overlap decide nothing.",
    "against": "against {}",
    "models": "Models",
    "pictures": "The same pictures' texts",
    "pictures_note": "Each row is one held-out picture and what each model draws for its caption: the "
    "seed's preset is told the whole caption, the others tags and industry. The shortest telling is "
    "shown.",
    "text": "told",
    "real_picture": "real",
    "copies": "Nearest to a training picture: {}",
    "copies_note": "Generated on the left, its nearest training picture on the right. A look at these finds "
    "copies; it is no proof that there are none.",
    "distance": "feature distance {}",
    "missing": "{name}: no {what}: {why}",
    "yes": "yes",
    "no": "no",
    "resizes": {},
    "names": {},
    "details": {},
    "about": {},
}

_RU: dict[str, Any] = {
    "one": "Оценка: {}",
    "several": "Сравнение: {}",
    "point": ",",
    "thousands": "\u00a0",
    "synthetic": "Синтетические данные: придуманные логотипы в схеме amazing_logos_v4. Ни одно число здесь "
    "не относится к настоящему набору.",
    "real": "То же на настоящих данных одной командой, модели обучаются заново:",
    "extractor": "Признаки {name}, картинки {resize}. FID, IS и KID называются только числа сети Inception; "
    "остальные не сравнимы ни с чем вне этой страницы. В квадратных скобках — 95-процентный бутстрэп-интервал "
    "по картинкам; другое обучение может отличаться и сильнее. Точность и плотность бывают высокими и у "
    "плохих одинаковых картинок: читайте их вместе с полнотой и охватом.",
    "sizes": "Каждая модель сравнивается с картинками своего размера: числа разных размеров сопоставимы лишь "
    "приблизительно.",
    "figures": "Показатели",
    "figure": "показатель",
    "better": "лучше",
    "higher": "больше",
    "lower": "меньше",
    "near": "около {}",
    "best": "Жирным — лучшее в строке. Пересекающиеся интервалы ничего не решают.",
    "against": "против {}",
    "models": "Модели",
    "pictures": "По одним и тем же подписям",
    "pictures_note": "Строка — отложенная картинка и то, что каждая модель рисует по её подписи: "
    "seed-baseline получает подпись целиком, остальные — метки и отрасль. Показан самый короткий вариант.",
    "text": "подпись",
    "real_picture": "настоящая",
    "copies": "Ближе всего к обучающей картинке: {}",
    "copies_note": "Слева — нарисованная, справа — ближайшая к ней обучающая. Так находят копии; что их "
    "нет, этим не доказать.",
    "distance": "расстояние признаков {}",
    "missing": "{name}: нет показателя «{what}»: {why}",
    "yes": "да",
    "no": "нет",
    "resizes": {"bilinear, antialiased, to ": "билинейно со сглаживанием до "},
    "names": {
        "precision": "точность (precision)",
        "recall": "полнота (recall)",
        "density": "плотность (density)",
        "coverage": "охват (coverage)",
        "nearest-neighbour ratio": "отношение к ближайшему соседу",
        "near-copy share": "доля почти копий",
        "text match": "соответствие тексту",
        "text pick": "узнаётся свой текст",
        "Fréchet distance": "расстояние Фреше",
        "inception score": "inception score",
        "kernel distance": "ядерное расстояние",
        "precision, recall, density, coverage": "точность, полнота, плотность, охват",
        "memorisation": "запоминание",
    },
    "details": {
        "dimensions": "измерений",
        "splits": "частей",
        "images a split": "картинок в части",
        "deviation over splits": "отклонение по частям",
        "subsets": "подвыборок",
        "subset size": "картинок в подвыборке",
        "deviation over subsets": "отклонение по подвыборкам",
        "neighbours": "соседей",
        "held out": "отложенных",
        "replicates": "повторов",
        "candidates": "текстов на выбор",
    },
    "about": {
        "checkpoint": "файл весов",
        "kind": "вид",
        "size": "размер, px",
        "parameters": "параметров",
        "samples seen": "показано картинок",
        "text encoder": "кодировщик текста",
        "steps": "шагов",
        "guidance": "следование тексту",
        "seconds an image": "секунд на картинку",
        "data": "данные",
        "split": "часть",
        "synthetic": "синтетические",
        "held-out pictures were trained on": "обучались на отложенных",
        "seeds": "зёрна",
        "images a second in training": "картинок в секунду при обучении",
        "seconds a step": "секунд на шаг",
        "minutes of training": "минут обучения",
        "threads": "потоков",
        "device": "устройство",
    },
}

WORDS = {"en": _EN, "ru": _RU}
