"""A small corpus folder by the schemas of `znak.corpus.store`, from shapes drawn here."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from znak.corpus.store import BRAND, CONCEPT, DRAWING, REJECT, SCHEMA_VERSION
from znak.fields.measure import measure
from znak.fields.sdf import quantise, signed_distance

SHAPES = {
    "star": ("звезда", 5, 0.45),
    "triangle": ("треугольник", 3, 0.5),
    "flower": ("цветок", 8, 0.75),
    "hexagon": ("шестиугольник", 6, 0.866),
    "sun": ("солнце", 12, 0.8),
    "kite": ("", 4, 0.6),
}
KINDS = ("", "", "", "filled", "thickened", "silhouette")


def draw(points: int, depth: float, turn: float, thin: bool) -> list[np.ndarray]:
    angle = np.arange(2 * points) * np.pi / points + turn
    radius = np.where(np.arange(2 * points) % 2, 28 * depth, 28)
    outer = 32 + np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=1)
    inner = (32 + (outer - 32) * (0.85 if thin else 0.3))[::-1]
    return [outer, inner]


def to_svg(loops: list[np.ndarray], fill: str) -> str:
    data = "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in loop) + "Z" for loop in loops)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><path fill="{fill}" d="{data}"/></svg>'


def make_rows(n: int, seed: int = 0) -> list[dict]:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        word = list(SHAPES)[i % len(SHAPES)]
        ru, points, depth = SHAPES[word]
        thin, coloured = i % 3 == 2, i % 5 == 0
        loops = draw(points, depth, rng.uniform(-0.05, 0.05), thin)
        field = signed_distance(loops)
        sizes = measure(field)
        rows.append(
            {
                "set": f"set-{i % 4}",
                "name": f"{word}-{i}",
                "caption": f"{['big', 'small', 'old'][i % 3]} {word}",
                "concept": word if i % 7 else "",
                "tags": [word, "shape"][: i % 3],
                "ru": ru,
                "license": ["MIT", "Apache-2.0", "CC-BY-4.0"][i % 3],
                "author": "Nobody",
                "svg": to_svg(loops, "#e4572e" if coloured else "currentColor"),
                "field": quantise(field).tobytes(),
                "coverage": sizes.coverage,
                "thickness": sizes.thickness,
                "symmetry": sizes.symmetry,
                "n_parts": sizes.n_parts,
                "n_holes": sizes.n_holes,
                "perimeter": sizes.perimeter,
                "derived": KINDS[i % len(KINDS)],
                "solid": not thin,
                "interface": i % 11 == 0,
                "colours": ["#e4572e", "#17bebb"] if coloured else [],
                "cluster": i // 2,
                "split": ["train", "train", "train", "valid", "test"][i // 2 % 5],
            }
        )
    return rows


def write_corpus(root: Path, n: int = 60, seed: int = 0) -> list[dict]:
    """Write a corpus of `n` drawings to `root`; return its rows in stored order."""
    rows = make_rows(n, seed)
    for split in ("train", "valid", "test"):
        folder = root / "drawings" / f"split={split}"
        folder.mkdir(parents=True)
        part = [row for row in rows if row["split"] == split]
        pq.write_table(pa.Table.from_pylist(part, schema=DRAWING), folder / "part-000.parquet")
    brands = [
        {**row, "set": "simple-icons", "caption": f"brand {i}"}
        for i, row in enumerate(make_rows(9, 7))
    ]
    (root / "brands").mkdir()
    names = set(BRAND.names)
    brands = [{k: v for k, v in row.items() if k in names} for row in brands]
    pq.write_table(pa.Table.from_pylist(brands, schema=BRAND), root / "brands" / "part-000.parquet")
    concepts = [
        {
            "concept": word,
            "ru": SHAPES[word][0],
            "head": word,
            "n_drawings": sum(row["concept"] == word for row in rows),
            "n_solid": sum(row["concept"] == word and row["solid"] for row in rows),
            "captions": [f"big {word}", f"small {word}"],
        }
        for word in SHAPES
    ]
    pq.write_table(pa.Table.from_pylist(concepts, schema=CONCEPT), root / "concepts.parquet")
    rejects = [
        {"set": "set-9", "name": f"bad-{i}", "license": "", "reason": reason, "detail": ""}
        for i, reason in enumerate(["licence", "licence", "empty", "thin"])
    ]
    pq.write_table(pa.Table.from_pylist(rejects, schema=REJECT), root / "rejects.parquet")
    manifest = {"schema_version": SCHEMA_VERSION, "drawings": n}
    (root / "manifest.json").write_text(json.dumps(manifest))
    order = {"test": 0, "train": 1, "valid": 2}
    return sorted(rows, key=lambda row: order[row["split"]])
