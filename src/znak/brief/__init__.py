"""The brief: what a prompt asks for. `read(prompt)` → `Brief`."""

from znak.brief.model import Brief, Colour, Concept, Refusal
from znak.brief.reading import read

__all__ = ["Brief", "Colour", "Concept", "Refusal", "read"]
