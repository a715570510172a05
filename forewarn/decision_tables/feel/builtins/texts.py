"""String functions (DMN 1.5 §10.3.4.3). Positions count characters from 1, negative ones from the end."""

from __future__ import annotations

from decimal import Decimal

import regex

from forewarn.decision_tables.feel.builtins.numbers import whole
from forewarn.decision_tables.feel.builtins.registry import builtin, items, text
from forewarn.decision_tables.feel.runtime import MAX_TEXT, FeelError, FeelValue, Function, kind_of

FUNCTIONS: dict[str, Function] = {}

_PATTERN_SECONDS = 1.0
"""How long one match may take: patterns are part of untrusted models, and some never end."""

_MAX_PATTERN = 4096


@builtin(FUNCTIONS, "substring", ("string", "start position"), ("string", "start position", "length"))
def _substring(string: FeelValue, start: FeelValue, length: FeelValue = None) -> FeelValue:
    whole_text, first = text(string), whole(start)
    if first == 0 or abs(first) > len(whole_text):
        raise FeelError(f"the text has no position {first}")
    begin = first - 1 if first > 0 else len(whole_text) + first
    if length is None:
        return whole_text[begin:]
    count = whole(length)
    if count < 1:
        raise FeelError(f"{count} is no length")
    return whole_text[begin : begin + count]


@builtin(FUNCTIONS, "string length", ("string",))
def _length(string: FeelValue) -> FeelValue:
    return Decimal(len(text(string)))


@builtin(FUNCTIONS, "upper case", ("string",))
def _upper(string: FeelValue) -> FeelValue:
    return text(string).upper()


@builtin(FUNCTIONS, "lower case", ("string",))
def _lower(string: FeelValue) -> FeelValue:
    return text(string).lower()


@builtin(FUNCTIONS, "substring before", ("string", "match"))
def _substring_before(string: FeelValue, match: FeelValue) -> FeelValue:
    before, found, _ = text(string).partition(text(match)) if match else ("", "", "")
    return before if found else ""


@builtin(FUNCTIONS, "substring after", ("string", "match"))
def _substring_after(string: FeelValue, match: FeelValue) -> FeelValue:
    if match == "":
        return text(string)
    return text(string).partition(text(match))[2]


@builtin(FUNCTIONS, "contains", ("string", "match"))
def _contains(string: FeelValue, match: FeelValue) -> FeelValue:
    return text(match) in text(string)


@builtin(FUNCTIONS, "starts with", ("string", "match"))
def _starts_with(string: FeelValue, match: FeelValue) -> FeelValue:
    return text(string).startswith(text(match))


@builtin(FUNCTIONS, "ends with", ("string", "match"))
def _ends_with(string: FeelValue, match: FeelValue) -> FeelValue:
    return text(string).endswith(text(match))


def _compile(pattern: str, flags: str) -> regex.Pattern[str]:
    if len(pattern) > _MAX_PATTERN:
        raise FeelError("the pattern is too long")
    options = regex.VERSION1
    for flag in flags:
        known = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": regex.VERBOSE}.get(flag)
        if flag == "q":
            pattern = regex.escape(pattern)
        elif known is None:
            raise FeelError(f"{flag!r} is no flag of a pattern")
        else:
            options |= known
    try:
        return regex.compile(pattern, options)
    except (regex.error, RecursionError, OverflowError) as error:
        raise FeelError(f"{pattern!r} is no pattern: {error}") from error


@builtin(FUNCTIONS, "matches", ("input", "pattern"), ("input", "pattern", "flags"), nulls=True)
def _matches(given: FeelValue, pattern: FeelValue, flags: FeelValue = "") -> FeelValue:
    if given is None or pattern is None:
        return None
    compiled = _compile(text(pattern), text(flags or ""))
    try:
        return compiled.search(text(given), timeout=_PATTERN_SECONDS) is not None
    except TimeoutError as error:
        raise FeelError(f"the pattern {pattern!r} takes too long") from error


@builtin(
    FUNCTIONS, "replace", ("input", "pattern", "replacement"), ("input", "pattern", "replacement", "flags"), nulls=True
)
def _replace(given: FeelValue, pattern: FeelValue, replacement: FeelValue, flags: FeelValue = "") -> FeelValue:
    if given is None or pattern is None or replacement is None:
        return None
    compiled = _compile(text(pattern), text(flags or ""))
    with_groups = _replacement(text(replacement), compiled.groups, literal="q" in text(flags or ""))
    try:
        replaced = compiled.sub(with_groups, text(given), timeout=_PATTERN_SECONDS)
    except TimeoutError as error:
        raise FeelError(f"the pattern {pattern!r} takes too long") from error
    return _bounded(replaced)


def _replacement(template: str, groups: int, *, literal: bool) -> str:
    r"""A replacement of XPath (``$1``, ``\$``) in Python's spelling. Raises `FeelError`."""
    if literal:
        return template.replace("\\", "\\\\")

    def spell(match: regex.Match[str]) -> str:
        if match[1] is not None:
            number = match[1]
            kept = number
            while len(kept) > 1 and int(kept) > groups:
                kept = kept[:-1]
            return (f"\\g<{int(kept)}>" if int(kept) <= groups else "") + number[len(kept) :]
        return "\\\\" if match[2] == "\\" else match[2]

    if regex.search(r"(?<!\\)(?:\\\\)*\$(?!\d)", template):
        raise FeelError("'$' in a replacement needs the number of a group")
    return regex.sub(r"\$(\d+)|\\([\\$])", spell, template)


@builtin(FUNCTIONS, "split", ("string", "delimiter"))
def _split(string: FeelValue, delimiter: FeelValue) -> FeelValue:
    compiled = _compile(text(delimiter), "")
    pieces: list[str] = []
    end = 0
    whole_text = text(string)
    try:
        for match in compiled.finditer(whole_text, timeout=_PATTERN_SECONDS):
            pieces.append(whole_text[end : match.start()])
            end = match.end()
    except TimeoutError as error:
        raise FeelError(f"the pattern {delimiter!r} takes too long") from error
    return (*pieces, whole_text[end:])


@builtin(
    FUNCTIONS, "string join", ("list",), ("list", "delimiter"), ("list", "delimiter", "prefix", "suffix"), nulls=True
)
def _join(
    given: FeelValue, delimiter: FeelValue = None, prefix: FeelValue = None, suffix: FeelValue = None
) -> FeelValue:
    if given is None:
        return None
    parts = [item for item in items(given) if item is not None]
    for part in parts:
        if not isinstance(part, str):
            raise FeelError(f"{kind_of(part)} where a string is meant")
    return _bounded(text(prefix or "") + text(delimiter or "").join(parts) + text(suffix or ""))


def _bounded(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise FeelError("the text is too long")
    return value
