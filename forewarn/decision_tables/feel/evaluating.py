"""What a tree means: evaluation in a scope, with a budget, strict or by the standard's rule that a fault is null."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from forewarn.decision_tables.feel import nodes, temporal
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.membership import matches
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.operators import arithmetic, negate
from forewarn.decision_tables.feel.runtime import (
    MAX_ITEMS,
    FeelError,
    FeelValue,
    Function,
    Range,
    compare,
    in_range,
    kind_of,
    lift,
)
from forewarn.decision_tables.feel.scopes import Scope
from forewarn.decision_tables.feel.types import NULL, coerce, conforms
from forewarn.decision_tables.feel.walking import mentions
from forewarn.errors import DecisionError

MAX_STEPS = 1_000_000
"""Nodes that one evaluation may visit."""

MAX_CALLS = 40
"""Deepest nesting of calls of functions that a model defines."""


class TooMuch(DecisionError):
    """The evaluation was stopped: it takes too many steps or nests too deeply."""


class Evaluator:
    """One evaluation. ``tables`` decides ``table "Title"`` over a scope; ``now`` is the clock, if there is one.

    Not strict, a fault gives null and is told in ``diagnostics``; strict, it raises `DecisionError`.
    """

    def __init__(
        self,
        *,
        strict: bool,
        diagnostics: list[str] | None = None,
        tables: Callable[[str, Evaluator, Scope], FeelValue] | None = None,
        now: datetime | None = None,
    ) -> None:
        self.strict = strict
        self.diagnostics = [] if diagnostics is None else diagnostics
        self.tables = tables
        self.now = now
        self._steps = 0
        self._calls = 0

    def value(self, node: Node, scope: Scope) -> FeelValue:
        """The value of a node in a scope."""
        self._spend(1)
        try:
            return _VISITS[type(node)](self, node, scope)
        except FeelError as error:
            self.problem(str(error))
            return None

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise TooMuch("the expression takes too many steps", hint=f"at most {MAX_STEPS}")

    def _weighed(self, value: FeelValue) -> FeelValue:
        """A list or context that was just made, its parts paid for: one that holds another many times is large."""
        waiting = [value]
        weight = 0
        while waiting:
            part = waiting.pop()
            weight += 1
            if isinstance(part, tuple):
                waiting.extend(part)
            elif isinstance(part, Mapping):
                waiting.extend(part.values())
            if weight + len(waiting) > MAX_ITEMS:
                raise TooMuch("the value has too many parts", hint=f"at most {MAX_ITEMS}")
        self._spend(weight)
        return value

    def problem(self, message: str) -> None:
        """A fault: an error where strict, else null and a diagnostic."""
        if self.strict:
            raise DecisionError(message)
        self.diagnostics.append(message)

    # Names and literals

    def _constant(self, node: nodes.Constant, scope: Scope) -> FeelValue:
        return node.value

    def _name(self, node: nodes.Name, scope: Scope) -> FeelValue:
        known, value = scope.find(node.name)
        if known:
            return value
        if node.name in {"now", "today"}:
            return Function(node.name, ((),), lambda: self._clock(node.name))
        builtin = BUILTINS.get(node.name)
        if builtin is None:
            raise FeelError(f"there is nothing named {node.name!r}")
        return builtin

    def _clock(self, name: str) -> FeelValue:
        if self.now is None:
            raise FeelError(f"{name}() needs the time of the decision")
        return self.now if name == "now" else self.now.date()

    def _table(self, node: nodes.TableRef, scope: Scope) -> FeelValue:
        if self.tables is None:
            raise FeelError(f"there is no table {node.title!r}")
        return self._weighed(lift(self.tables(node.title, self, scope)))

    def _list(self, node: nodes.ListNode, scope: Scope) -> FeelValue:
        return self._weighed(tuple(self.value(item, scope) for item in node.items))

    def _context(self, node: nodes.ContextNode, scope: Scope) -> FeelValue:
        entries: dict[str, FeelValue] = {}
        inner = Scope(entries, scope)
        for key, item in node.entries:
            entries[key] = self.value(item, inner)
        return self._weighed(dict(entries))

    def _range(self, node: nodes.RangeNode, scope: Scope) -> FeelValue:
        low = None if node.low is None else self.value(node.low, scope)
        high = None if node.high is None else self.value(node.high, scope)
        if (low is None and node.low is not None) or (high is None and node.high is not None):
            raise FeelError("an end of the range is null")
        if low is not None and high is not None and compare("<=", low, high) is not True:
            raise FeelError("the ends of the range are not in order")
        return Range(low, high, node.low_closed, node.high_closed)

    # Operators

    def _arithmetic(self, node: nodes.Arithmetic, scope: Scope) -> FeelValue:
        value = self._single(node.first, scope)
        for operator, operand in node.rest:
            value = arithmetic(operator, value, self._single(operand, scope))
        return value

    def _single(self, node: Node, scope: Scope) -> FeelValue:
        """A value for an operator that takes no lists: a list of one is its element."""
        value = self.value(node, scope)
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    def _negation(self, node: nodes.Negation, scope: Scope) -> FeelValue:
        return negate(self._single(node.operand, scope))

    def _junction(self, node: nodes.Junction, scope: Scope) -> FeelValue:
        decisive = node.operator == "or"
        outcome: bool | None = not decisive
        for operand in node.operands:
            value = self._single(operand, scope)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                if value is not None:
                    self.problem(f"{kind_of(value)} is not true or false")
                outcome = None
        return outcome

    def _comparison(self, node: nodes.Comparison, scope: Scope) -> FeelValue:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if kind_of(left) != kind_of(right):
            left, right = _unwrapped(left), _unwrapped(right)
        return compare(node.operator, left, right)

    def _between(self, node: nodes.Between, scope: Scope) -> FeelValue:
        value, low, high = (self._single(part, scope) for part in (node.value, node.low, node.high))
        if low is None or high is None:
            return None
        return in_range(value, Range(low, high, low_closed=True, high_closed=True))

    def _in(self, node: nodes.In, scope: Scope) -> FeelValue:
        subject = self.value(node.value, scope)
        inner = Scope({"?": subject}, scope)
        outcome: bool | None = False
        for test in node.tests:
            try:
                holds = self._holds(test, subject, inner)
            except FeelError as error:
                self.problem(str(error))
                holds = None
            if holds is True:
                outcome = True
                break
            if holds is None:
                outcome = None
        if node.negated:
            return None if outcome is None else not outcome
        return outcome

    def _holds(self, test: Node, subject: FeelValue, inner: Scope) -> bool | None:
        """Whether one unary test holds (DMN 1.5 §10.3.2.8)."""
        if isinstance(test, nodes.UnaryComparison):
            operand = self.value(test.operand, inner)
            if test.operator in {"=", "!="} and kind_of(operand) != kind_of(subject):
                equal = subject is None and operand is None
                return equal if test.operator == "=" else not equal
            return compare(test.operator, subject, operand)
        value = self.value(test, inner)
        if value is None and (isinstance(test, nodes.RangeNode) or mentions(test, "?")):
            return None
        if isinstance(test, nodes.Constant):
            return matches(subject, value)
        if isinstance(value, bool) and (mentions(test, "?") or not isinstance(subject, bool | None)):
            return value
        return matches(subject, value)

    def _bare(self, node: nodes.UnaryComparison, scope: Scope) -> FeelValue:
        raise FeelError(f"{node.operator!r} has no left side")

    def _instance(self, node: nodes.InstanceOf, scope: Scope) -> FeelValue:
        value = self.value(node.value, scope)
        if value is None:
            return node.type == NULL
        return conforms(value, node.type)

    # Access

    def _path(self, node: nodes.Path, scope: Scope) -> FeelValue:
        return self._member(self.value(node.source, scope), node.member)

    def _member(self, source: FeelValue, name: str) -> FeelValue:
        match source:
            case None:
                return None
            case tuple():
                return tuple(self._member(item, name) for item in source)
            case Mapping():
                if name in source:
                    return source[name]
                raise FeelError(f"the context has no {name!r}")
            case Range():
                parts = {
                    "start": source.low,
                    "end": source.high,
                    "start included": source.low_closed,
                    "end included": source.high_closed,
                }
                if name not in parts:
                    raise FeelError(f"a range has no {name!r}")
                return parts[name]
            case _:
                return temporal.component(source, name)

    def _filter(self, node: nodes.Filter, scope: Scope) -> FeelValue:
        source = self.value(node.source, scope)
        if source is None:
            return None
        items = source if isinstance(source, tuple) else (source,)
        if isinstance(node.condition, nodes.Constant):
            return self._pick(items, node.condition.value)
        kept: list[FeelValue] = []
        for item in items:
            names = {**item, "item": item} if isinstance(item, Mapping) else {"item": item}
            chosen = self.value(node.condition, Scope(names, scope))
            if isinstance(chosen, Decimal):
                return self._pick(items, chosen)
            if chosen is True:
                kept.append(item)
        return tuple(kept)

    @staticmethod
    def _pick(items: tuple[FeelValue, ...], index: FeelValue) -> FeelValue:
        if isinstance(index, bool):
            return items if index else ()
        if index is None:
            return ()
        if not isinstance(index, Decimal):
            raise FeelError(f"{kind_of(index)} is no index")
        place = int(index)
        if place == 0 or abs(place) > len(items):
            raise FeelError(f"the list has no item {place}")
        return items[place - 1 if place > 0 else place]

    # Functions

    def _call(self, node: nodes.Call, scope: Scope) -> FeelValue:
        function = self.value(node.function, scope)
        if not isinstance(function, Function):
            raise FeelError(f"{kind_of(function)} is no function")
        arguments = [self.value(argument, scope) for argument in node.arguments]
        if node.names is not None:
            if len(set(node.names)) != len(node.names):
                raise FeelError("an argument is given twice")
            arguments = function.arrange(dict(zip(node.names, arguments, strict=True)))
        return self.call(function, arguments)

    def call(self, function: Function, arguments: list[FeelValue]) -> FeelValue:
        """Invoke a function; how deeply calls nest is bounded."""
        self._calls += 1
        try:
            if self._calls > MAX_CALLS:
                raise TooMuch("functions call each other too deeply", hint=f"at most {MAX_CALLS} levels")
            self._spend(sum(len(argument) for argument in arguments if isinstance(argument, tuple | str)) // 16)
            result = function.invoke(arguments)
            return self._weighed(result) if isinstance(result, tuple | Mapping) else result
        finally:
            self._calls -= 1

    def _function(self, node: nodes.FunctionNode, scope: Scope) -> FeelValue:
        def body(*arguments: FeelValue) -> FeelValue:
            given = {
                name: coerce(argument, wanted)
                for (name, wanted), argument in zip(node.parameters, arguments, strict=True)
            }
            return self.value(node.body, Scope(given, scope))

        return Function("the function", (tuple(name for name, _ in node.parameters),), body)

    # Control

    def _if(self, node: nodes.If, scope: Scope) -> FeelValue:
        condition = self._single(node.condition, scope)
        if condition is not None and not isinstance(condition, bool):
            self.problem(f"the condition is {kind_of(condition)}, not true or false")
        return self.value(node.yes if condition is True else node.no, scope)

    def _for(self, node: nodes.For, scope: Scope) -> FeelValue:
        results: list[FeelValue] = []
        looks_back = mentions(node.body, "partial")
        for names in self._bindings(node.iterators, scope):
            if len(results) >= MAX_ITEMS:
                raise TooMuch("the loop runs too long", hint=f"at most {MAX_ITEMS} turns")
            if looks_back:
                self._spend(len(results))
                names = Scope({"partial": tuple(results)}, names)  # noqa: PLW2901 - the same scope, with one name more
            results.append(self.value(node.body, names))
        return self._weighed(tuple(results))

    def _quantified(self, node: nodes.Quantified, scope: Scope) -> FeelValue:
        decisive = node.quantifier == "some"
        outcome: bool | None = not decisive
        for names in self._bindings(node.iterators, scope):
            value = self.value(node.body, names)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                outcome = None
        return outcome

    def _bindings(self, iterators: tuple[nodes.Iterator, ...], scope: Scope) -> Iterator[Scope]:
        first, *rest = iterators
        for item in self._domain(first, scope):
            inner = Scope({first.name: item}, scope)
            if rest:
                yield from self._bindings(tuple(rest), inner)
            else:
                yield inner

    def _domain(self, iterator: nodes.Iterator, scope: Scope) -> Iterator[FeelValue]:
        source = self.value(iterator.source, scope)
        if iterator.high is not None:
            high = self.value(iterator.high, scope)
            if kind_of(source) != kind_of(high) or kind_of(source) not in {"number", "date"}:
                raise FeelError("a loop runs from one whole number, or date, to another")
            yield from _steps(source, high)
        elif isinstance(source, Range):
            if source.low is None or source.high is None or kind_of(source.low) not in {"number", "date"}:
                raise FeelError("a loop cannot run over this range")
            for item in _steps(source.low, source.high):
                if in_range(item, source):
                    yield item
        elif source is None:
            raise FeelError("a loop cannot run over null")
        else:
            yield from source if isinstance(source, tuple) else (source,)


def _steps(low: FeelValue, high: FeelValue) -> Iterator[FeelValue]:
    """From one end to the other by ones, downwards too; both are included."""
    if isinstance(low, date):
        step = 1 if low <= high else -1
        for count in range(0, (high - low).days + step, step):
            yield low + timedelta(days=count)
        return
    item = low
    step_number = Decimal(1) if low <= high else Decimal(-1)
    while item <= high if step_number > 0 else item >= high:
        yield item
        item += step_number


def _unwrapped(value: FeelValue) -> FeelValue:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


_VISITS: dict[type, Callable[[Evaluator, Any, Scope], FeelValue]] = {
    nodes.Constant: Evaluator._constant,
    nodes.Name: Evaluator._name,
    nodes.TableRef: Evaluator._table,
    nodes.Arithmetic: Evaluator._arithmetic,
    nodes.Negation: Evaluator._negation,
    nodes.Junction: Evaluator._junction,
    nodes.Comparison: Evaluator._comparison,
    nodes.Between: Evaluator._between,
    nodes.In: Evaluator._in,
    nodes.RangeNode: Evaluator._range,
    nodes.UnaryComparison: Evaluator._bare,
    nodes.InstanceOf: Evaluator._instance,
    nodes.Path: Evaluator._path,
    nodes.Filter: Evaluator._filter,
    nodes.Call: Evaluator._call,
    nodes.FunctionNode: Evaluator._function,
    nodes.If: Evaluator._if,
    nodes.For: Evaluator._for,
    nodes.Quantified: Evaluator._quantified,
    nodes.ListNode: Evaluator._list,
    nodes.ContextNode: Evaluator._context,
}
