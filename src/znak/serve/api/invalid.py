"""What the validator found wrong, field by field, said in English and in Russian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from znak.serve.api.language import Language
from znak.serve.api.problems import ApiError

_SHOWN = 20
_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("is missing", "не указано"),
    "extra_forbidden": ("is not known here", "здесь такого поля нет"),
    "string_type": ("must be text", "нужна строка"),
    "string_too_short": (
        "must have at least {min_length} characters",
        "нужно не меньше {min_length} знаков",
    ),
    "string_too_long": (
        "must have at most {max_length} characters",
        "нужно не больше {max_length} знаков",
    ),
    "string_pattern_mismatch": (
        "must look like the pattern {pattern}",
        "должно быть по образцу {pattern}",
    ),
    "int_type": ("must be a whole number", "нужно целое число"),
    "int_parsing": ("must be a whole number", "нужно целое число"),
    "int_from_float": ("must be a whole number", "нужно целое число"),
    "int_parsing_size": ("is too long a number", "слишком длинное число"),
    "float_type": ("must be a number", "нужно число"),
    "float_parsing": ("must be a number", "нужно число"),
    "finite_number": ("must be a finite number", "нужно конечное число"),
    "bool_type": ("must be true or false", "нужно true или false"),
    "bool_parsing": ("must be true or false", "нужно true или false"),
    "greater_than_equal": ("must be at least {ge}", "нужно не меньше {ge}"),
    "greater_than": ("must be more than {gt}", "нужно больше {gt}"),
    "less_than_equal": ("must be at most {le}", "нужно не больше {le}"),
    "less_than": ("must be less than {lt}", "нужно меньше {lt}"),
    "literal_error": ("must be one of {expected}", "нужно одно из: {expected}"),
    "enum": ("must be one of {expected}", "нужно одно из: {expected}"),
    "list_type": ("must be a list", "нужен список"),
    "too_long": ("must have at most {max_length} entries", "нужно не больше {max_length} значений"),
    "too_short": (
        "must have at least {min_length} entries",
        "нужно не меньше {min_length} значений",
    ),
    "dict_type": ("must be an object", "нужен объект"),
    "model_type": ("must be an object", "нужен объект"),
    "model_attributes_type": ("must be an object", "нужен объект"),
    "none_required": ("must be null", "нужно null"),
    "string_unicode": ("holds half a character", "содержит половину знака"),
}


def describe(errors: Sequence[Mapping[str, Any]]) -> ApiError:
    """Return the problem for the validator's errors; `pick_language` chooses its `errors` later."""
    first = errors[0]
    if first["type"] == "json_invalid":
        place = first["loc"][-1] if isinstance(first["loc"][-1], int) else 0
        why = str(first.get("ctx", {}).get("error", ""))
        return ApiError(
            "invalid_json",
            f"The body is no JSON: {why} at character {place}.",
            f"Тело запроса — не JSON: ошибка у знака {place} ({why}).",
        )
    rows = [(_place(e["loc"]), *_texts(e)) for e in errors[:_SHOWN]]
    return ApiError(
        "invalid_request",
        "; ".join(f"{name or 'the body'} {en}" for (name, _), en, _ in rows) + ".",
        "; ".join(f"{name or 'тело запроса'}: {ru}" for (name, _), _, ru in rows) + ".",
        extra={"errors": [{"pointer": at, "en": en, "ru": ru} for (_, at), en, ru in rows]},
        param=rows[0][0][0] or None,
    )


def pick_language(error: ApiError, language: Language) -> ApiError:
    """Return the problem with its `errors` in one language."""
    rows = error.extra.get("errors")
    if rows is None:
        return error
    said = [{"pointer": row["pointer"], "detail": row[language]} for row in rows]
    return ApiError(
        error.code, error.en, error.ru, error.headers, {**error.extra, "errors": said}, error.param
    )


def _place(loc: Sequence[str | int]) -> tuple[str, str]:
    """Return a field's name, and where it stands: a JSON pointer, or a parameter's place."""
    where, *path = [str(part)[:60] for part in loc]
    name = ".".join(path)
    if where == "body":
        return name, "#" + "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in path)
    return name, f"{where}:{name}"


def _texts(error: Mapping[str, Any]) -> tuple[str, str]:
    kind, given = str(error["type"]), dict(error.get("ctx") or {})
    if kind == "value_error":
        cause = given.get("error")
        english, russian = getattr(cause, "texts", (str(cause), str(cause)))
        return english, russian
    found = _TEXTS.get(kind)
    if found is None:
        return "can't be used", "не подходит"
    values = {key: str(value).replace(" or ", ", ") for key, value in given.items()}
    return found[0].format_map(values), found[1].format_map(values)


class FieldValueError(ValueError):
    """A value that a field's own check refuses, said in both languages."""

    def __init__(self, en: str, ru: str) -> None:
        """Take what is wrong, as the end of a sentence that begins with the field's name."""
        super().__init__(en)
        self.texts = (en, ru)
