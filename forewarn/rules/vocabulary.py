"""What a site knows, for reading event rules: attributes, names, properties, kinds of facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.syntax import Test
from forewarn.decision_tables.values import Type, Value
from forewarn.rules import codes
from forewarn.rules.kinds import STOCK_KINDS, Kinds


@dataclass(frozen=True, slots=True)
class RuleVocabulary:
    """What a site knows, for reading event rules.

    ``attributes`` are the types of every ``record.attribute`` (``None``: used alone, types are taken from the
    cells), ``allowed`` what their values must satisfy, ``names`` the sets that names must be in (``flow.name``,
    ``table.name``, or an attribute that is filled), ``properties`` the values of properties with their types.
    A date in a cell means 00:00 in ``zone``.
    """

    attributes: Mapping[str, Type] | None = None
    allowed: Mapping[str, Test] = field(default_factory=dict)
    names: Mapping[str, Collection[str]] = field(default_factory=dict)
    properties: Mapping[str, tuple[Type, Value]] = field(default_factory=dict)
    kinds: Kinds = STOCK_KINDS
    zone: tzinfo = UTC

    def declared(self, record: str, attribute: str) -> Type | None:
        """The type of an attribute of a record or event, ``None`` where nobody says; raises CellProblem where a site
        does not know it.
        """
        name = f"{self.kinds.record_of(record)}.{attribute}"
        if self.attributes is None or record in self.kinds.raised:
            return None  # an event that a rule raises carries whatever that rule fills
        if name in self.attributes:
            return self.attributes[name]
        suggestion = nearest(name, self.attributes)
        raise CellProblem(
            codes.UNKNOWN_ATTRIBUTE,
            f"no record has the attribute {name}",
            hint=f"did you mean {suggestion}?" if suggestion else None,
            suggestion=suggestion,
        )

    def unknown_kind(self, kind: str, what: str) -> CellProblem:
        """The problem of a word that is no kind of fact; ``what`` says what it should be."""
        suggestion = nearest(kind, self.kinds.names)
        return CellProblem(
            codes.UNKNOWN_EVENT,
            f"there is no {what} {kind!r}",
            hint=f"did you mean {suggestion}?" if suggestion else f"known: {', '.join(self.kinds.names)}",
            suggestion=suggestion,
        )

    def refuse_unknown(self, names: str, text: str) -> None:
        """Raise CellProblem where ``text`` is not in a set of names that is known (``flow.name``)."""
        known = self.names.get(names)
        if known is not None and text not in known:
            suggestion = nearest(text, known)
            raise CellProblem(
                codes.UNKNOWN_NAME,
                f"no {names.replace('.', ' ')} {text!r}",
                hint=f"did you mean {suggestion}?" if suggestion else None,
                suggestion=suggestion,
            )


ALONE = RuleVocabulary()
"""The vocabulary of who uses event rules without a site."""
