"""Znak: text to logo, original marks as clean SVG, on a laptop's CPU."""

__version__ = "0.1.0"
