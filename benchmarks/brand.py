"""The brand layer: time of each step, file sizes, audits beside real logos, and finding look-alikes.

    python benchmarks/brand.py --corpus DIR [--npm node_modules] [--briefs 200] [--known 150] [--among N]

Times are processor time of one thread, medians. Marks are drawings of the corpus's test split, in
stored order. The yardstick is hand-made logos (`logos` of @iconify-json, read from --npm) and the
same fields traced by vtracer. Look-alikes: transforms of brand logos of the corpus against an index
of all its brand logos built here, beside a 64-bit perceptual hash (DCT) of the same pictures.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pyarrow.dataset as ds  # noqa: E402
import vtracer  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from znak.brand import design  # noqa: E402
from znak.brand.audit import audit  # noqa: E402
from znak.brand.kit import make_kit, pack  # noqa: E402
from znak.brief import read  # noqa: E402
from znak.corpus.store import read_drawings  # noqa: E402
from znak.engine.alike import find  # noqa: E402
from znak.engine.file import Weights  # noqa: E402
from znak.engine.originality import KIND, Index, reduce  # noqa: E402
from znak.errors import ZnakError  # noqa: E402
from znak.fields import dequantise, quantise, render, trace  # noqa: E402
from znak.fields.contour import cubic_upsample  # noqa: E402
from znak.fields.likeness import picture_fields, readings  # noqa: E402
from znak.training.originality import make_arrays  # noqa: E402

THINGS = ("fox кофейня", "owl", "bear", "tree", "fish", "rocket", "flower", "crown", "leaf", "cat")
WORDS = (
    ("orange", "оранжевый"),
    ("blue", "синий"),
    ("green", "зелёный"),
    ("", ""),
    ("red", "красный"),
)
NAMES = (("Foxy Beans", "Лисья нора"), ("Lift", "Полёт"), ("North & Sons", "Север и сыновья"),
         ("GRAND HOTEL", "ГРАНД ОТЕЛЬ"), ("Deep Blue Sea Kitchen", "Тихая гавань у моря"))  # fmt: skip
SHAPES = ("horizontal", "stacked", "badge", "mark", "shield", "name")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--npm", type=Path)
    parser.add_argument("--briefs", type=int, default=200)
    parser.add_argument("--known", type=int, default=150, help="logos asked for")
    parser.add_argument("--among", type=int, default=100_000, help="most brand logos in the index")
    options = parser.parse_args()
    fields = list(itertools.islice(_marks(options.corpus), options.briefs))
    console = Console(width=110)
    console.print(_steps(fields))
    console.print(_audits(fields, options.npm))
    if options.known:
        console.print(_lookalikes(options.corpus, options.known, options.among))


def _marks(corpus: Path) -> Iterator[np.ndarray]:
    for batch in read_drawings(corpus, split="test", columns=["field", "solid"]):
        for row in batch.to_pylist():
            if row["solid"]:
                yield np.frombuffer(row["field"], np.int8).reshape(64, 64)


def _logos(fields: list[np.ndarray]) -> Iterator[tuple[str, object, np.ndarray]]:
    """Yield a logo for each field: every other brief in Russian."""
    for k, field in enumerate(fields):
        russian = k % 2
        thing, word = THINGS[k % len(THINGS)], WORDS[k % len(WORDS)][russian]
        brief = read(f"{thing} {word}")
        name = NAMES[(k // 2) % len(NAMES)][russian]
        layout = SHAPES[(k // 3) % len(SHAPES)]
        outline = trace(field)
        yield (
            layout,
            lambda b=brief, o=outline, n=name, la=layout, s=k: design(
                b, o, name=n, layout=la, tagline="с 1998 года", seed=s
            ),
            field,
        )


def _clock(call: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = call()
    return (time.process_time() - start) * 1000, result


def _steps(fields: list[np.ndarray]) -> Table:
    spent: dict[str, list[float]] = {"layout and SVG": [], "render 512 px": [], "audit": []}
    sizes: list[int] = []
    last = None
    for _, make, _ in itertools.islice(_logos(fields), 80):
        ms, svg = _clock(lambda make=make: make().svg())
        spent["layout and SVG"].append(ms)
        spent["render 512 px"].append(_clock(lambda svg=svg: render(svg, 512))[0])
        spent["audit"].append(_clock(lambda svg=svg: audit(svg))[0])
        sizes.append(len(svg.encode()))
        last = make()
    kits = [_clock(lambda: make_kit(last)) for _ in range(2)]
    files = kits[-1][1]
    table = Table("step", "median", "95th", "limit", title="One core, ms (80 logos; kit: 2)")
    limits = {"layout and SVG": "30"}
    for name, values in spent.items():
        p95 = float(np.percentile(values, 95))
        table.add_row(name, f"{statistics.median(values):.0f}", f"{p95:.0f}", limits.get(name, "–"))
    table.add_row("whole kit", f"{min(ms for ms, _ in kits):.0f}", "–", "4000")
    table.add_row(
        "SVG, bytes", f"{statistics.median(sizes):.0f}", f"{np.percentile(sizes, 95):.0f}", "–"
    )
    table.add_row("kit.zip, KB", f"{len(pack(files)) // 1024}", "–", f"{len(files)} files")
    return table


def _audits(fields: list[np.ndarray], npm: Path | None) -> Table:
    table = Table("what", "n", "anchors", "colours", "specks", "crossings",
                  "stray", "legible ≥ 0.8", title="Audits: medians, and files with a fault")  # fmt: skip
    ours = [(make(), field) for _, make, field in _logos(fields)]
    table.add_row("Znak, whole logos", *_figures([logo.svg() for logo, _ in ours]))
    marks = [trace(field).to_svg() for _, field in ours]
    table.add_row("Znak, traced marks", *_figures(marks))
    traced = [_vtraced(field) for field in fields]
    table.add_row("vtracer, same marks", *_figures(traced))
    if npm is not None:
        data = json.loads((npm / "@iconify-json" / "logos" / "icons.json").read_text())
        size = (data.get("width", 256), data.get("height", 256))
        svgs = []
        for name in sorted(data["icons"])[:: max(1, len(data["icons"]) // len(fields))]:
            icon = data["icons"][name]
            box = f"0 0 {icon.get('width', size[0])} {icon.get('height', size[1])}"
            svgs.append(
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{icon["body"]}</svg>'
            )
        table.add_row("hand-made logos", *_figures(svgs))
    return table


def _figures(svgs: list[str]) -> list[str]:
    reports = []
    for svg in svgs:
        try:
            reports.append(audit(svg))
        except ZnakError:
            continue
    legible = [r.legible for r in reports if r.legible is not None]
    return [
        str(len(reports)),
        f"{statistics.median(r.anchors for r in reports):.0f}",
        f"{statistics.median(len(r.colours) for r in reports):.0f}",
        str(sum(r.specks > 0 for r in reports)),
        str(sum(r.crossings > 0 for r in reports)),
        str(sum(bool(r.stray) for r in reports)),
        f"{np.mean([v >= 0.8 for v in legible]):.0%}",
    ]


def _vtraced(field: np.ndarray) -> str:
    values = cubic_upsample(dequantise(field), 8)
    picture = Image.fromarray(np.where(values > 0, 0, 255).astype(np.uint8)).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG")
    svg = vtracer.convert_raw_image_to_svg(
        out.getvalue(), img_format="png", colormode="binary", filter_speckle=8
    )
    return str(svg).replace("<svg ", '<svg viewBox="0 0 512 512" ', 1)


# --- look-alikes -------------------------------------------------------------------------------


def _brands(corpus: Path, most: int) -> tuple[list[str], np.ndarray, list[str]]:
    columns = ["set", "name", "field", "svg", "colours", "coverage"]
    table = ds.dataset(corpus / "brands", format="parquet").to_table(columns)
    rows = [r for r in table.to_pylist() if 0.03 < r["coverage"] < 0.8]
    rows = rows[:: -(-len(rows) // most)]
    fields = np.frombuffer(b"".join(r["field"] for r in rows), np.int8).reshape(-1, 64, 64)
    return [r["name"] for r in rows], fields, [r["svg"] if not r["colours"] else "" for r in rows]


def _transforms() -> dict[str, Callable[[str], Image.Image]]:
    def drawn(
        svg: str, *, ink: str = "#000", ground: str = "white", size: int = 384
    ) -> Image.Image:
        coloured = svg.replace("currentColor", ink)
        alpha = Image.fromarray(render(coloured, size)[..., 3])
        page = Image.new("RGB", (size, size), ground)
        page.paste(ink, (0, 0), alpha)
        return page

    def scaled(svg: str, scale: float) -> Image.Image:
        page = Image.new("RGB", (384, 384), "white")
        small = drawn(svg, size=round(384 * scale))
        page.paste(small, (70, 40))
        return page

    def bordered(svg: str) -> Image.Image:
        return ImageOps.expand(ImageOps.expand(drawn(svg), 14, "white"), 6, "black")

    def jpeg(svg: str) -> Image.Image:
        out = io.BytesIO()
        drawn(svg).save(out, "JPEG", quality=60)
        return Image.open(out).convert("RGB")

    def redrawn(svg: str) -> Image.Image:
        from znak.fields import field_of_svg

        return drawn(trace(quantise(field_of_svg(svg))).to_svg())

    def cropped(svg: str) -> Image.Image:
        page = drawn(svg)
        ink = ImageOps.invert(page.convert("L")).getbbox() or (0, 0, 384, 384)
        left, top, right, bottom = ink
        return page.crop((left, top, right - (right - left) // 10, bottom))

    return {
        "as it is": drawn,
        "scale 0.4": lambda s: scaled(s, 0.4),
        "scale 0.7": lambda s: scaled(s, 0.7),
        "recoloured": lambda s: drawn(s, ink="#d2452f", ground="#f3e9dc"),
        "inverted": lambda s: drawn(s, ink="white", ground="black"),
        "mirrored": lambda s: ImageOps.mirror(drawn(s)),
        "turned 15°": lambda s: drawn(s).rotate(15, Image.Resampling.BICUBIC, True, fillcolor="white"),
        "turned -7°": lambda s: drawn(s).rotate(-7, Image.Resampling.BICUBIC, True, fillcolor="white"),
        "cropped 10 %": cropped,
        "JPEG 60": jpeg,
        "thin border": bordered,
        "redrawn by the codec": redrawn,
    }  # fmt: skip


def _lookalikes(corpus: Path, count: int, most: int) -> Table:
    names, fields, svgs = _brands(corpus, most)
    features = np.concatenate(
        [reduce(dequantise(fields[i : i + 2000])) for i in range(0, len(fields), 2000)]
    )
    arrays = make_arrays(features, [str(k) for k in range(len(names))], np.ones(len(names), bool), components=32)  # fmt: skip
    floats = {k: v.astype(np.float32) if v.dtype == np.float16 else v for k, v in arrays.items()}
    index = Index(Weights(KIND, {}, {}, floats, ""))
    plain = [k for k, svg in enumerate(svgs) if svg]
    asked = np.random.default_rng(0).choice(plain, size=min(count, len(plain)), replace=False)
    hashes = np.stack([_hash(_picture(field)) for field in fields])
    table = Table("transform", "Znak", "perceptual hash",
                  title=f"Recall@1 of {len(asked)} logos among {len(names):,} (same name or same form)")  # fmt: skip
    times: list[float] = []
    means: list[tuple[float, float]] = []
    for name, transform in _transforms().items():
        hits = [0, 0]
        for k in asked:
            picture = transform(svgs[k])
            rgba = np.asarray(picture.convert("RGBA"))
            views = [r for f in picture_fields(rgba) for r in readings(f)]
            ms, found = _clock(lambda views=views: find(index, views, n=1))
            times.append(ms)
            hits[0] += _same(int(found[0].name), int(k), names, features)
            gap = (hashes != _hash(picture.convert("L"))).sum(axis=1)
            hits[1] += _same(int(gap.argmin()), int(k), names, features)
        means.append((hits[0] / len(asked), hits[1] / len(asked)))
        table.add_row(name, *(f"{h / len(asked):.3f}" for h in hits))
    table.add_section()
    table.add_row("mean", *(f"{np.mean([m[j] for m in means]):.3f}" for j in range(2)))
    table.add_row("search, ms (median, 95th)", f"{statistics.median(times):.0f}, {np.percentile(times, 95):.0f}", "–")  # fmt: skip
    return table


def _same(found: int, true: int, names: list[str], features: np.ndarray) -> bool:
    """Say whether a find counts: the logo itself, one of its name, or the same form elsewhere."""
    alike = float(np.sqrt(((features[found] - features[true]) ** 2).mean())) < 0.35
    return found == true or names[found] == names[true] or alike


def _picture(field: np.ndarray) -> Image.Image:
    cover = np.clip(dequantise(field) * 8 + 0.5, 0, 1)
    return Image.fromarray((255 - cover * 255).astype(np.uint8))


_ANGLES = np.arange(32)
_DCT = np.cos(np.pi / 32 * (_ANGLES[None] + 0.5) * np.arange(8)[:, None])


def _hash(picture: Image.Image) -> np.ndarray:
    small = np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.LANCZOS), float)
    low = (_DCT @ small @ _DCT.T).ravel()
    return np.asarray(low > np.median(low[1:]))


if __name__ == "__main__":
    main()
