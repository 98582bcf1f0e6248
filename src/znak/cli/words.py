"""`znak words`: how texts are read by the encoder; `znak train words`: train it.

znak words "логотип с лисой" "fox"      how each word is read, its share, the nearest entries
znak train words --icons DIR --emojibase DIR --out words.npz [--drawings DIR]
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from znak.cli.bars import train_extra
from znak.cli.train import train
from znak.errors import InputError

MAX_NEAREST = 100


def register(app: typer.Typer) -> None:
    """Add `znak words` to the command line (`znak train words` adds itself)."""
    app.command("words")(words)


def words(
    texts: Annotated[list[str], typer.Argument(help="Texts, English or Russian.")],
    n: Annotated[int, typer.Option("-n", help="How many nearest entries of the lexicon.")] = 8,
    file: Annotated[Path | None, typer.Option(help="Another encoder's file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how texts are understood: each word's reading and share, and the nearest entries."""
    from znak.words import load_encoder
    from znak.words.normal import tokenise

    if not 1 <= n <= MAX_NEAREST:
        raise InputError(
            f"-n {n}: give 1 to {MAX_NEAREST}", ru=f"-n {n}: дайте от 1 до {MAX_NEAREST}"
        )
    encoder = load_encoder(file)
    entries = _entries()
    near = encoder(texts) @ encoder(entries).T
    shown: list[dict[str, Any]] = []
    for text, row in zip(texts, near, strict=True):
        best = row.argsort(kind="stable")[::-1][:n] if tokenise(text) else []
        shown.append(
            {
                "text": text,
                "words": [
                    {"word": word, "share": round(share, 3), "read": kind.name.lower(), "as": read}
                    for word, share in encoder.weigh(text)
                    for kind, read in [encoder.explain(word)]
                ],
                "nearest": [[entries[i], round(float(row[i]), 3)] for i in best],
            }
        )
    if as_json:
        print(json.dumps({"encoder": encoder.name, "texts": shown}, ensure_ascii=False, indent=2))
    else:
        _print(shown)


def _print(shown: list[dict[str, Any]]) -> None:
    console = Console()
    for item in shown:
        table = Table("word", "share", "read", "as", title=item["text"][:200])
        for word in item["words"]:
            table.add_row(word["word"], f"{word['share']:.2f}", word["read"], ", ".join(word["as"]))
        console.print(table)
        console.print(", ".join(f"{name} {cosine:.2f}" for name, cosine in item["nearest"]))


@train.command("words")
def train_words(
    icons: Annotated[Path, typer.Option(help="Folder of the npm package @iconify/json.")],
    emojibase: Annotated[Path, typer.Option(help="Folder of the npm package emojibase-data.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("words.npz"),
    drawings: Annotated[
        Path | None, typer.Option(help="A pack or a corpus, for visual tuning.")
    ] = None,
    before: Annotated[
        Path | None, typer.Option(help="Write the encoder before its visual tuning here too.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder for what is computed once.")] = Path("cache"),
    seed: Annotated[int, typer.Option(help="Same seed, same file.")] = 0,
    steps: Annotated[int, typer.Option(help="Steps of distillation.", min=0)] = 1000,
    tuning_steps: Annotated[int, typer.Option(help="Steps of visual tuning.", min=0)] = 300,
    threads: Annotated[int, typer.Option(help="Threads; part of the recipe.", min=1)] = 1,
) -> None:
    """Train the text encoder that ships in the package."""
    with train_extra():
        from znak.training.words import train_words as run
        from znak.training.words_distil import DistilConfig
    tuned = tuning_steps if drawings is not None else 0
    config = DistilConfig(seed=seed, steps=steps, tuning_steps=tuned, threads=threads)
    console = Console()
    name = run(
        out,
        icons=icons,
        emojibase=emojibase,
        config=config,
        drawings=drawings,
        before=before,
        cache=cache,
        say=lambda line: console.print(line, highlight=False),
    )
    console.print(f"{name}: {out} ({out.stat().st_size / 1e6:.1f} MB)", highlight=False)


def _entries() -> list[str]:
    """Return the lexicon's English entries."""
    folder = resources.files("znak.words") / "data"
    found: set[str] = set()
    for name in ("lexicon_common.tsv", "lexicon_themes.tsv"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()[1:]
        found.update(line.partition("\t")[0] for line in lines)
    return sorted(found - {""})
