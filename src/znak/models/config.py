"""Frozen dataclasses from and to plain dictionaries; unknown keys and wrong types are refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from znak.errors import InputError

T = TypeVar("T")


def build(cls: type[T], values: Mapping[str, Any], *, where: str = "") -> T:
    """Return `cls(**values)`, nested dataclasses built from nested mappings.

    Raises InputError for an unknown key or a value of another type, with the key's full name.
    """
    hints = typing.get_type_hints(cls)
    known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    built: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{where}{key}"
        if key not in known:
            raise InputError(
                f"unknown setting {name!r}: known are {', '.join(sorted(known))}",
                ru=f"Неизвестная настройка {name!r}; известны: {', '.join(sorted(known))}",
            )
        built[key] = _fit(hints[key], value, name)
    return cls(**built)


def plain(config: Any) -> dict[str, Any]:
    """Return a dataclass as JSON-ready nested dictionaries."""
    return dataclasses.asdict(config)


def override(values: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested `values` with dotted `settings` ("model.width": 384) put in."""
    out: dict[str, Any] = {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    for name, value in settings.items():
        first, _, rest = name.partition(".")
        if rest:
            inner = out.get(first, {})
            if not isinstance(inner, Mapping):
                raise InputError(
                    f"setting {name!r}: {first!r} has no parts",
                    ru=f"Настройка {name!r}: у {first!r} нет частей",
                )
            out[first] = override(inner, {rest: value})
        else:
            out[first] = value
    return out


def _fit(hint: Any, value: Any, name: str) -> Any:
    """Return `value` as `hint` wants it: dataclass, tuple, float from int; else check the type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, Mapping):
            return build(hint, value, where=f"{name}.")
    elif origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        for option in arguments:
            if option is not type(None):
                return _fit(option, value, name)
    elif origin is typing.Literal:
        if value in arguments:
            return value
        hint = " or ".join(map(repr, arguments))
    elif origin is tuple:
        if isinstance(value, (list, tuple)):
            return tuple(_fit(arguments[0], v, name) for v in value)
    elif hint is float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif (
        isinstance(hint, type)
        and isinstance(value, hint)
        and (hint is not int or not isinstance(value, bool))
    ):
        return value
    wanted = getattr(hint, "__name__", str(hint))
    raise InputError(
        f"setting {name!r} is {value!r}: give {wanted}",
        ru=f"Настройка {name!r} равна {value!r}: нужно {wanted}",
    )
