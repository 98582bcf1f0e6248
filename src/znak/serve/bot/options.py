"""How the bot runs: its token and ways to Telegram, and what one user may ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

TELEGRAM = "https://api.telegram.org"


@dataclass(frozen=True)
class Hook:
    """A web hook: the address that Telegram calls, and where the bot listens behind it.

    TLS is the business of the server in front. `secret` is made anew at each start when it is empty.
    """

    url: str
    host: str = "127.0.0.1"
    port: int = 8080
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Options:
    """Options of a bot. `token` never appears in a log or a traceback's text."""

    token: str = field(repr=False)
    path: Path
    api: str = TELEGRAM
    """A Bot API server of one's own may stand in for Telegram's."""
    hook: Hook | None = None
    n: int = 6
    """Drafts of a set; an album holds ten at most."""
    user_limit: int = 3
    """Drawings that one user may have waiting or under way."""
    user_files: int = 6
    """Pictures and files of finished drafts that one user may have waiting."""
    drawings: int = 4
    """Drawings that the bot has under way at once."""
    poll_s: int = 30
    """How long a request for updates stays open."""
    edit_s: float = 1.5
    """How often a progress message may change."""
    pause_s: float = 1.0
    """The first wait after an error; it doubles from there."""
    pace: float = 1.0
    """Speed of sending, as a multiple of what Telegram advises."""
