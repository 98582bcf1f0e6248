"""The pictures of a data set as one parquet table of what they are and look like.

    write_pictures(shards, folder, processes=2)     pictures.parquet, thumbs.npy, inks.npy

Each picture is decoded once. Measures are taken on a 48×48 copy: means and forms on an antialiased
one, colours on one of the picture's own pixels (shrinking mixes colours that aren't there). The
ground is the median colour of the border; ink is what differs from it by ΔE 12 in CIELAB.

Columns: `row`, `fault` ("" or why it can't be used), `mode`, `channels`, `format`, `frames`,
`alpha`, `width`, `height`, `n_bytes`; `red`, `green`, `blue` (mean intensity, 0…255), `spread`
(standard deviation), `chroma` (99th percentile of CIELAB chroma), `kind` (see KINDS), `flat`;
`ground` ("#rrggbb") and `ground_share` (of the border); `coverage` (share of ink), `symmetry`
(left to right, IoU), `parts`, `detail` (border length of the ink over the root of its area),
`slimness` (width over height of the ink); `colour` (commonest of COLOURS in the ink), `group`
(first row of its copies), `exact` (same bytes as an earlier row).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from znak.corpus.amazing.cache import digest
from znak.corpus.amazing.copies import SIDE, group_copies, is_flat
from znak.corpus.amazing.pictures import Picture, border_colour, decode, make_thumb
from znak.corpus.amazing.shards import Piece, Shards, image_bytes, read_piece
from znak.corpus.palette import to_lab
from znak.corpus.workers import map_ordered

TABLE = "pictures.parquet"
THUMBS = "thumbs.npy"
INKS = "inks.npy"
GRID = 48
N_INKS = 24
"""Pixels of ink kept of each picture, for palettes."""
INK = 12.0
GREY = 8.0
"""Largest chroma of a picture that counts as black and white."""
KINDS = ("colour", "grey", "black and white")
"""`grey`: no pixel has chroma above GREY. `black and white`: besides, nine tenths of the pixels are
nearly black or nearly white."""
COLOURS = {
    "black": (20, 20, 22), "white": (250, 250, 250), "grey": (135, 138, 140),
    "red": (205, 32, 44), "orange": (240, 125, 30), "brown": (110, 68, 38),
    "yellow": (248, 208, 40), "green": (50, 150, 70), "teal": (20, 150, 150),
    "blue": (35, 90, 190), "purple": (115, 55, 150), "pink": (235, 100, 155),
}  # fmt: skip
"""Names of colours, and where each stands; the nearest in CIELAB with lightness halved wins."""
FORMS = ("coverage", "symmetry", "parts", "detail", "slimness")
_NAMES = tuple(COLOURS)
_ACHROMATIC = 10.0
_CHANNELS = {"1": 1, "L": 1, "P": 1, "I": 1, "F": 1, "I;16": 1, "LA": 2, "PA": 2, "La": 2,
             "RGBA": 4, "CMYK": 4, "RGBa": 4, "RGBX": 4}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pictures:
    """An opened table: the frame of pictures and the arrays on disk beside it."""

    frame: pd.DataFrame
    thumbs: NDArray[np.uint8]
    inks: NDArray[np.uint8]

    @property
    def usable(self) -> pd.DataFrame:
        """The rows whose picture could be decoded."""
        return self.frame[self.frame.fault == ""]


def write_pictures(
    shards: Shards,
    folder: Path,
    *,
    processes: int = 2,
    progress: Callable[[int], None] = lambda rows: None,
) -> Pictures:
    """Measure every picture; `progress` is called with the number of rows just measured."""
    n = shards.rows
    for name, shape in ((THUMBS, (n, SIDE, SIDE, 3)), (INKS, (n, N_INKS, 3))):
        open_memmap(folder / name, mode="w+", dtype=np.uint8, shape=shape)
    parts = []
    jobs = ((piece, folder) for piece in shards.pieces())
    for frame in map_ordered(measure_piece, jobs, processes=processes):
        parts.append(frame)
        progress(len(frame))
    frame = pd.concat(parts, ignore_index=True)
    thumbs = np.load(folder / THUMBS, mmap_mode="r")
    usable = (frame.fault == "").to_numpy()
    digests = frame.pop("digest").to_numpy(np.uint64)
    ratios = (frame.width / frame.height.clip(lower=1)).to_numpy(np.float32)
    ratios[~usable] = 1
    frame["group"] = group_copies(thumbs, ratios, digests, valid=usable)
    frame["exact"] = usable & pd.Series(digests).where(usable).duplicated().to_numpy()
    flat = np.concatenate([is_flat(thumbs[at : at + 4096]) for at in range(0, n, 4096)])
    frame["flat"] = flat & usable
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, folder / TABLE, compression="zstd")
    return open_pictures(folder)


def open_pictures(folder: Path) -> Pictures:
    """Open what `write_pictures` made."""
    frame = pq.read_table(folder / TABLE).to_pandas()
    arrays = (np.load(folder / name, mmap_mode="r") for name in (THUMBS, INKS))
    return Pictures(frame, *arrays)


def measure_piece(job: tuple[Piece, Path]) -> pd.DataFrame:
    """Measure a piece's pictures; thumbnails and inks go into the arrays on disk."""
    piece, folder = job
    thumbs = np.load(folder / THUMBS, mmap_mode="r+")
    inks = np.load(folder / INKS, mmap_mode="r+")
    rows = []
    for k, data in enumerate(image_bytes(read_piece(piece, columns=("image",)))):
        row = piece.start + k
        found: dict[str, Any] = {**_EMPTY, "row": row, "n_bytes": len(data or b"")}
        picture = decode(data)
        if isinstance(picture, Picture):
            width, height = picture.rgb.size
            found |= {
                "mode": picture.mode,
                "channels": _CHANNELS.get(picture.mode, 3),
                "format": picture.format,
                "frames": picture.frames,
                "alpha": picture.alpha,
                "width": width,
                "height": height,
                "digest": digest(data or b""),
            }
            thumbs[row] = make_thumb(picture.rgb, SIDE)
            look, inks[row] = measure(picture.rgb, seed=row)
            found |= look
        else:
            found["fault"] = picture.reason
        rows.append(found)
    return pd.DataFrame(rows, columns=list(_EMPTY)).astype(_TYPES)


def measure(rgb: Image.Image, *, seed: int = 0) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """Return the measures of a picture and N_INKS pixels of its ink (of its ground, without ink)."""
    smooth = np.asarray(rgb.resize((GRID, GRID), Image.Resampling.BOX))
    own = np.asarray(rgb.resize((GRID, GRID), Image.Resampling.NEAREST))
    lab = to_lab(own)
    ground = border_colour(own)
    ground_lab = to_lab(np.array(ground, dtype=np.uint8))
    apart = np.linalg.norm(lab - ground_lab, axis=2)
    edge = np.concatenate([apart[0], apart[-1], apart[:, 0], apart[:, -1]])
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    pixels = own[apart > INK]
    if not len(pixels):
        pixels = own.reshape(-1, 3)
    chosen = pixels[np.random.default_rng(seed).integers(len(pixels), size=N_INKS)]
    colour = np.bincount(name_colours(pixels), minlength=len(_NAMES)).argmax()
    mean = smooth.reshape(-1, 3).mean(axis=0)
    look = {
        "red": mean[0],
        "green": mean[1],
        "blue": mean[2],
        "spread": float(smooth.std()),
        "chroma": float(np.percentile(chroma, 99)),
        "kind": _kind(lab, chroma),
        "ground": "#{:02x}{:02x}{:02x}".format(*ground),
        "ground_share": float((edge <= INK).mean()),
        "colour": _NAMES[int(colour)],
        **measure_form(np.linalg.norm(to_lab(smooth) - ground_lab, axis=2) > INK),
    }
    return look, chosen


def measure_form(ink: NDArray[np.bool_]) -> dict[str, float]:
    """Return FORMS of a mask of ink; zeros where there is none."""
    area = int(ink.sum())
    if not area:
        return dict.fromkeys(FORMS, 0.0)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mirrored = box[:, ::-1]
    label, n = ndimage.label(ink, structure=np.ones((3, 3)))
    sizes = np.bincount(label.ravel(), minlength=n + 1)[1:]
    framed = np.pad(ink, 1)
    border = (framed[1:] != framed[:-1]).sum() + (framed[:, 1:] != framed[:, :-1]).sum()
    return {
        "coverage": area / ink.size,
        "symmetry": float((box & mirrored).sum() / (box | mirrored).sum()),
        "parts": float((sizes >= max(3, 0.01 * area)).sum()),
        "detail": float(border / np.sqrt(area)),
        "slimness": box.shape[1] / box.shape[0],
    }


def name_colours(rgb: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return for pixels (n, 3) the number of the colour of COLOURS that each is called."""
    lab = to_lab(rgb)
    marks = to_lab(np.array(list(COLOURS.values()), dtype=np.uint8))
    scale = np.array([0.5, 1, 1], dtype=np.float32)
    gap = np.linalg.norm((lab[:, None] - marks[None]) * scale, axis=2)
    grey = np.array([name in ("black", "white", "grey") for name in _NAMES])
    dull = np.hypot(lab[:, 1], lab[:, 2]) < _ACHROMATIC
    # A pale or dark grey is nearer to some colour than to grey: chroma decides which side it is on.
    gap[dull[:, None] & ~grey[None]] = np.inf
    gap[~dull[:, None] & grey[None] & (lab[:, :1] > 18) & (lab[:, :1] < 95)] = np.inf
    return np.asarray(gap.argmin(axis=1))


def _kind(lab: NDArray[np.float32], chroma: NDArray[np.float32]) -> str:
    if np.percentile(chroma, 99) > GREY:
        return "colour"
    ends = (lab[..., 0] < 25) | (lab[..., 0] > 90)
    return "black and white" if ends.mean() >= 0.9 else "grey"


_EMPTY: dict[str, Any] = {
    "row": 0, "fault": "", "mode": "", "channels": 0, "format": "", "frames": 0, "alpha": False,
    "width": 0, "height": 0, "n_bytes": 0, "red": np.nan, "green": np.nan, "blue": np.nan,
    "spread": np.nan, "chroma": np.nan, "kind": "", "ground": "", "ground_share": np.nan,
    **dict.fromkeys(FORMS, np.nan), "colour": "", "digest": 0,
}  # fmt: skip
_TYPES = {
    **dict.fromkeys(("channels", "frames", "width", "height", "n_bytes"), "int32"),
    **{name: "float32" for name, value in _EMPTY.items() if isinstance(value, float)},
    "row": "int64",
    "digest": "uint64",
}
