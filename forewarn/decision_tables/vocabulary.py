"""What a caller knows that no workbook says: which attributes exist, and which names of flows, groups and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forewarn.decision_tables.values import Type


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Names that exist, and what they are names of in a message (``flow``: "no flow of that name")."""

    what: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``attributes`` has every ``record.attribute`` that exists with its type; ``names`` has, by the bound name
    of a heading (``flow.name``), the names that its cells may use.
    """

    attributes: Mapping[str, Type] = field(default_factory=dict)
    names: Mapping[str, NamedSet] = field(default_factory=dict)
