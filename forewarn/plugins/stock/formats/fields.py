"""Reading fields of foreign documents: texts where texts are meant, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forewarn.errors import BadRecord


def text(document: Mapping[str, Any], *names: str) -> str | None:
    """The first of the named fields that holds a text; numbers as text, blanks as nothing."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str | bool | Mapping | list):
            return str(value)
    return None


def part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field that is an object; an empty one where it is missing. Raises `BadRecord` for anything else."""
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadRecord(f"{name} is not an object")
    return value


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
