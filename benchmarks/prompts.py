"""Choose and freeze the prompts of `marks.py`: run once, before anything is trained.

    python benchmarks/prompts.py PACK --cache DIR --out src/znak/metrics/data/prompts.json

The rule is `znak.metrics.prompts.choose_prompts`; the same pack gives the same file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from znak.atomic import write_bytes
from znak.corpus.pack import unpack
from znak.metrics.prompts import choose_prompts, plain, real_rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    pack = unpack(options.pack, options.cache, kind="solid")
    chosen = choose_prompts(pack)
    lines = json.dumps(plain(chosen), ensure_ascii=False).replace("}, {", "},\n  {")
    write_bytes(options.out, (lines + "\n").encode())
    real = real_rows(pack, chosen)
    print(
        f"{len(chosen.concepts)} concepts, {sum(chosen.counts.values())} test drawings "
        f"({sum(map(len, real.values()))} in half B); {len(chosen.diverse)} concepts for diversity"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
