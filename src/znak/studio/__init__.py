"""From a brief to marks: the one inference path of every front end."""

from znak.studio.logos import Wish, make_logo, make_logos, write_logos
from znak.studio.maker import design, make_marks
from znak.studio.mark import Mark, Provenance, Scores
from znak.studio.redraw import morph, vary
from znak.studio.result import Result

__all__ = [
    "Mark",
    "Provenance",
    "Result",
    "Scores",
    "Wish",
    "design",
    "make_logo",
    "make_logos",
    "make_marks",
    "morph",
    "vary",
    "write_logos",
]
