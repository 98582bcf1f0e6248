"""From marks to logos: colour, lettering, lock-ups, files.

One function is the way in::

    from znak.brand import design
    logo = design(brief, outline, name="Foxy Beans", tagline="coffee", layout="horizontal", seed=0)
    logo.svg("colour")            # or "reversed", "mono", "black", "white"
    logo.at("stacked").svg()      # the same design in another layout

`outline` is a mark's outline (`znak.fields.Outline`, field px); None draws a monogram. Everything is
deterministic: the same brief, mark and seed give the same bytes. Files for print, web and
messengers are `kit.write_kit`; checks of any SVG `audit.audit`.
"""

from znak.brand.colourways import choose_palette, choose_palettes
from znak.brand.fonts import Font, open_font
from znak.brand.forms import FORMS
from znak.brand.lockups import LAYOUTS
from znak.brand.logo import MODES, Logo, design
from znak.brand.palettes import Palette, make_palette

__all__ = [
    "FORMS",
    "LAYOUTS",
    "MODES",
    "Font",
    "Logo",
    "Palette",
    "choose_palette",
    "choose_palettes",
    "design",
    "make_palette",
    "open_font",
]
