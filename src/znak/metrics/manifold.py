"""Precision and recall (arXiv 1904.06991), density and coverage (arXiv 2002.09797).

    images → features → balls to the k-th neighbour → who lies in whose ball

Precision: generated images in some real ball. Recall: real images in some generated ball. Density:
real balls an average generated image lies in, over k. Coverage: real balls that hold a generated
image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.features import Features, check_pair
from znak.metrics.figure import Figure, bootstrap
from znak.metrics.neighbours import distance_blocks, find_radii

NAMES = ("precision", "recall", "density", "coverage")


@dataclass(frozen=True, eq=False)
class Balls:
    """Counts and hits: of each generated image `inside` real balls; of each real image whether it
    is `reached` by a generated ball and whether its own ball is `covered`.
    """

    inside: NDArray[np.int64]
    reached: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    k: int

    def means(self) -> dict[str, float]:
        """Return precision, recall, density and coverage."""
        return {
            "precision": float((self.inside > 0).mean()),
            "recall": float(self.reached.mean()),
            "density": float(self.inside.mean() / self.k),
            "coverage": float(self.covered.mean()),
        }


def count_in_balls(generated: Features, real: Features, k: int) -> Balls:
    """Return who lies in whose ball (distances strictly below the radius)."""
    x, y = (np.asarray(f.vectors, dtype=np.float64) for f in (generated, real))
    own, radii = find_radii(x, k), find_radii(y, k)
    if float(np.median(radii)) == 0:
        raise InputError(
            f"more than half of the real images have {k} exact copies: precision and coverage mean "
            "nothing, take the copies out",
            ru=f"У более чем половины настоящих изображений есть {k} точных копий: уберите копии",
        )
    inside = np.zeros(len(x), dtype=np.int64)
    reached, covered = np.zeros(len(y), dtype=bool), np.zeros(len(y), dtype=bool)
    for start, block in distance_blocks(x, y):
        within = block < radii
        inside[start : start + len(block)] = within.sum(axis=1)
        covered |= within.any(axis=0)
        reached |= (block < own[start : start + len(block), None]).any(axis=0)
    return Balls(inside, reached, covered, k)


def measure_manifold(
    generated: Features, real: Features, *, k: int = 5, replicates: int = 200, seed: int = 0
) -> list[Figure]:
    """Return the four figures, their intervals over the images with the balls held fast.

    Raises InputError with fewer than 10 (k + 1) images on a side.
    """
    if k < 1:
        raise InputError(f"{k} neighbours: give 1 or more", ru=f"Соседей {k}: нужно 1 или больше")
    check_pair(generated, real, "precision and recall", least=10 * (k + 1))
    balls = count_in_balls(generated, real, k)
    per_image = {
        "precision": (balls.inside > 0).astype(np.float64),
        "recall": balls.reached.astype(np.float64),
        "density": balls.inside / k,
        "coverage": balls.covered.astype(np.float64),
    }
    means = balls.means()
    figures = []
    for name in NAMES:
        values = per_image[name]

        def resampled(rows: NDArray[np.int64], values: NDArray[np.float64] = values) -> float:
            return float(values[rows].mean())

        figures.append(
            Figure(
                name=name,
                value=means[name],
                interval=bootstrap(
                    resampled,
                    len(values),
                    means[name],
                    replicates=replicates,
                    seed=seed,
                    is_share=name != "density",
                ),
                n=len(generated),
                n_real=len(real),
                extractor=generated.extractor,
                resize=generated.resize,
                details={"neighbours": k, "replicates": replicates},
            )
        )
    return figures
