"""Which names a tree takes from outside."""

from __future__ import annotations

from collections.abc import Iterator

from forewarn.decision_tables.feel import nodes
from forewarn.decision_tables.feel.nodes import Node


def free_names(node: Node) -> set[str]:
    """The names that a tree reads from its scope, built-in functions included."""
    return {path[0] for path in free_paths(node)}


def free_paths(node: Node) -> set[tuple[str, ...]]:
    """The same with the members that are read of each: ``Applicant.Age`` is ``("Applicant", "Age")``."""
    return set(_paths(node, frozenset()))


def _paths(node: Node, bound: frozenset[str]) -> Iterator[tuple[str, ...]]:
    match node:
        case nodes.Name(name):
            if name not in bound and name != "?":
                yield (name,)
        case nodes.Path():
            members: list[str] = []
            source: Node = node
            while isinstance(source, nodes.Path):
                members.append(source.member)
                source = source.source
            if isinstance(source, nodes.Name):
                if source.name not in bound and source.name != "?":
                    yield (source.name, *reversed(members))
            else:
                yield from _paths(source, bound)
        case nodes.FunctionNode(parameters, body):
            yield from _paths(body, bound | {name for name, _ in parameters})
        case nodes.For(iterators, body):
            yield from _iterated(iterators, body, bound | {"partial"})
        case nodes.Quantified(_, iterators, body):
            yield from _iterated(iterators, body, bound)
        case nodes.ContextNode(entries):
            for key, item in entries:
                yield from _paths(item, bound)
                bound |= {key}
        case nodes.Filter(source, condition):
            yield from _paths(source, bound)
            yield from _paths(condition, bound | {"item"})
        case _:
            for child in _children(node):
                yield from _paths(child, bound)


def _iterated(iterators: tuple[nodes.Iterator, ...], body: Node, bound: frozenset[str]) -> Iterator[tuple[str, ...]]:
    for iterator in iterators:
        yield from _paths(iterator.source, bound)
        if iterator.high is not None:
            yield from _paths(iterator.high, bound)
        bound |= {iterator.name}
    yield from _paths(body, bound)


def _children(node: Node) -> list[Node]:
    match node:
        case nodes.Arithmetic(first, rest):
            return [first, *(operand for _, operand in rest)]
        case nodes.Negation(operand) | nodes.UnaryComparison(_, operand):
            return [operand]
        case nodes.Junction(_, operands):
            return list(operands)
        case nodes.Comparison(_, left, right):
            return [left, right]
        case nodes.Between(value, low, high):
            return [value, low, high]
        case nodes.In(value, tests, _):
            return [value, *tests]
        case nodes.RangeNode(start, end, _, _):
            return [part for part in (start, end) if part is not None]
        case nodes.InstanceOf(value, _) | nodes.Path(value, _):
            return [value]
        case nodes.Filter(source, condition):
            return [source, condition]
        case nodes.Call(called, arguments, _):
            return [called, *arguments]
        case nodes.FunctionNode(_, body):
            return [body]
        case nodes.If(condition, yes, no):
            return [condition, yes, no]
        case nodes.For(iterators, body) | nodes.Quantified(_, iterators, body):
            ends = [part for one in iterators for part in (one.source, one.high) if part is not None]
            return [*ends, body]
        case nodes.ListNode(items):
            return list(items)
        case nodes.ContextNode(entries):
            return [item for _, item in entries]
        case _:
            return []


def mentions(node: Node, name: str) -> bool:
    """Whether a name stands anywhere in a tree."""
    if isinstance(node, nodes.Name):
        return node.name == name
    return any(mentions(child, name) for child in _children(node))
