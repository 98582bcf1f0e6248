"""The caption grammar of `amazing_logos_v4`; it stands in `znak.brief.captions`, for prompts too."""

from znak.brief.captions import FLAG, PREFIX, STYLE_WORDS, LogoCaption, compose, normalise, parse

__all__ = ["FLAG", "PREFIX", "STYLE_WORDS", "LogoCaption", "compose", "normalise", "parse"]
