"""A tree as FEEL text again, with names exchanged for others on the way."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.decision_tables.feel import nodes
from forewarn.decision_tables.feel.builtins.conversion import literal
from forewarn.decision_tables.feel.lexing import quote
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.types import ANY, describe

_NOTHING: Mapping[str, str] = {}


def show(node: Node, renamed: Mapping[str, str] = _NOTHING) -> str:
    """FEEL source that parses to this tree; ``renamed`` gives other text for the names that the scope has.

    Raises `FeelError` for a constant that FEEL cannot write.
    """
    return _Printer(renamed).show(node)


class _Printer:
    def __init__(self, renamed: Mapping[str, str]) -> None:
        self.renamed = renamed

    def show(self, node: Node) -> str:
        match node:
            case nodes.Constant(value):
                return literal(value)
            case nodes.Name(name):
                return self.renamed.get(name, name)
            case nodes.TableRef(title):
                return f"table {quote(title)}"
            case nodes.Arithmetic(first, rest):
                return self.inner(first) + "".join(f" {operator} {self.inner(one)}" for operator, one in rest)
            case nodes.Negation(operand):
                return f"-{self.inner(operand)}"
            case nodes.Junction(operator, operands):
                return f" {operator} ".join(self.inner(one) for one in operands)
            case nodes.Comparison(operator, left, right):
                return f"{self.inner(left)} {operator} {self.inner(right)}"
            case nodes.Between(value, low, high):
                return f"{self.inner(value)} between {self.inner(low)} and {self.inner(high)}"
            case nodes.In(value, tests, negated):
                asked = f"{self.inner(value)} in ({', '.join(map(self.show, tests))})"
                return f"not({asked})" if negated else asked
            case nodes.UnaryComparison(operator, operand):
                return f"{operator} {self.inner(operand)}"
            case nodes.RangeNode():
                return self.range(node)
            case nodes.InstanceOf(value, type_):
                return f"{self.inner(value)} instance of {describe(type_)}"
            case nodes.Path(source, member):
                return f"{self.inner(source)}.{member}"
            case nodes.Filter(source, condition):
                return f"{self.inner(source)}[{self.show(condition)}]"
            case nodes.Call():
                return self.call(node)
            case nodes.ListNode(items):
                return f"[{', '.join(map(self.show, items))}]"
            case nodes.ContextNode(entries):
                return "{" + ", ".join(f"{quote(key)}: {self.show(one)}" for key, one in entries) + "}"
            case _:
                return self.control(node)

    def control(self, node: Node) -> str:
        match node:
            case nodes.If(condition, yes, no):
                return f"if {self.show(condition)} then {self.show(yes)} else {self.show(no)}"
            case nodes.For(iterators, body):
                return f"for {self.iterators(iterators)} return {self.without(iterators).show(body)}"
            case nodes.Quantified(quantifier, iterators, body):
                return f"{quantifier} {self.iterators(iterators)} satisfies {self.without(iterators).show(body)}"
            case nodes.FunctionNode(parameters, body):
                names = ", ".join(name if kind == ANY else f"{name}: {describe(kind)}" for name, kind in parameters)
                inner = _Printer({old: new for old, new in self.renamed.items() if old not in dict(parameters)})
                return f"function({names}) {inner.show(body)}"
        raise TypeError(f"no FEEL for {type(node).__name__}")

    def without(self, iterators: tuple[nodes.Iterator, ...]) -> _Printer:
        """A printer for where the iterators' own names hide those of the scope."""
        hidden = {one.name for one in iterators}
        return _Printer({old: new for old, new in self.renamed.items() if old not in hidden})

    def inner(self, node: Node) -> str:
        """The text of an operand, in parentheses unless it is one piece anyhow."""
        text = self.show(node)
        whole = isinstance(
            node,
            nodes.Constant | nodes.Name | nodes.Path | nodes.Call | nodes.ListNode | nodes.ContextNode | nodes.Filter,
        )
        renamed = isinstance(node, nodes.Name) and node.name in self.renamed
        return text if whole and not renamed and not text.startswith("-") else f"({text})"

    def range(self, node: nodes.RangeNode) -> str:
        if node.low is None and node.high is not None:
            return f"({'<=' if node.high_closed else '<'} {self.inner(node.high)})"
        if node.high is None and node.low is not None:
            return f"({'>=' if node.low_closed else '>'} {self.inner(node.low)})"
        low = "" if node.low is None else self.end(node.low)
        high = "" if node.high is None else self.end(node.high)
        return f"{'[' if node.low_closed else '('}{low}..{high}{']' if node.high_closed else ')'}"

    def end(self, node: Node) -> str:
        """An end of a range: brackets behind it would be read as the range's own."""
        return f"({self.show(node)})" if isinstance(node, nodes.Filter) else self.inner(node)

    def call(self, node: nodes.Call) -> str:
        shown = [self.show(one) for one in node.arguments]
        if node.names is not None:
            shown = [f"{name}: {one}" for name, one in zip(node.names, shown, strict=True)]
        return f"{self.inner(node.function)}({', '.join(shown)})"

    def iterators(self, iterators: tuple[nodes.Iterator, ...]) -> str:
        shown = []
        for one in iterators:
            source = self.inner(one.source) if one.high is not None else self.show(one.source)
            shown.append(f"{one.name} in {source}" + ("" if one.high is None else f"..{self.inner(one.high)}"))
        return ", ".join(shown)
