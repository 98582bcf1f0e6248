"""Text → vector at run time: the shipped bilingual encoder and the seed's spaCy averager."""

from znak.words.base import DIM, TextEncoder
from znak.words.encoder import WordEncoder, load_encoder
from znak.words.spacy import SpacyAverager

__all__ = ["DIM", "SpacyAverager", "TextEncoder", "WordEncoder", "load_encoder"]
