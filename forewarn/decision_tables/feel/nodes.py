"""The tree that a FEEL expression parses to (DMN 1.5 §10.3.1.2).

Chains of operators of one precedence are one node, so that a long sum is wide and not deep: the depth of a
tree is bounded by the parser, and with it the stack of the evaluator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from forewarn.decision_tables.feel.types import FeelType


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, or a closed expression that was computed when it was parsed."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the scope, spaces and special characters included."""

    name: str


@dataclass(frozen=True, slots=True)
class TableRef:
    """``table "Title"``: the outcome of a decision table, decided over the names in scope."""

    title: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Operators of one precedence, applied from the left: ``first op operand op operand``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Arithmetic negation."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Junction:
    """``and`` or ``or`` over two or more operands, in three-valued logic."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``= != < <= > >=`` between two operands."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    """``value between low and high``, both ends closed."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In:
    """``value in (tests)``: some test holds for the value; ``negated`` is the ``not(…)`` of a unary test cell."""

    value: Node
    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RangeNode:
    """``[low..high]`` in any of its bracket forms; a missing end (``(< 5)``) is ``None``."""

    low: Node | None
    high: Node | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class UnaryComparison:
    """``< 5`` as one of the tests of ``in`` or of a cell."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """``value instance of type``."""

    value: Node
    type: FeelType


@dataclass(frozen=True, slots=True)
class Path:
    """``source.member``."""

    source: Node
    member: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``source[condition or index]``."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call:
    """An invocation with positional or with named arguments."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FunctionNode:
    """``function(a: number, b) body``."""

    parameters: tuple[tuple[str, FeelType], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class If:
    """``if condition then yes else no``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """``name in source`` or ``name in low..high`` (``high`` is set)."""

    name: str
    source: Node
    high: Node | None = None


@dataclass(frozen=True, slots=True)
class For:
    """``for a in x, b in y return body``."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some`` or ``every`` … ``satisfies`` body."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListNode:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextNode:
    """``{key: value}``; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


Node: TypeAlias = (
    Constant
    | Name
    | TableRef
    | Arithmetic
    | Negation
    | Junction
    | Comparison
    | Between
    | In
    | RangeNode
    | UnaryComparison
    | InstanceOf
    | Path
    | Filter
    | Call
    | FunctionNode
    | If
    | For
    | Quantified
    | ListNode
    | ContextNode
)
