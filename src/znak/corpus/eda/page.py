"""The report's page: one HTML file with everything in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment
from plotly.offline import get_plotlyjs

from znak.corpus.eda.desk import Block, Desk


def write_page(
    path: Path,
    desk: Desk,
    *,
    sections: Sequence[tuple[str, list[Block]]],
    summary: dict[str, Any],
    sprites: dict[str, Any],
    command: str,
    real: str,
) -> None:
    """Write the page; `command` makes this page again, `real` makes it from the real data."""
    t = desk.t
    plots: list[Any] = []
    for _, blocks in sections:
        for block in blocks:
            if block["kind"] == "plot":
                block["id"] = len(plots)
                plots.append(block["plot"])
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    source = (files("znak.corpus.eda") / "templates" / "eda.html.j2").read_text(encoding="utf-8")
    page = environment.from_string(source).render(
        t=t,
        language=desk.language,
        theme=desk.theme,
        synthetic=desk.synthetic,
        sections=[(name, t[name], blocks) for name, blocks in sections if blocks],
        cards=_cards(desk, summary),
        text_only="images" not in summary,
        command=command,
        real=real,
        sprites=sprites,
        plots=_script_json(plots),
        plotly=get_plotlyjs() if plots else "",
    )
    path.write_text(page, encoding="utf-8")


def _cards(desk: Desk, summary: dict[str, Any]) -> list[tuple[str, str]]:
    t, text = desk.t, summary["text"]
    rows = max(text["rows"], 1)
    cards = [
        (t["rows"], desk.number(text["rows"])),
        (t["parsed"], desk.percent(text["parsed"] / rows)),
        (t["industries"], desk.number(text["industries"])),
        (t["repeated"], desk.number(text["repeats"])),
    ]
    if "images" in summary:
        images = summary["images"]
        total = max(images["pictures"], 1)
        cards += [
            (t["decoded"], desk.number(images["pictures"])),
            (t["shapes"], desk.number(images["shapes"])),
            (t["grey"], desk.percent(images["grey"] / total)),
            (t["copies"], desk.number(images["exact"] + images["near"])),
            (t["flat"], desk.number(images["flat"])),
        ]
    return cards


def _script_json(value: Any) -> str:
    """Return JSON that can stand in a script element whatever strings are in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
