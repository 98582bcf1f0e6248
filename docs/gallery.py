"""Draw `docs/gallery.png` and `docs/gallery.md`: 24 briefs, seeds 0 to 23, nothing picked.

    python docs/gallery.py

Each mark is the first of the studio's for its brief, by the model in the package; colour, lettering
and lock-up are the brand layer's.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from znak.brand import design
from znak.brand.logo import Logo
from znak.brand.page import centred, png_of
from znak.brief import read
from znak.studio import design as draw

BRIEFS = (
    ("a fox for a coffee shop, warm orange, friendly", "Foxy Beans", "coffee roasters"),
    ("a moon for a bookshop, dark green, classic", "Night Reader", "books & tea"),
    ("a rocket for a startup, tech, blue", "Lift", ""),
    ("minimal mountain for outdoor gear", "Ridge Trail Co", ""),
    ("a whale for a seafood restaurant, badge", "Blue Harbour", "since 1998"),
    ("playful dinosaur for a toy shop, bright green", "Dinoland", ""),
    ("luxury crown for a hotel, gold", "GRAND CELESTE", "hotel & spa"),
    ("a leaf for organic cosmetics", "Herbaria", "natural skin care"),
    ("a bee for a honey farm, yellow and black, badge", "Golden Hive", "raw honey"),
    ("a guitar for a music school, retro, red", "String Theory", ""),
    ("a shield and a lock for a security company, navy", "Bastion", "cyber security"),
    ("a bicycle for a rental, turquoise", "Velo Town", "rent a bike"),
    ("кот для ветеринарной клиники, бирюзовый", "Мурлыка", "ветеринарная клиника"),
    ("пшеница для пекарни, эмблема", "Хлеб и соль", ""),
    ("роза для цветочного магазина, розовый, градиент", "Розмарин", "цветы каждый день"),
    ("медведь, строгий, тёмно-синий, для стройки", "Сибирь Строй", ""),
    ("корабль для рыбного ресторана", "Тихая гавань", "рыба и вино"),
    ("дерево для детского сада, дружелюбно", "Дубок", "детский сад"),
    ("чайник для чайной, элегантно, бордовый", "Чайная № 1", ""),
    ("карандаш для школы, фиолетовый и жёлтый", "Первый класс", "школа"),
    ("молот для мастерской, ретро, щит", "Кузница", ""),
    ("яблоко для фермы, красный и зелёный", "Яблоневый сад", ""),
    ("самолёт для турагентства, голубой", "Полёт", "путешествия"),
    ("собака, груминг, минимализм", "Пёс Барбос", "груминг"),
)
_CELL, _COLUMNS = (440, 300), 4


def main() -> None:
    """Draw both files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    logos = []
    for seed, (prompt, name, tagline) in enumerate(BRIEFS):
        mark = draw(prompt, name=name, n=1, seed=seed)[0]
        layout = "shield" if "щит" in prompt else None
        outline = mark.outline
        logo = design(read(prompt), outline, name=name, tagline=tagline, layout=layout, seed=seed)
        logos.append((prompt, logo))
    _sheet([logo for _, logo in logos]).save(options.out / "gallery.png", optimize=True)
    (options.out / "gallery.md").write_text(_text(logos), encoding="utf-8")


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


def _text(logos: list[tuple[str, Logo]]) -> str:
    lines = [
        "# Gallery",
        "",
        "24 briefs, seeds 0 to 23, the first result of each, nothing picked or retouched. The small",
        "mark in the corner of each cell is 16 px.",
        "",
        "Made by `python docs/gallery.py` with the weights of the [model card](model-card.md).",
        "",
        "![24 logos](gallery.png)",
        "",
        "| | brief | name | layout, form | lettering | colours |",
        "|---|---|---|---|---|---|",
    ]
    for number, (prompt, logo) in enumerate(logos, start=1):
        face = logo.face.label if logo.face else "–"
        colours = " ".join(f"`{c}`" for c in logo.palette.colours)
        lines.append(
            f"| {number} | {prompt} | {logo.name} | {logo.layout}, {logo.form} | {face} | {colours} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
