"""The errors a user can cause, and their translation at the edge.

Every error names the offending value and the remedy, in English and in Russian::

    ZnakError                   exit code 2 on the command line
    ├── InputError              a value, prompt, option or file that cannot be used
    │   ├── DrawingError        an SVG that is malformed, hostile, empty or too large
    │   └── FieldError          an array that is no field, or a field without an outline
    ├── DataError               a missing, damaged or mismatched data file or folder
    ├── MissingError            an extra, program or package that is not installed
    └── StorageError            a disk that is full, a folder that can't be written
"""

from __future__ import annotations


class ZnakError(Exception):
    """A failure that the user can do something about.

    `message` is English; `ru` is the same in Russian and defaults to `message`.
    """

    exit_code = 2

    def __init__(self, message: str, *, ru: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.ru = ru if ru is not None else message

    def text(self, language: str = "en") -> str:
        """Return the message in `language` ("ru" or anything else for English)."""
        return self.ru if language.startswith("ru") else self.message


class InputError(ZnakError):
    """A value given by the user cannot be used."""


class DrawingError(InputError):
    """An SVG cannot be turned into a field."""


class FieldError(InputError):
    """An array is not a field, or has no outline."""


class DataError(ZnakError):
    """A data file or folder is missing, damaged or of another version."""


class MissingError(ZnakError):
    """An optional dependency or a system program is missing."""


class StorageError(ZnakError):
    """A result could not be written."""
