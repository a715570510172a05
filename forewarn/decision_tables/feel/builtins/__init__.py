"""The built-in functions of FEEL by name (DMN 1.5 §10.3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forewarn.decision_tables.feel.builtins import contexts, conversion, dates, lists, numbers, ranges, texts
from forewarn.decision_tables.feel.runtime import Function

BUILTINS: Mapping[str, Function] = MappingProxyType(
    contexts.FUNCTIONS
    | conversion.FUNCTIONS
    | dates.FUNCTIONS
    | lists.FUNCTIONS
    | numbers.FUNCTIONS
    | ranges.FUNCTIONS
    | texts.FUNCTIONS
)
