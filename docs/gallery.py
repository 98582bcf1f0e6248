"""Draw `docs/gallery.png` and `docs/gallery.md`: 24 briefs, fixed seeds, nothing picked.

    python docs/gallery.py --corpus DIR

Until the package carries a mark model, the marks are drawings of the corpus's held-out test split,
traced by the codec: the one whose caption shares the most words with the brief, the first by name
among equals. Colour, lettering and lock-up are the product's own.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from znak.brand import design
from znak.brand.logo import Logo
from znak.brand.page import centred, png_of
from znak.brief import Brief, read
from znak.corpus.store import read_drawings
from znak.fields import trace

BRIEFS = (
    ("a fox for a coffee shop, warm orange, friendly", "Foxy Beans", "coffee roasters", "fox"),
    ("a moon for a bookshop, dark green, classic", "Night Reader", "books & tea", "moon"),
    ("a rocket for a startup, tech, blue", "Lift", "", "rocket"),
    ("minimal mountain for outdoor gear", "Ridge Trail Co", "", "mountain"),
    ("a whale for a seafood restaurant, badge", "Blue Harbour", "since 1998", "whale"),
    ("playful dinosaur for a toy shop, bright green", "Dinoland", "", "dinosaur"),
    ("luxury crown for a hotel, gold", "GRAND CELESTE", "hotel & spa", "crown"),
    ("a leaf for organic cosmetics", "Herbaria", "natural skin care", "leaf"),
    ("a bee for a honey farm, yellow and black, badge", "Golden Hive", "raw honey", "bee"),
    ("a guitar for a music school, retro, red", "String Theory", "", "guitar"),
    ("a shield and a lock for a security company, navy", "Bastion", "cyber security", "shield"),
    ("a bicycle for a rental, turquoise", "Velo Town", "rent a bike", "bicycle"),
    ("кот для ветеринарной клиники, бирюзовый", "Мурлыка", "ветеринарная клиника", "cat"),
    ("пшеница для пекарни, эмблема", "Хлеб и соль", "", "wheat"),
    ("роза для цветочного магазина, розовый, градиент", "Розмарин", "цветы каждый день", "rose"),
    ("медведь, строгий, тёмно-синий, для стройки", "Сибирь Строй", "", "bear"),
    ("корабль для рыбного ресторана", "Тихая гавань", "рыба и вино", "ship"),
    ("дерево для детского сада, дружелюбно", "Дубок", "детский сад", "tree"),
    ("чайник для чайной, элегантно, бордовый", "Чайная № 1", "", "teapot"),
    ("карандаш для школы, фиолетовый и жёлтый", "Первый класс", "школа", "pencil"),
    ("молот для мастерской, ретро, щит", "Кузница", "", "hammer"),
    ("яблоко для фермы, красный и зелёный", "Яблоневый сад", "", "apple"),
    ("самолёт для турагентства, голубой", "Полёт", "путешествия", "airplane"),
    ("собака, груминг, минимализм", "Пёс Барбос", "груминг", "dog"),
)
_CELL, _COLUMNS = (440, 300), 4


def main() -> None:
    """Draw both files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    drawings = _drawings(options.corpus)
    logos = []
    for seed, (prompt, name, tagline, thing) in enumerate(BRIEFS):
        brief = read(prompt)
        credit, field = _nearest(drawings, brief, thing)
        layout = "shield" if "щит" in prompt else None
        logo = design(brief, trace(field), name=name, tagline=tagline, layout=layout, seed=seed)
        logos.append((prompt, logo, credit))
    _sheet([logo for _, logo, _ in logos]).save(options.out / "gallery.png", optimize=True)
    (options.out / "gallery.md").write_text(_text(logos), encoding="utf-8")


Drawing = tuple[frozenset[str], str, np.ndarray, bool]


def _drawings(corpus: Path) -> list[Drawing]:
    columns = ["set", "name", "caption", "field", "solid", "n_parts", "coverage", "interface", "license", "derived"]  # fmt: skip
    found = []
    for batch in read_drawings(corpus, split="test", columns=columns):
        for row in batch.to_pylist():
            if row["solid"] and row["coverage"] > 0.15:
                plain = not row["interface"] and row["derived"] == "" and row["n_parts"] <= 8
                credit = f"{row['set']}:{row['name']} ({row['license']})"
                field = np.frombuffer(row["field"], np.int8).reshape(64, 64)
                found.append((frozenset(row["caption"].split()), credit, field, plain))
    return sorted(found, key=lambda d: d[1])


def _nearest(drawings: list[Drawing], brief: Brief, thing: str) -> tuple[str, np.ndarray]:
    said = {word for concept in brief.concepts for word in concept.name.split()} | {thing}

    def score(drawing: Drawing) -> float:
        words = drawing[0]
        return 3 * (thing in words) + 2 * len(words & said) / max(len(words), 1) + drawing[3]

    best = max(drawings, key=score)
    return best[1], best[2]


def _sheet(logos: list[Logo]) -> Image.Image:
    width, height = _CELL
    rows = -(-len(logos) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * width, rows * height), "white")
    for number, logo in enumerate(logos):
        palette = logo.palette
        cell = Image.new("RGB", _CELL, palette.ground)
        scene = logo.scene
        scale = min(width * 0.84 / scene.width, height * 0.86 / scene.height)
        drawn = png_of(logo.svg(ground=False), round(scene.width * scale))
        picture = Image.open(io.BytesIO(drawn)).convert("RGBA")
        cell.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2), picture)
        tiny = centred(logo.at("mark").scene, palette, width=16, height=16, share=1.0, ground=palette.ground)  # fmt: skip
        cell.paste(Image.open(io.BytesIO(png_of(tiny.svg(), 16))).convert("RGB"), (width - 28, height - 28))  # fmt: skip
        sheet.paste(cell, (number % _COLUMNS * width, number // _COLUMNS * height))
    return sheet


def _text(logos: list[tuple[str, Logo, str]]) -> str:
    lines = [
        "# Gallery",
        "",
        "24 briefs, seeds 0 to 23, the first result of each, nothing picked or retouched. The small",
        "mark in the corner of each cell is 16 px.",
        "",
        "This version's gallery shows colour, lettering and lock-ups on **drawings of the corpus's held-out",
        "split traced by the codec** (the nearest to each brief by caption), not marks of the model.",
        "Made by `python docs/gallery.py --corpus DIR`.",
        "",
        "![24 logos](gallery.png)",
        "",
        "| | brief | name | layout, form | lettering | colours | drawing |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, (prompt, logo, credit) in enumerate(logos, start=1):
        face = logo.face.label if logo.face else "–"
        colours = " ".join(f"`{c}`" for c in logo.palette.colours)
        lines.append(
            f"| {number} | {prompt} | {logo.name} | {logo.layout}, {logo.form} | {face} | {colours} | {credit} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
