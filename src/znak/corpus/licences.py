"""Which licences let a drawing into the corpus.

An allow-list of SPDX ids, nothing else: what is not on it (share-alike, non-commercial, GPL, MPL,
unknown or empty) stays out and is counted.
"""

from __future__ import annotations

ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "OFL-1.1",
        "Unlicense",
    }
)
"""SPDX ids of the licences taken."""


def is_allowed(spdx: str) -> bool:
    """Return whether drawings under the licence `spdx` may be used."""
    return spdx in ALLOWED
