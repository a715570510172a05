"""The function that decides for one table, written out for its columns, its index and its hit policy.

A decision over plain literals is a handful of dictionary look-ups; going through general code would cost more
than the look-ups themselves. So each *shape* of table (kinds of columns, index, policy, number of outputs)
gets a function without loops over columns. The texts and values of a table are never part of the code: they
come in as arguments of the function that makes it, so tables of one shape share their code.

The generated function only takes the ways that are surely right: the first doubt (an unhashable value, several
rules, a missing key) hands the inputs to the plain way.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from forewarn.decision_tables.decision import Decision
from forewarn.decision_tables.index.bitsets import BitSets
from forewarn.decision_tables.index.classes import ColumnClasses
from forewarn.decision_tables.index.compiled import Dense, Index
from forewarn.decision_tables.inputs import allowed_values
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.readers import InputReader
from forewarn.decision_tables.values import Kind

_EXACT = 2**53
"""Up to here every whole number is a binary float."""

_MOST_LISTED_CUTS = 50_000
"""A list of floats is searched faster than an array, and takes four times its bytes."""

_MOST_SINGLE_BITS = 2048
"""For so many rules the sets of one rule each are kept: together they take n * n / 8 bytes."""

_STEPS: dict[Kind, tuple[type, timedelta]] = {
    Kind.DATE: (date, timedelta(days=1)),
    Kind.DATE_AND_TIME: (datetime, timedelta(microseconds=1)),
    Kind.DAYS_AND_TIME_DURATION: (timedelta, timedelta(microseconds=1)),
}
"""Types with a next value, so that a cut just after a value is one just before the next."""


class Codes(dict[Any, Any]):
    """What each plain input contributes to the look-up; any other input goes through conversion."""

    __slots__ = ("slow",)

    def __init__(self, known: Mapping[Any, Any], slow: Callable[[Any], Any]) -> None:
        super().__init__(known)
        self.slow = slow

    def __missing__(self, raw: Any) -> Any:
        return self.slow(raw)


Decide = Callable[..., Decision]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the generated function needs of its table. ``records`` holds for each rule its ids and its outputs."""

    table: Any
    readers: Sequence[InputReader]
    index: Index
    headings: tuple[str, ...]
    records: Sequence[tuple[Any, ...]]
    plainly: Decide
    nothing: Callable[[tuple[Any, ...], datetime | None], Decision]
    settle: Callable[[tuple[Any, ...], list[int], datetime | None], Decision]


def generate(parts: Parts) -> Decide:
    """The function ``decide(inputs, *, at=None)`` of one table whose cells and outputs are all plain."""
    index = parts.index
    kinds: list[str] = []
    names: dict[str, Any] = {}
    for position, (reader, column) in enumerate(zip(parts.readers, index.inputs, strict=True)):
        kind, values = _column(reader, column, _contribution(index, position))
        kinds.append(kind)
        names[f"H{position}"] = reader.column.heading
        names.update({f"{letter}{position}": value for letter, value in values.items()})
    if index.moment is not None:
        names["AT"] = _moment_cuts(index.moment)
        give = _contribution(index, len(index.inputs))
        names["MOMENTS"] = [give(code) for code in range(index.moment.size)]
    for position, heading in enumerate(parts.headings):
        names[f"O{position}"] = heading
    engine = index.engine
    if isinstance(engine, BitSets):
        shape = _name_bits(engine, names)
        # The rule of the lowest bit is the last one.
        names["STACK"] = list(reversed(parts.records))
        names["LAST"] = index.count - 1
        if index.count <= _MOST_SINGLE_BITS:
            names["BITS"] = [1 << bit for bit in range(index.count)]
    elif isinstance(engine, Dense):
        shape = "dense"
        # None: no rule; False: several where one may.
        winners: list[Any] = [*parts.records, False, None]
        names["CELLS"] = [winners[rule] for rule in engine.cells]
    else:
        shape = "tuples:" + ";".join(",".join(map(str, pattern.columns)) for pattern in engine.patterns)
        for number, pattern in enumerate(engine.patterns):
            names[f"FIND{number}"] = pattern.rules.get
        names["COUNT"] = index.count
    names |= {
        "gather": _gatherer(parts.readers),
        "plainly": parts.plainly,
        "nothing": parts.nothing,
        "settle": parts.settle,
        "records": parts.records,
        "table": parts.table,
        "Decision": Decision,
        "bisect": bisect_right,
        "datetime": datetime,
        "UTC": UTC,
    }
    policy = parts.table.model.hit_policy
    make = _code(
        tuple(kinds),
        shape,
        policy,
        len(parts.headings),
        timed=index.moment is not None,
        names=tuple(sorted(names)),
    )
    decide: Decide = make(**names)
    return decide


def _gatherer(readers: Sequence[InputReader]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    def gather(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([reader.find(inputs) for reader in readers])

    return gather


def _contribution(index: Index, position: int) -> Callable[[int], int]:
    """What a class of a column contributes: its set of rules, or its step towards a cell or key."""
    if isinstance(index.engine, BitSets):
        return (lambda code: code) if index.coarse else index.engine.masks[position].__getitem__
    step = index.engine.steps[position]
    return lambda code: code * step


def _name_bits(engine: BitSets, names: dict[str, Any]) -> str:
    """The shape of a table of bit sets; what the check of coarse columns takes goes into ``names``."""
    if not engine.coarse:
        return "bits"
    for position, masks in enumerate(engine.masks):
        names[f"MASKS{position}"] = masks
    for position in engine.coarse:
        column = engine.columns[position]
        names |= {f"LOW{position}": column.low, f"HIGH{position}": column.high, f"SPANS{position}": column.several}
    return "coarse:" + ",".join(map(str, engine.coarse))


def _column(reader: InputReader, column: ColumnClasses, give: Callable[[int], int]) -> tuple[str, dict[str, Any]]:
    """How a column is looked up, and the values that this takes."""

    def slow(raw: Any) -> int:
        return give(column.of(reader.convert(raw)))

    kind = column.kind
    if reader.column.type.is_list or kind is Kind.ANY:
        return "slow", {"S": slow}
    if column.codes is None:
        cuts = None if reader.column.allowed is not None else plain_cuts(column)
        if cuts is None:
            return "slow", {"S": slow}
        # Where each class contributes itself, a range takes no memory; nor does an array beside a list of floats.
        itself = all(give(code) == code for code in range(column.size))
        contributions = range(column.size) if itself else [give(code) for code in range(column.size - 1)]
        if kind is Kind.NUMBER:
            if len(cuts) > _MOST_LISTED_CUTS:
                cuts = array("d", cuts)  # type: ignore[assignment]
            return "number-cuts", {"B": cuts, "M": contributions, "S": slow}
        return "cuts", {"B": cuts, "M": contributions, "S": slow, "K": _STEPS[kind][0]}
    if kind is Kind.BOOLEAN:
        if not all(reader.admits(value) for value in (True, False)):
            return "slow", {"S": slow}
        return "boolean", {"T": give(column.of(True)), "F": give(column.of(False)), "S": slow}
    known = known_inputs(reader, column, give)
    if kind is Kind.NUMBER:
        whole = {
            int(value): code
            for value, code in known.items()
            if value is not None and value == int(value) and abs(value) < _EXACT
        }
        return "number", {"C": Codes(whole, slow), "S": slow}
    return "codes", {"C": Codes(known, slow)}


def known_inputs(reader: InputReader, column: ColumnClasses, give: Callable[[int], int]) -> dict[Any, int]:
    """The plain inputs that need no conversion: literals and allowed values, known spellings, null."""
    listed = dict.fromkeys([*(column.codes or {}), *allowed_values(reader.column.allowed)])
    checked = reader.column.allowed is not None or bool(reader.aliases)
    known = {value: give(column.of(value)) for value in listed if not checked or reader.admits(value)}
    for spelling in reader.aliases:
        known[spelling] = give(column.of(reader.convert(spelling)))
    if reader.column.nullable:
        known[None] = give(column.null)
    return known


def plain_cuts(column: ColumnClasses) -> list[Any] | None:
    """Cuts that plain inputs can be bisected against, or ``None`` where that would not be exact.

    For numbers these are binary floats: a decimal of at most 15 digits and its float are told apart from every
    other such pair alike, and inputs are whole numbers or floats, which stand for their shortest decimal.
    """
    if column.kind is Kind.NUMBER:
        return _number_cuts(column)
    cuts: list[Any] = []
    for value, side in column.cuts():
        if column.kind in _STEPS:
            try:
                cuts.append(value + _STEPS[column.kind][1] if side else value)
            except OverflowError:
                return None
        else:
            return None
    return cuts


def _number_cuts(column: ColumnClasses) -> list[Any] | None:
    cuts: list[float] = []
    for side, values in enumerate((column.cuts_before, column.cuts_after)):
        numbers = list(map(float, values))
        # Most bounds are short, which is seen at once for all of them.
        if max(map(len, map(str, values)), default=0) > 15 and any(
            len(value.normalize().as_tuple().digits) > 15 for value in values
        ):
            return None
        if numbers and (numbers[0] <= -_EXACT or numbers[-1] >= _EXACT):
            return None
        if any(-1e-250 < number < 1e-250 and value for number, value in zip(numbers, values, strict=True)):
            return None
        cuts += [math.nextafter(number, math.inf) for number in numbers] if side else numbers
    # A number of so few digits and its float keep their order, and so does the next float after it.
    return sorted(cuts) if column.cuts_before and column.cuts_after else cuts


def _moment_cuts(column: ColumnClasses) -> list[Any]:
    """The bounds of the effective times: all are cuts just before a moment."""
    return [value for value, _ in column.cuts()]


_LOOKUPS = {
    "codes": "C{0}[x{0}]",
    "number": "(C{0}[x{0}] if x{0}.__class__ is int else S{0}(x{0}))",
    "boolean": "(T{0} if x{0} is True else F{0} if x{0} is False else S{0}(x{0}))",
    "number-cuts": "(M{0}[bisect(B{0}, x{0} + 0.0)] if x{0}.__class__ is int"
    " or (x{0}.__class__ is float and x{0} - x{0} == 0.0) else S{0}(x{0}))",
    "cuts": "(M{0}[bisect(B{0}, x{0})] if x{0}.__class__ is K{0} else S{0}(x{0}))",
    "slow": "S{0}(x{0})",
}


@lru_cache(maxsize=512)
def _code(
    kinds: tuple[str, ...], shape: str, policy: HitPolicy, width: int, *, timed: bool, names: tuple[str, ...]
) -> Callable[..., Decide]:
    """The maker of decide functions of one shape."""
    count = len(kinds)
    xs = ", ".join(f"x{position}" for position in range(count)) + ("," if count == 1 else "")
    given = f"({xs})"
    lines = [f"def make({', '.join(names)}):", " def decide(inputs, *, at=None):"]
    if timed:
        lines += [
            "  if at.__class__ is not datetime or at.tzinfo is None: return plainly(inputs, at=at)",
            "  at = at.astimezone(UTC)",
        ]
    else:
        lines += ["  at = None"]
    if count:
        lines += ["  try:"]
        lines += [f"   x{position} = inputs[H{position}]" for position in range(count)]
        lines += ["  except KeyError:", f"   {xs} = gather(inputs)"]
    terms = [_LOOKUPS[kind].format(position) for position, kind in enumerate(kinds)]
    if timed:
        terms.append("MOMENTS[bisect(AT, at)]")
    outputs = "{" + ", ".join(f"O{position}: o{position}" for position in range(width)) + "}"
    names_of_record = ", ".join(["rule", *(f"o{position}" for position in range(width))])
    tail = [f"  {names_of_record}, = record", f"  return Decision(table, {given}, {outputs}, rule, at)"]
    if not timed:
        tail[1] = tail[1].replace(", at)", ")")
    lines += ["  try:"]
    coarse = shape.removeprefix("coarse:").split(",") if shape.startswith("coarse:") else []
    if shape == "bits":
        lines += [f"   found = {' & '.join(terms) if terms else '(1 << (LAST + 1)) - 1'}"]
    elif coarse:
        lines += [f"   k{position} = {term}" for position, term in enumerate(terms)]
        lines += ["   found = " + " & ".join(f"MASKS{position}[k{position}]" for position in range(len(terms)))]
    elif shape == "dense":
        lines += [f"   record = CELLS[{' + '.join(terms) or '0'}]"]
    else:
        lines += [f"   k{position} = {term}" for position, term in enumerate(terms)] or ["   pass"]
    lines += ["  except (TypeError, OverflowError):", "   return plainly(inputs, at=at)"]
    if shape == "bits" or coarse:
        clear = "found ^= BITS[bit]" if "BITS" in names else "found ^= 1 << bit"
        lines += _from_bits(policy, tail, given, width, clear, coarse)
    elif shape == "dense":
        nothing = f"   return nothing({given}, at) if record is None else plainly(inputs, at=at)"
        lines += ["  if not record:", nothing, *tail]
    else:
        lines += _from_tuples(shape, policy, tail, given)
    lines += [" return decide"]
    space: dict[str, Any] = {}
    # The code holds names and numbers of columns only; nothing of a table's content is part of it.
    exec(compile("\n".join(lines), f"<decide {shape}>", "exec"), space)  # noqa: S102
    make: Callable[..., Decide] = space["make"]
    return make


def _from_bits(  # noqa: PLR0917 (parts of one text)
    policy: HitPolicy, tail: list[str], given: str, width: int, clear: str, coarse: list[str]
) -> list[str]:
    """From the set of candidates to the decision; candidates of coarse columns are checked one by one."""
    lines = ["  if not found:", f"   return nothing({given}, at)"]
    single = policy in (HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.UNIQUE)
    if single and not coarse:
        if policy is HitPolicy.UNIQUE:
            lines += ["  if found & (found - 1): return plainly(inputs, at=at)"]
        return [*lines, "  record = STACK[found.bit_length() - 1]", *tail]
    taken = "STACK[bit]" if single or policy.many else "LAST - bit"
    lines += ["  hits = []", "  while found:", "   bit = found.bit_length() - 1"]
    if coarse:
        checks = " and ".join(f"(LOW{at}[r] <= k{at} < HIGH{at}[r] or r in SPANS{at})" for at in coarse)
        spans = " or ".join(f"r in SPANS{at}" for at in coarse)
        lines += ["   r = LAST - bit", f"   if {checks}:", f"    if {spans}: return plainly(inputs, at=at)"]
        lines += [f"    hits.append({taken})"]
        lines += ["    break"] if single and policy is not HitPolicy.UNIQUE else []
    else:
        lines += [f"   hits.append({taken})"]
    lines += [f"   {clear}"]
    if single:
        lines += ["  if not hits:", f"   return nothing({given}, at)"]
        lines += ["  if len(hits) > 1: return plainly(inputs, at=at)", "  record = hits[0]"]
        return [*lines, *tail]
    if coarse:
        lines += ["  if not hits:", f"   return nothing({given}, at)"]
    if policy.many:
        names = ", ".join(["rule", *(f"o{position}" for position in range(width))])
        row = "{" + ", ".join(f"O{position}: o{position}" for position in range(width)) + "}"
        ids = "tuple([record[0][0] for record in hits])"
        return [
            *lines,
            f"  rows = [{row} for {names}, in hits]",
            f"  return Decision(table, {given}, rows, {ids}, at)",
        ]
    return [*lines, f"  return settle({given}, hits, at)"]


def _from_tuples(shape: str, policy: HitPolicy, tail: list[str], given: str) -> list[str]:
    patterns = [part.split(",") if part else [] for part in shape.removeprefix("tuples:").split(";")]
    lines: list[str] = []
    for number, columns in enumerate(patterns):
        key = " + ".join(f"k{column}" for column in columns) or "0"
        if number == 0:
            lines += [f"  r = FIND0({key}, COUNT)"]
        elif policy is HitPolicy.UNIQUE:
            lines += [
                f"  t = FIND{number}({key}, COUNT)",
                "  if t != COUNT:",
                "   if r != COUNT: return plainly(inputs, at=at)",
                "   r = t",
            ]
        else:
            lines += [f"  t = FIND{number}({key}, COUNT)", "  if t < r: r = t"]
    lines += ["  if r == COUNT:", f"   return nothing({given}, at)"]
    if policy is HitPolicy.UNIQUE:
        lines += ["  if r < 0: return plainly(inputs, at=at)"]
    return [*lines, "  record = records[r]", *tail]
