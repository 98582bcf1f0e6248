"""The seed's way of scoring a generator and the right way, side by side on one generator.

    python benchmarks/seed_way.py runs/gan/model.safetensors --data data/amazing

Beside the checkpoint: the held-out pictures themselves, and noise. `docs/inception-score-one.md`
explains what is seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from znak.metrics.extractors import open_extractor
from znak.metrics.seed_way import measure_both_ways, print_sides
from znak.models.images import load_image_model
from znak.models.rgb_text import find_text_encoder
from znak.training.gan_metrics import draw_images
from znak.training.rgb_data import PicturesConfig, open_pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("-n", type=int, default=1000)
    options = parser.parse_args()
    model, about = load_image_model(options.checkpoint)
    reading = PicturesConfig(split="valid", text=about.get("text", "content"))
    held = open_pictures(options.data, reading, size=model.config.size, cache=options.cache)
    n = min(options.n, len(held) // 2)
    places = np.arange(n)
    real, others = held.take(places), held.take(places + n)
    encode = find_text_encoder(about["encoder"])
    images = draw_images(
        model,
        encode,
        held.captions(places),
        steps=about["steps"],
        guidance=about["guidance"],
    )
    noise = np.random.default_rng(0).integers(0, 256, images.shape, dtype=np.uint8)
    extract = open_extractor()
    rows = (("the generator", images), ("other real pictures", others), ("noise", noise))
    sides = [measure_both_ways(name, pictures, real, extract) for name, pictures in rows]
    if held.synthetic:
        print("synthetic data")
    print(print_sides(sides))


if __name__ == "__main__":
    main()
