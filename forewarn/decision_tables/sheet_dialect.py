"""The cell language of sheets: an input cell to a `Test`, an output cell to a `Literal`, typed by the column.

The other dialect of the same syntax tree is FEEL, in `forewarn.decision_tables.feel`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import (
    lists_text,
    nearest,
    plain_spelling,
    refuse_not_allowed,
)
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import (
    COMMA_NUMBER,
    CellProblem,
    meant,
    native_literal,
    refuse_unusable,
    text_literal,
)
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.splitting import IntervalText, closes_at_end, is_quoted, quote, split, unquote
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    InputRef,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    Operand,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, clean_text

_NOT = re.compile(r"not\s*\((.*)\)\Z", re.DOTALL | re.IGNORECASE)
_NOT_NULL = re.compile(r"not\s+(?:null|empty)\Z", re.IGNORECASE)
_OF_LIST = re.compile(r"(any|all|none)\s+of\s+(.*)\Z", re.DOTALL | re.IGNORECASE)
_OPERATOR = re.compile(r"(<=|>=|<>|!=|<|>|≤|≥|≠)\s*(.*)\Z", re.DOTALL)
_MISTYPED_OPERATORS = {"≤": "<=", "≥": ">="}
_COMMA_IN_NUMBER = re.compile(r"\d,\d", re.ASCII)
_PROPERTY = re.compile(r"property\.([\w.-]+)\Z")
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212")
_CURLY = ("\u201c", "\u201d", "\u201e")
_NULLS = frozenset({"null", "empty"})

CONSTANT_OPERATORS = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Names:
    """What the cells of one column may name, and how moments without zone are read.

    ``headings`` are the inputs of the table with their types, ``own`` the column's own, which it may not name;
    ``bound`` are bound names with the heading each stands for, ``properties`` the types of the properties.
    """

    headings: Mapping[str, Type] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Type] = field(default_factory=dict)
    zone: tzinfo = UTC
    own: str | None = None


NO_NAMES = Names()


def parse_input_cell(cell: Cell, type: Type, *, names: Names = NO_NAMES, allowed: Test | None = None) -> Test:
    """The test that an input cell holds, for a column of ``type`` with the ``allowed`` values.

    For a list column, ``allowed`` is about its elements. Raises `CellProblem`, whose code, message, hint and
    suggestion make the finding.
    """
    refuse_unusable(cell)
    if cell.blank:
        return AnyValue()
    if not isinstance(cell.value, str):
        if type.is_list:
            raise CellProblem(codes.WRONG_TYPE, "a list column needs any of, all of or none of", hint="any of a, b")
        value = native_literal(cell, type.kind, names.zone)
        refuse_not_allowed(value, allowed, cell.shown)
        return Compare("=", Literal(value))
    return _CellReader(type.kind, names, allowed).whole(clean_text(cell.value), type.is_list)


def parse_output_cell(cell: Cell, type: Type, *, allowed: Test | None = None, zone: tzinfo = UTC) -> Literal:
    """The constant that an output cell holds: one whole value, or a list where the column's type is one.

    ``allowed`` is about the elements of a list. Raises `CellProblem`.
    """
    refuse_unusable(cell)
    if cell.blank:
        return Literal(None)
    if not isinstance(cell.value, str):
        value: Value = native_literal(cell, type.kind, zone)
        refuse_not_allowed(value, allowed, cell.shown)
        return Literal((value,) if type.is_list else value)
    text = clean_text(cell.value)
    if text.casefold() in _NULLS:
        return Literal(_null(text, allowed))
    if type.is_list:
        elements = [_element(_part_text(part), type.kind, allowed, zone) for part in split(text)]
        return Literal(tuple(elements))
    return Literal(_output_value(text, type.kind, allowed, zone))


def parse_values_cell(cell: Cell, type: Type, *, zone: tzinfo = UTC) -> Test | None:
    """The allowed values that a Values cell or a Glossary cell lists, ``None`` where it lists none.

    Constants, ranges and comparisons of constants may stand in it. Raises `CellProblem`.
    """
    test = parse_input_cell(cell, Type(type.kind), names=Names(zone=zone))
    return None if isinstance(test, AnyValue) else test


def _null(text: str, allowed: Test | None) -> str | None:
    """Null for ``null`` and ``empty``; another case of them is a text only where the allowed values list it."""
    if text in _NULLS:
        return None
    if lists_text(allowed, text):
        return text
    raise CellProblem(
        codes.NEAR_MISS,
        f"{text!r} could mean null or a text",
        hint=f"write {text.lower()} for null, {quote(text)} for the text",
        suggestion=text.lower(),
    )


def _part_text(part: str | IntervalText) -> str:
    return part if isinstance(part, str) else part.text


def _element(text: str, kind: Kind, allowed: Test | None, zone: tzinfo) -> Value:
    """One element of a list: ``null`` is null there too."""
    if text.casefold() in _NULLS and _null(text, allowed) is None:
        return None
    return _output_value(text, kind, allowed, zone)


def _output_value(text: str, kind: Kind, allowed: Test | None, zone: tzinfo) -> Value:
    if text == "-" or (len(text) == 1 and text in _DASHES):
        raise CellProblem(
            codes.SYNTAX,
            "- is no output value",
            hint="write null for no value" + (', "-" for the text' if kind is Kind.STRING else ""),
        )
    value = _constant(text, kind, zone)
    refuse_not_allowed(value, allowed, text)
    return value


def _constant(text: str, kind: Kind, zone: tzinfo) -> Value:
    """One constant as typed: quoted text, or text of the column's kind."""
    if text.startswith('"'):
        if not is_quoted(text):
            raise CellProblem(
                codes.SYNTAX, f"text stands behind the closing quote in {text!r}", hint=f"write {quote(text)}"
            )
        if kind not in (Kind.STRING, Kind.ANY):
            raise CellProblem(
                codes.WRONG_TYPE, f"{meant(kind)} is meant, {text} is a text", hint="leave the quotes out"
            )
        return clean_text(unquote(text))
    if text.startswith(_CURLY):
        plain = plain_spelling(text)
        raise CellProblem(codes.NEAR_MISS, f"{text!r} has curly quotes", hint=f"write {plain}", suggestion=plain)
    return text_literal(text, kind, zone)


class _CellReader:
    """Reads the text of one input cell."""

    def __init__(self, kind: Kind, names: Names, allowed: Test | None) -> None:
        self.kind = kind
        self.names = names
        self.allowed = allowed

    def whole(self, text: str, is_list: bool) -> Test:
        if text == "-":
            return AnyValue()
        if len(text) == 1 and text in _DASHES:
            raise CellProblem(codes.NEAR_MISS, f"{text!r} is another dash than -", hint="write -", suggestion="-")
        if self.kind is Kind.NUMBER and _COMMA_IN_NUMBER.search(text):
            if COMMA_NUMBER.match(text):
                text_literal(text, self.kind)
            several = _COMMA_IN_NUMBER.sub(lambda match: match[0].replace(",", ", "), text)
            decimal = _COMMA_IN_NUMBER.sub(lambda match: match[0].replace(",", "."), text)
            raise CellProblem(
                codes.AMBIGUOUS,
                f"the comma between digits in {text!r} can be read in two ways",
                hint=f"write {decimal} for a decimal mark, {several} for several values",
            )
        if _NOT_NULL.match(text):
            return Not((IsNull(),))
        negated = _NOT.match(text)
        if negated is not None and closes_at_end(negated[1]):
            return self._negated(negated[1], is_list)
        if is_list:
            return self._of_list(text)
        if lists_text(self.allowed, text) and len(split(text)) > 1:
            raise CellProblem(
                codes.NEAR_MISS,
                f"{text!r} is an allowed value, and splits at its separators",
                hint=f"write {quote(text)}",
                suggestion=quote(text),
            )
        return self._one_of(self._parts(text))

    def _negated(self, inner: str, is_list: bool) -> Test:
        tests = self._parts(inner.strip())
        if is_list and not all(isinstance(test, IsNull) for test in tests):
            raise CellProblem(codes.SYNTAX, "not(…) on a list", hint=f"write none of {inner.strip()}")
        return Not(tuple(tests))

    def _of_list(self, text: str) -> Test:
        asked = _OF_LIST.match(text)
        if asked is None:
            if text.casefold() in _NULLS:
                self._test(text)
                return IsNull()
            raise CellProblem(
                codes.SYNTAX,
                f"{text!r} does not say how the list is to be tested",
                hint=f"write any of {text}, all of {text} or none of {text}",
                suggestion=f"any of {text}",
            )
        tests = tuple(self._parts(asked[2].strip()))
        match asked[1].lower():
            case "any":
                return AnyOf(tests)
            case "all":
                return AllOf(tests)
            case _:
                return NoneOf(tests)

    def _parts(self, text: str) -> list[Test]:
        if not text:
            raise CellProblem(codes.SYNTAX, "no value stands in the brackets", hint="not(a, b)")
        tests = [self._test(part) for part in split(text)]
        _refuse_mixed(tests)
        return tests

    def _one_of(self, tests: list[Test]) -> Test:
        return tests[0] if len(tests) == 1 else OneOf(tuple(tests))

    def _test(self, part: str | IntervalText) -> Test:
        if isinstance(part, IntervalText):
            return self._interval(part)
        if part.casefold() in _NULLS and _null(part, self.allowed) is None:
            return IsNull()
        operator = _OPERATOR.match(part)
        if operator is not None:
            return self._comparison(operator[1], operator[2].strip(), part)
        if part == "-":
            raise CellProblem(
                codes.SYNTAX, "- means any value only alone", hint='write "-" for the text, -5 for a number'
            )
        self._refuse_misplaced(part)
        value = _constant(part, self.kind, self.names.zone)
        refuse_not_allowed(value, self.allowed, part)
        return Compare("=", Literal(value))

    def _refuse_misplaced(self, part: str) -> None:
        if lists_text(self.allowed, part):
            return
        if _NOT.match(part) or _NOT_NULL.match(part):
            raise CellProblem(codes.SYNTAX, "not(…) may only be the whole cell", hint="not(a, b) means none of a and b")
        if _OF_LIST.match(part):
            raise CellProblem(
                codes.SYNTAX,
                f"{part!r} is for lists, the column holds single values",
                hint=f"write a, b for one of several, {quote(part)} for the text",
            )
        if _PROPERTY.match(part) and self.kind is not Kind.STRING:
            raise CellProblem(
                codes.SYNTAX, "a property may only be a bound", hint=f">= {part}, or [{part}..{part}] to be equal"
            )

    def _comparison(self, operator: str, text: str, part: str) -> Test:
        if operator in ("<>", "!=", "≠"):
            raise CellProblem(
                codes.SYNTAX, f"{operator} is not known here", hint=f"write not({text})", suggestion=f"not({text})"
            )
        if operator in _MISTYPED_OPERATORS:
            plain = f"{_MISTYPED_OPERATORS[operator]} {text}"
            raise CellProblem(codes.SYNTAX, f"{operator} is one sign", hint=f"write {plain}", suggestion=plain)
        if not text:
            raise CellProblem(codes.SYNTAX, f"nothing stands behind {operator}", hint=f'write "{part}" for the text')
        return Compare(operator, self._operand(text))

    def _interval(self, part: IntervalText) -> Test:
        interval = Interval(self._operand(part.low), self._operand(part.high), part.opening == "[", part.closing == "]")
        low, high = interval.low, interval.high
        if isinstance(low, Literal) and isinstance(high, Literal):
            _refuse_mixed([Compare(">=", low), Compare("<=", high)])
            closed = interval.low_closed and interval.high_closed
            if not holds(Compare("<=" if closed else "<", high), low.value):
                swapped = f"{part.opening}{part.high}..{part.low}{part.closing}"
                backwards = holds(Compare(">", high), low.value)
                raise CellProblem(
                    codes.EMPTY_RANGE,
                    f"no value lies in {part.text}",
                    hint=f"write {swapped}" if backwards else "close both ends, or widen it",
                    suggestion=swapped if backwards else None,
                )
        return interval

    def _operand(self, text: str) -> Operand:
        if self.kind is Kind.BOOLEAN:
            raise CellProblem(codes.WRONG_TYPE, "true and false have no order", hint="write true or false")
        if text.casefold() in _NULLS:
            raise CellProblem(codes.SYNTAX, "null has no order", hint="write null or not(null)")
        named = _PROPERTY.match(text)
        if named is not None:
            self._refuse_other_type(
                self.names.properties.get(named[1]), text, "property", self.names.properties, named[1]
            )
            return PropertyRef(named[1])
        heading = text if text in self.names.headings else self.names.bound.get(text)
        if heading is not None and heading != self.names.own:
            self._refuse_other_type(self.names.headings.get(heading), text, "input", self.names.headings, heading)
            return InputRef(heading)
        try:
            value = _constant(text, self.kind, self.names.zone)
        except CellProblem as problem:
            self._refuse_unknown(text, problem)
            raise
        if isinstance(value, BusinessDuration):
            raise CellProblem(
                codes.WRONG_TYPE, f"{text!r} counts on a calendar and has no order here", hint="write a plain duration"
            )
        return Literal(value)

    def _refuse_unknown(self, text: str, problem: CellProblem) -> None:
        """A bound that is no constant and looks like a name: say which name was meant."""
        if problem.code is not codes.WRONG_TYPE or not re.match(r"[^\W\d]", text):
            return
        known = [name for name in (*self.names.headings, *self.names.bound) if name != self.names.own]
        near = nearest(text, known)
        raise CellProblem(
            codes.UNKNOWN_REFERENCE,
            f"{text!r} is neither {meant(self.kind)} nor another input of this table",
            hint=f"did you mean {near}?"
            if near
            else f"type {meant(self.kind)}" + (f", or another input: {', '.join(known)}" if known else ""),
            suggestion=near,
        )

    def _refuse_other_type(self, type: Type | None, text: str, what: str, known: Mapping[str, Type], name: str) -> None:
        if type is None:
            near = nearest(name, known)
            raise CellProblem(
                codes.UNKNOWN_REFERENCE,
                f"there is no {what} {name}",
                hint=f"did you mean {near}?" if near else None,
                suggestion=near,
            )
        if type != Type(self.kind):
            raise CellProblem(
                codes.MIXED_TYPES,
                f"{text} is of type {type}, the column of type {self.kind.value}",
                hint="compare like with like",
            )


def _refuse_mixed(tests: list[Test]) -> None:
    """Raise where business time and plain time stand in one cell: they never compare."""
    values = [
        operand.value
        for test in tests
        for operand in (
            (test.operand,)
            if isinstance(test, Compare)
            else (test.low, test.high)
            if isinstance(test, Interval)
            else ()
        )
        if isinstance(operand, Literal)
    ]
    if len({_sort_of(value) for value in values}) > 1:
        raise CellProblem(codes.MIXED_TYPES, "values of different types stand in one cell")


def _sort_of(value: Value) -> str:
    return f"business {value.unit}" if isinstance(value, BusinessDuration) else "plain"
