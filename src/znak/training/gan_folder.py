"""What a run on pictures keeps beside its log: plots, tables, animation, checkpoints, model card.

plots/losses.{png,svg}, plots/metrics.{png,svg}    and the same figures as tables/*.csv
animation.gif                                      the sheets, one after the other
checkpoints/NNNNNNNNNN.safetensors                 the generator at the steps metrics are due
README.md                                          the model card
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from znak.atomic import write_bytes
from znak.models.checkpoint import save_model
from znak.models.config import plain
from znak.training.animation import animate
from znak.training.gan_metrics import is_due
from znak.training.gan_plots import draw_plots, group_figures
from znak.training.log import read_log
from znak.training.loop import Learner
from znak.training.run import Report

CARD = "README.md"
SYNTHETIC = (
    "Trained on **synthetic** data (made-up logos in the schema of amazing_logos_v4): figures and "
    "pictures say nothing about the real data set."
)


class Keeper:
    """Brings a run's folder up to date after each sheet."""

    def __init__(self, learner: Learner, folder: Path, fingerprint: str, *, preset: str) -> None:
        self.learner, self.folder, self.fingerprint = learner, folder, fingerprint
        self.preset = preset

    def keep(self, report: Report) -> None:
        """Write plots, tables, animation and card; keep the weights when metrics were due."""
        learner: Any = self.learner
        lines = read_log(self.folder)
        title = f"{self.preset}, encoder {learner.encoder}"
        if learner.about()["synthetic"]:
            title += ", synthetic data"
        draw_plots(lines, self.folder / "plots", title=title)
        for name, columns in group_figures(lines).items():
            write_bytes(self.folder / "tables" / f"{name}.csv", _table(lines, columns))
        animate(self.folder / "sheets", self.folder / "animation.gif")
        done = report.samples // learner.config.batch
        feed: Any = learner.feed
        if is_due(learner.config, done, feed.steps_an_epoch):
            save_model(
                self.folder / "checkpoints" / f"{report.samples:010d}.safetensors",
                learner.model,
                about={"samples": report.samples, "fingerprint": self.fingerprint}
                | learner.about(),
                tensors=learner.weights(),
            )
        write_bytes(self.folder / CARD, self._card(report, lines).encode())

    def _card(self, report: Report, lines: list[dict[str, Any]]) -> str:
        learner: Any = self.learner
        pictures = learner.feed.pictures
        parameters = sum(p.numel() for p in learner.model.parameters())
        last: dict[str, Any] = {}
        for line in lines:
            last |= {k: v for k, v in line.items() if k not in ("time", "samples")}
        about = learner.about()
        held = getattr(learner, "held_out", None)
        seen = ""
        if getattr(held, "trained_on", False):
            seen = "\n\nThe pictures they stand against were trained on: the data hold no others."
        kind = "Trained on the pictures of third parties: for research only."
        if about["synthetic"]:
            command = "rgb" if learner.kind.startswith("flow") else "gan"
            kind = (
                f"{SYNTHETIC} The same on the real one, with one command:\n\n    "
                f"znak data fetch amazing-logos --to data/amazing && znak train {command} data/amazing "
                f"--preset {self.preset} --out runs/{self.preset}"
            )
        rows = "\n".join(f"| {name} | {value:.5g} |" for name, value in last.items())
        return f"""# {self.preset}

{kind}

A {learner.kind} model that draws {learner.model.config.size}-px RGB logos from a text vector of
{learner.model.config.text_dim}. {parameters:,} parameters.

- Data: {len(pictures):,} pictures, fingerprint `{pictures.fingerprint}`.
- Text encoder: `{about["encoder"]}`; of a caption is read: {about["text"]}.
- Seen so far: {report.samples:,} pictures in batches of {learner.config.batch}.
- Use: `model.safetensors`; `znak make --engine gan --checkpoint model.safetensors`,
  `znak evaluate model.safetensors --data PATH`.

Figures are those last logged (FD-… and IS-… are of the named extractor on held-out pictures, and are
no FID or IS):{seen}

| figure | value |
|---|---|
{rows}

Config:

```json
{json.dumps(plain(learner.config), ensure_ascii=False, indent=1)}
```
"""


def _table(lines: list[dict[str, Any]], columns: list[str]) -> bytes:
    out = io.StringIO()
    table = csv.DictWriter(out, ["samples", *columns], extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for line in lines:
        if any(name in line for name in columns):
            table.writerow(line)
    return out.getvalue().encode()
