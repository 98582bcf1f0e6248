"""The captions of a data set as one parquet table of what they say, and SQL over it.

    write_captions(shards, folder / "captions.parquet", processes=2)
    with open_captions(folder / "captions.parquet") as base:
        base.frame("SELECT industry, count(*) AS logos FROM captions GROUP BY ALL")

One row a caption: `row`, `text`, `n_chars`, `n_epithets` (the comma-separated phrases after the
name), `parsed`, `name`, `tags`, `industry`, `style`, `black_and_white`, `language`, and `head`,
the words of tags and industry (without the fixed tail). DuckDB adds `words`, `head_words` and
`n_words` when it reads. Memory is bounded: pieces of a row group at a time here, DuckDB's own limit
with spilling there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from znak.corpus.amazing.cache import MAX_CAPTION
from znak.corpus.amazing.shards import Piece, Shards, read_piece
from znak.corpus.captions import normalise, parse
from znak.corpus.workers import map_ordered
from znak.errors import DataError

SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("text", pa.string()),  # at most MAX_CAPTION characters
        pa.field("n_chars", pa.int32()),
        pa.field("n_epithets", pa.int32()),
        pa.field("parsed", pa.bool_()),
        pa.field("name", pa.string()),
        pa.field("tags", pa.list_(pa.string())),  # lower case
        pa.field("industry", pa.string()),
        pa.field("style", pa.list_(pa.string())),
        pa.field("black_and_white", pa.bool_()),
        pa.field("language", pa.string()),
        pa.field("head", pa.string()),
    ]
)
LANGUAGES = ("en", "ru", "mixed", "latin", "cjk", "arabic", "other", "none")
"""English; Russian (any Cyrillic); both; another language in Latin letters; Chinese, Japanese or
Korean; Arabic; another script; no letters."""
FILE_NAME = r"\.(jpe?g|png|psd|ai|gif|svg|pdf|eps|webp|tiff?|bmp)$"
MEMORY = "1GB"
TOKEN = r"[\p{L}\p{N}]+"
"""A word, in RE2's way of writing."""
_SCRIPTS = re.compile(
    "(?P<latin>[A-Za-zÀ-ɏ]+)|(?P<ru>[Ѐ-ӿ]+)|(?P<cjk>[぀-ヿ㐀-鿿가-힯]+)|"
    "(?P<arabic>[؀-ۿ]+)|(?P<other>[^\\W\\d_]+)"
)
_ENGLISH = 0.34


def write_captions(
    shards: Shards,
    path: Path,
    *,
    processes: int = 2,
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write the table of all captions; `progress` is called with the number of rows just read."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        jobs = shards.pieces(size=8000, heavy=False)
        for batch in map_ordered(parse_piece, jobs, processes=processes):
            writer.write_batch(batch)
            progress(batch.num_rows)


def parse_piece(piece: Piece) -> pa.RecordBatch:
    """Return what the captions of a piece say."""
    texts = read_piece(piece, columns=("text",)).column("text").to_pylist()
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for k, text in enumerate(texts):
        for name, value in read_caption(text or "").items():
            columns[name].append(value)
        columns["row"].append(piece.start + k)
    return pa.record_batch([pa.array(columns[f.name], f.type) for f in SCHEMA], schema=SCHEMA)


def read_caption(text: str) -> dict[str, Any]:
    """Return the fields of the table for one caption."""
    short = text[:MAX_CAPTION].encode("utf-8", "replace").decode("utf-8")
    caption = parse(short)
    tags = [tag.lower() for tag in caption.tags]
    own = (
        " ".join([caption.name or "", *caption.tags, caption.industry or ""])
        if caption.parsed
        else normalise(short)
    )
    return {
        "text": short,
        "n_chars": len(text),
        "n_epithets": short.count(","),
        "parsed": caption.parsed,
        "name": caption.name,
        "tags": tags,
        "industry": caption.industry,
        "style": list(caption.style),
        "black_and_white": caption.black_and_white,
        "language": detect_language(own),
        "head": " ".join([*tags, (caption.industry or "").lower()]).strip(),
    }


def detect_language(text: str) -> str:
    """Return one of LANGUAGES, by script and, in Latin letters, by known English words."""
    scripts: dict[str, int] = {}
    latin: list[str] = []
    for match in _SCRIPTS.finditer(text):
        kind = match.lastgroup or "other"
        scripts[kind] = scripts.get(kind, 0) + len(match.group())
        if kind == "latin":
            latin.append(match.group().lower())
    if not scripts:
        return "none"
    if {"latin", "ru"} <= scripts.keys():
        small, large = sorted((scripts["latin"], scripts["ru"]))
        if small * 4 > large:
            return "mixed"
    top = max(scripts, key=lambda kind: (scripts[kind], kind))
    if top != "latin":
        return top
    known = sum(word in _english() for word in latin)
    return "en" if known >= _ENGLISH * len(latin) else "latin"


@cache
def _english() -> frozenset[str]:
    text = (files("znak.corpus") / "data" / "vocabulary.tsv").read_text("utf-8")
    words = (line.partition("\t")[0] for line in text.splitlines() if not line.startswith("#"))
    return frozenset(words)


class CaptionBase:
    """The table `captions` in DuckDB; `frame` answers SQL with a pandas data frame."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def frame(self, sql: str, **parameters: object) -> pd.DataFrame:
        """Return the answer to `sql`, `$name` in it taken from `parameters`."""
        found: pd.DataFrame = self._connection.execute(sql, parameters or None).df()
        return found

    def value(self, sql: str, **parameters: object) -> Any:
        """Return the single value that `sql` asks for."""
        row = self._connection.execute(sql, parameters or None).fetchone()
        return row[0] if row else None


@contextmanager
def open_captions(
    path: Path,
    *,
    threads: int = 2,
    memory: str = MEMORY,
    spill: Path | None = None,
    held: bool = False,
) -> Iterator[CaptionBase]:
    """Open a table that `write_captions` made; raises DataError when it can't be read.

    For many questions, `held` cuts all captions into words once and holds them in `memory`, what is
    over it on disk at `spill`; else each question reads what it needs from the file.
    """
    with tempfile.TemporaryDirectory(prefix="znak-sql-", dir=spill) as folder:
        connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
        try:
            connection.execute(f"SET temp_directory = '{_quote(folder)}'")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(
                f"CREATE {'TABLE' if held else 'VIEW'} captions AS SELECT *, {cut_words('lower(text)')} AS words, "
                f"{cut_words('head')} AS head_words, len(words) AS n_words "
                f"FROM read_parquet('{_quote(str(path))}')"
            )
            yield CaptionBase(connection)
        except duckdb.Error as error:
            raise DataError(
                f"{path} can't be read as a table of captions ({error}): run znak eda again",
                ru=f"{path} не читается как таблица подписей ({error}): запустите znak eda снова",
            ) from error
        finally:
            connection.close()


def cut_words(text: str) -> str:
    """Return SQL for the list of words of a text, itself SQL."""
    return f"regexp_extract_all({text}, '{TOKEN}')"


def _quote(text: str) -> str:
    return text.replace("'", "''")
