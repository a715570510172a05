"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from forewarn.decision_tables.feel.builtins.registry import builtin, context, items, text
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function

FUNCTIONS: dict[str, Function] = {}


@builtin(FUNCTIONS, "get value", ("m", "key"), ("context", "key"))
def _get_value(m: FeelValue, key: FeelValue) -> FeelValue:
    return context(m).get(text(key))


@builtin(FUNCTIONS, "get entries", ("m",), ("context",))
def _get_entries(m: FeelValue) -> FeelValue:
    return tuple({"key": key, "value": value} for key, value in context(m).items())


@builtin(FUNCTIONS, "context put", ("context", "key", "value"), ("context", "keys", "value"), nulls=True)
def _context_put(given: FeelValue, key: FeelValue, value: FeelValue) -> FeelValue:
    if given is None or key is None:
        return None
    path = [text(part) for part in items(key)]
    if not path:
        raise FeelError("a key is missing")
    first, *rest = path
    entries = dict(context(given))
    entries[first] = _context_put(entries.get(first, {}), tuple(rest), value) if rest else value
    return entries


@builtin(FUNCTIONS, "context merge", ("contexts",))
def _context_merge(contexts: FeelValue) -> FeelValue:
    merged: dict[str, FeelValue] = {}
    for one in items(contexts):
        merged.update(context(one))
    return merged
