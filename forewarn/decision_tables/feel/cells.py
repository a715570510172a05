"""FEEL cells of decision tables: unary tests and output entries as the classes of `forewarn.decision_tables.syntax`.

A test of constants becomes the plain class that the index compiles; whatever needs more than the input's own
value (other names, ``?``, lists, values of another type) becomes a `Condition`, an ordinary boolean expression
``input in (test)`` over the names in scope.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from forewarn.decision_tables.feel import nodes
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.evaluating import Evaluator
from forewarn.decision_tables.feel.lexing import unquote
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.parsing import Parser
from forewarn.decision_tables.feel.runtime import FeelValue, Range, compare, kind_of
from forewarn.decision_tables.feel.scopes import Scope
from forewarn.decision_tables.feel.tokens import FeelSyntaxError
from forewarn.decision_tables.feel.types import FeelType
from forewarn.decision_tables.feel.walking import free_names
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Condition,
    Expression,
    Interval,
    IsNull,
    Literal,
    Not,
    OneOf,
    Test,
)
from forewarn.decision_tables.values import DECIMALS, Kind, Type
from forewarn.errors import DecisionError

_NUMBER = re.compile(r"\s*-?\d+(?:\.\d+)?\s*\Z")
_STRING = re.compile(r'\s*"[^"\\]*"\s*\Z')
_IMPURE = frozenset({"now", "today", "random number"})


def parse_expression(
    text: str,
    names: Collection[str],
    *,
    types: Mapping[str, FeelType] | None = None,
    tables: Collection[str] = (),
) -> Expression:
    """Parse a FEEL expression. ``names`` are the names it may use, spaces and special characters included.

    ``types`` are item definitions that ``instance of`` may name, ``tables`` the titles that ``table "Title"``
    may. Raises `FeelSyntaxError`.
    """
    parser = Parser(text, names, types, tables)
    node = parser.expression()
    parser.finish()
    return Expression(text, node)


def parse_unary_tests(
    text: str,
    names: Collection[str],
    type: Type,
    *,
    subject: str = "?",
    types: Mapping[str, FeelType] | None = None,
) -> Test:
    """Parse an input cell of strict FEEL (grammar rules 7 to 14) for a column of that type.

    ``subject`` is the name under which a `Condition` finds the input's value in its scope. Raises
    `FeelSyntaxError`.
    """
    quick = _quick(text, type)
    if quick is not None:
        return quick
    tests, negated = _parse(text, names, types)
    plain = [_plain(test, type) for test in tests]
    if all(test is not None for test in plain):
        found = tuple(test for test in plain if test is not None)
        if negated:
            return Not(found)
        return found[0] if len(found) == 1 else OneOf(found)
    return unary_condition(text, names, subject=subject, types=types)


def unary_condition(
    text: str,
    names: Collection[str],
    *,
    subject: str = "?",
    types: Mapping[str, FeelType] | None = None,
) -> Condition:
    """An input cell as a boolean expression over the input's own name: ``input in (tests)``, or its negation.

    Raises `FeelSyntaxError`.
    """
    _, negated = _parse(text, names, types)
    inside = re.sub(r"^\s*not\s*\(|\)\s*$", "", text) if negated else text
    source = f"not({subject} in ({inside}))" if negated else f"{subject} in ({inside})"
    return Condition(parse_expression(source, {*names, subject}, types=types))


def parse_output(
    text: str,
    names: Collection[str],
    *,
    types: Mapping[str, FeelType] | None = None,
    tables: Collection[str] = (),
) -> Literal | Expression:
    """Parse an output entry: a literal where it is constant and a cell can hold it. Raises `FeelSyntaxError`."""
    expression = parse_expression(text, names, types=types, tables=tables)
    known, value = constant(expression.tree)
    return Literal(value) if known and is_cell_value(value) else expression


def constant(node: Node) -> tuple[bool, FeelValue]:
    """Whether a tree is a constant, and its value: it names nothing but built-in functions and has no fault."""
    if isinstance(node, nodes.Constant):
        return True, node.value
    if any(name not in BUILTINS or name in _IMPURE for name in free_names(node)):
        return False, None
    try:
        return True, Evaluator(strict=True).value(node, Scope({}))
    except DecisionError:
        return False, None


def is_cell_value(value: FeelValue) -> bool:
    """Whether a value is one that cells hold: no context, range or function, in lists neither."""
    if isinstance(value, tuple):
        return all(is_cell_value(item) for item in value)
    return kind_of(value) not in {"context", "range", "function"}


def _quick(text: str, type: Type) -> Test | None:
    """The common cells without a parser: nothing, ``-``, one number, one text."""
    stripped = text.strip()
    if stripped in {"", "-"}:
        return AnyValue()
    if type == Type(Kind.NUMBER) and _NUMBER.match(text):
        return Compare("=", Literal(DECIMALS.create_decimal(stripped)))
    if type == Type(Kind.STRING) and _STRING.match(text):
        return Compare("=", Literal(unquote(stripped)))
    return None


def _parse(text: str, names: Collection[str], types: Mapping[str, FeelType] | None) -> tuple[tuple[Node, ...], bool]:
    """The tests of a cell, and whether ``not(…)`` stands around them."""
    if re.match(r"\s*not\s*\(", text):
        parser = Parser(text, names, types)
        parser.take()
        try:
            parser.expect("(")
            tests = _tests(parser)
            parser.expect(")")
            parser.finish()
        except FeelSyntaxError:
            pass  # `not(a) and b` is an expression; what is wrong with it is told below
        else:
            return tests, True
    parser = Parser(text, names, types)
    tests = _tests(parser)
    parser.finish()
    return tests, False


def _tests(parser: Parser) -> tuple[Node, ...]:
    tests = [parser.positive_test()]
    while parser.accept(","):
        tests.append(parser.positive_test())
    return tuple(tests)


def _plain(node: Node, type: Type) -> Test | None:
    """The class without a scope that says the same, or ``None`` where there is none."""
    operator = "="
    if isinstance(node, nodes.UnaryComparison):
        operator, node = node.operator, node.operand
        if isinstance(node, nodes.RangeNode):
            return None
    known, value = constant(node)
    if not known:
        return None
    if value is None:
        if operator == "=":
            return IsNull()
        return Not((IsNull(),)) if operator == "!=" else None
    if operator == "=" and isinstance(value, Range):
        return _interval(value, type)
    if operator == "=" and isinstance(value, tuple) and not type.is_list and value:
        tests = [Compare("=", Literal(item)) if _fits(item, type) else None for item in value]
        return OneOf(tuple(test for test in tests if test is not None)) if all(tests) else None
    return Compare(operator, Literal(value)) if _fits(value, type) else None


def _interval(value: Range, type: Type) -> Test | None:
    ends = [end for end in (value.low, value.high) if end is not None]
    if not all(_fits(end, type) for end in ends):
        return None
    if value.low is None:
        return Compare("<=" if value.high_closed else "<", Literal(value.high))
    if value.high is None:
        return Compare(">=" if value.low_closed else ">", Literal(value.low))
    if compare("<" if not (value.low_closed and value.high_closed) else "<=", value.low, value.high) is not True:
        # Nothing lies in it: a sheet has no words for that.
        return None
    return Interval(Literal(value.low), Literal(value.high), value.low_closed, value.high_closed)


def _fits(value: FeelValue, type: Type) -> bool:
    """Whether a constant is of the column's own single type, so that nothing but its value decides."""
    return not type.is_list and kind_of(value) == type.kind.value
