"""What a decision table of a model stands in, and what its inputs and its outputs are read with alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from xml.etree.ElementTree import Element

from forewarn.decision_tables.dmn.item_types import ItemTypes
from forewarn.decision_tables.feel import FeelSyntaxError, parse_unary_tests
from forewarn.decision_tables.feel.types import FeelType
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.syntax import Condition, Test
from forewarn.decision_tables.values import Type

_POLICIES = {
    "UNIQUE": HitPolicy.UNIQUE,
    "ANY": HitPolicy.ANY,
    "PRIORITY": HitPolicy.PRIORITY,
    "FIRST": HitPolicy.FIRST,
    "RULE ORDER": HitPolicy.RULE_ORDER,
    "OUTPUT ORDER": HitPolicy.OUTPUT_ORDER,
    "COLLECT": HitPolicy.COLLECT,
}
_AGGREGATIONS = {
    "SUM": HitPolicy.COLLECT_SUM,
    "MIN": HitPolicy.COLLECT_MIN,
    "MAX": HitPolicy.COLLECT_MAX,
    "COUNT": HitPolicy.COLLECT_COUNT,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table stands in.

    ``title`` is its own; ``names`` are all names that its cells may hold, ``roots`` those that have a value there,
    with their types; ``functions`` are names that are called. ``tell`` takes what could not be taken over.
    """

    title: str
    names: frozenset[str]
    roots: Mapping[str, FeelType]
    types: ItemTypes
    functions: frozenset[str]
    tell: Callable[[str], None]

    def problem(self, text: str, message: str) -> None:
        """Tell of a cell that cannot be taken over."""
        self.tell(f"table {self.title!r}: {text[:80]!r}: {message}")

    def allowed(self, text: str, type_: Type) -> Test | None:
        """The allowed values of a column, where they are constants: others are not checked."""
        if not text or text == "-":
            return None
        try:
            test = parse_unary_tests(text, self.names, Type(type_.kind))
        except FeelSyntaxError as error:
            self.problem(text, error.message)
            return None
        return None if isinstance(test, Condition) else test


def hit_policy_of(table: Element) -> HitPolicy:
    """The hit policy of a ``decisionTable``, its aggregation included; Unique where nothing is said."""
    policy = _POLICIES.get(table.get("hitPolicy", "UNIQUE"), HitPolicy.UNIQUE)
    if policy is HitPolicy.COLLECT:
        return _AGGREGATIONS.get(table.get("aggregation", ""), policy)
    return policy


def one_line(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def free_heading(wanted: str, taken: set[str]) -> str:
    """The wanted heading, or the first numbered one that is not taken; it is taken then."""
    heading = wanted
    for number in count(2):
        if heading not in taken:
            break
        heading = f"{wanted} ({number})"
    taken.add(heading)
    return heading
