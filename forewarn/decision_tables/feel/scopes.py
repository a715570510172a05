"""Names with their values, as an evaluation sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forewarn.decision_tables.feel.runtime import FeelValue, lift


class Scope:
    """Names with their values, inner ones first."""

    __slots__ = ("outer", "values")

    def __init__(self, values: Mapping[str, FeelValue], outer: Scope | None = None) -> None:
        self.values = values
        self.outer = outer

    def find(self, name: str) -> tuple[bool, FeelValue]:
        """Whether the name is known, and its value."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return True, scope.values[name]
            scope = scope.outer
        return False, None


class Given(Mapping[str, FeelValue]):
    """The names that a caller gives, as FEEL values once they are read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._lifted: dict[str, FeelValue] = {}

    def __getitem__(self, name: str) -> FeelValue:
        if name not in self._lifted:
            self._lifted[name] = lift(self._values[name])
        return self._lifted[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
