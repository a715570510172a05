"""Item definitions as FEEL types (DMN 1.5 §7.3.2), and the static type of a path through them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from forewarn.decision_tables.dmn.source import TypeSource
from forewarn.decision_tables.feel import FeelSyntaxError, evaluate, parse_expression
from forewarn.decision_tables.feel.runtime import FeelValue
from forewarn.decision_tables.feel.types import ANY, Constrained, ContextOf, FeelType, ListOf, basic

MAX_NESTING = 40
"""How deeply item definitions may refer to each other; what lies deeper is ``Any``."""


_OTHER_SPELLINGS = {"integer": "number", "long": "number", "double": "number"}
"""Types that modellers write and the standard does not know."""


class ItemTypes(Mapping[str, FeelType]):
    """The types of a model by name; a definition that contains itself is ``Any`` there."""

    def __init__(self, sources: Sequence[TypeSource]) -> None:
        self._heads: dict[str, TypeSource] = {}
        self._components: dict[str, list[TypeSource]] = {}
        for source in sources:
            if source.component is None:
                self._heads[source.name] = source
            else:
                self._components.setdefault(source.name, []).append(source)
        self._made: dict[str, FeelType] = {}
        self._making: set[str] = set()

    def __getitem__(self, name: str) -> FeelType:
        if name not in self._made:
            head = self._heads[name]
            if name in self._making or len(self._making) > MAX_NESTING:
                return ANY
            self._making.add(name)
            self._made[name] = self._make(head, self._components.get(name, ()))
            self._making.discard(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._heads)

    def __len__(self) -> int:
        return len(self._heads)

    def named(self, name: str) -> FeelType:
        """The type of that name, an item definition or a built-in one; ``Any`` where there is none."""
        if name in self._heads:
            return self[name]
        return basic(name) or basic(_OTHER_SPELLINGS.get(name.lower(), "")) or ANY

    def _make(self, head: TypeSource, components: Sequence[TypeSource]) -> FeelType:
        made: FeelType
        if components:
            members = tuple((one.component or "", self._make(one, ())) for one in components)
            made = ContextOf(members)
        else:
            made = self.named(head.base) if head.base else ANY
        if head.allowed:
            made = constrained(made, head.allowed)
        return ListOf(made) if head.is_list else made


def constrained(base: FeelType, allowed: str) -> FeelType:
    """A type with allowed values; a constraint that is no FEEL constrains nothing."""
    try:
        test = parse_expression(f"? in ({allowed})", ())
    except FeelSyntaxError:
        return base

    def allows(value: FeelValue) -> bool:
        return evaluate(test, {"?": value}, strict=False) is True

    return Constrained(base, allowed, allows)


def path_type(path: Collection[str], roots: Mapping[str, FeelType]) -> FeelType:
    """The type of ``Applicant.Age`` where the types of the roots are known; ``Any`` where it cannot be told."""
    first, *members = path
    found = roots.get(first, ANY)
    for member in members:
        found = _member(found, member)
    return found


def _member(source: FeelType, name: str) -> FeelType:
    match source:
        case ContextOf(members):
            return dict(members).get(name, ANY)
        case ListOf(item):
            return ListOf(_member(item, name))
        case Constrained(base, _, _):
            return _member(base, name)
        case _:
            return ANY
