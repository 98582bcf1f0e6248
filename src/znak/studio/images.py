"""Marks of engines that draw colour images (GANs, RGB flow models): traced in colour by vtracer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from znak.brand.audit import outline_of_path
from znak.engine.base import Floats
from znak.errors import DrawingError, MissingError
from znak.fields import SIZE, Field
from znak.studio.mark import TRACED, Mark, Provenance, Scores, wrap_mark
from znak.studio.pictures import field_of_pixels
from znak.studio.plan import BLOCK, plan_block
from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import Rough

if TYPE_CHECKING:
    from znak.studio.run import Run

_LARGE = 256
_SPECKLES = (8, 16, 32, 64)
_LONGEST = 200_000
_FLAT = 0.02
_PATH = re.compile(r"<path\b[^>]*?/>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_SHIFT = re.compile(r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def draw_images(run: Run, block: int, report: Callable[[float], None]) -> list[Mark]:
    """Return the block's eight marks: the pool's images judged by their silhouettes and traced.

    Of images nothing is dropped but flat ones: faults are for the viewer of a trained model to see.
    """
    plan = plan_block(run.brief, seed=run.seed, block=block)
    assert plan is not None
    images = run.sample(plan.draws, report)
    rasters = [enlarge(image) for image in images]
    candidates = []
    for number, (draw, raster) in enumerate(zip(plan.draws, rasters, strict=True)):
        field = _silhouette(raster)
        if field is not None:
            candidates.append(Candidate(Rough(field, 0.0), draw.subject, number, draw.seed))
    vectors = None
    if run.tools.match is not None and candidates:
        rows = run.tools.match.encoder(list(plan.captions))
        vectors = np.stack([rows[c.subject] for c in candidates])
    judged = judge(candidates, vectors, match=run.tools.match, index=run.tools.index)
    order = [c.number for c in choose(judged, BLOCK, spread=plan.spread)]
    scores = {c.number: c.scores for c in judged}
    order += [k for k in scores if k not in order]
    order += [k for k in range(len(rasters)) if k not in order]
    report(0.9)
    marks = []
    for number in order[:BLOCK]:
        subject = plan.subjects[plan.draws[number].subject]
        body, colours = trace_colours(rasters[number])
        provenance = Provenance(
            run.brief.prompt,
            subject,
            run.seed,
            run.engine.name,
            run.engine.revision,
            TRACED,
            number,
        )
        title = run.brief.name or subject
        judged_as = scores.get(number, Scores())
        marks.append(wrap_mark(body, colours, title=title, provenance=provenance, scores=judged_as))
    report(1.0)
    return marks


def enlarge(image: Floats) -> Image.Image:
    """Return an image (3, S, S) in [-1, 1] as an RGB raster, `_LARGE` px wide."""
    pixels = np.uint8(np.rint((np.clip(image, -1, 1).transpose(1, 2, 0) + 1) * 127.5))
    return Image.fromarray(pixels).resize((_LARGE, _LARGE), Image.Resampling.BICUBIC)


def trace_colours(raster: Image.Image) -> tuple[str, tuple[str, ...]]:
    """Return the raster as path elements on the 64×64 view box, and their colours, largest first."""
    try:
        import vtracer
    except ImportError as error:
        raise MissingError(
            "drawing images needs vtracer: pip install 'znak[train]'",
            ru="Для рисования картинок нужен vtracer: pip install 'znak[train]'",
        ) from error
    buffer = io.BytesIO()
    raster.save(buffer, "PNG")
    svg = ""
    for speckle in _SPECKLES:  # of noise as few spots as leave an SVG that can be read back
        svg = vtracer.convert_raw_image_to_svg(
            buffer.getvalue(),
            img_format="png",
            colormode="color",
            hierarchical="stacked",
            mode="spline",
            filter_speckle=speckle,
            color_precision=5,
            layer_difference=32,
            corner_threshold=60,
            path_precision=2,
        )
        if len(svg) <= _LONGEST:
            break
    paths, colours = [], []
    scale = SIZE / _LARGE
    # vtracer writes one <path/> a colour layer, moved into place by a translation
    for element in _PATH.findall(svg):
        found = dict(_ATTRIBUTE.findall(element))
        fill = found.get("fill", "").lower()
        shift = _SHIFT.fullmatch(found.get("transform", "translate(0,0)"))
        outline = outline_of_path(found.get("d", ""))
        if not _HEX.fullmatch(fill) or shift is None or not outline.loops:
            continue
        x, y = (scale * float(shift.group(k)) for k in (1, 2))
        moved = outline.transform(np.array([[scale, 0.0, x], [0.0, scale, y]]))
        colours.append(fill)
        paths.append(f'<path fill="{fill}" d="{moved.path_data()}"/>')
    return "".join(paths), tuple(dict.fromkeys(colours))


def _silhouette(raster: Image.Image) -> Field | None:
    """Return the field of what stands out in an image; None for a flat one."""
    pixels = np.asarray(raster.convert("RGBA"))
    if float(pixels[..., :3].std()) < _FLAT * 255:
        return None
    try:
        return field_of_pixels(pixels)
    except DrawingError:
        return None
