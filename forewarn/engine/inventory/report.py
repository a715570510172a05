"""What came of a load."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from forewarn.errors import Finding


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many rows of one kind were added, changed a record, said nothing new, stood there twice, were refused.

    ``kind`` is empty for rows whose kind could not be told.
    """

    kind: str
    sheet: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of a load: counts by kind (only kinds that the files hold), and findings: those of
    reading in the files' order, then those of storing.

    ``loaded`` is false where ``strict`` was asked and something is wrong: the store is as it was, and the
    counts tell what would have been.
    """

    files: tuple[str, ...]
    counts: tuple[KindCount, ...]
    findings: tuple[Finding, ...]
    loaded: bool = True

    @property
    def added(self) -> int:
        """Records that are new."""
        return sum(count.added for count in self.counts)

    @property
    def changed(self) -> int:
        """Records that are different now."""
        return sum(count.changed for count in self.counts)

    @property
    def unchanged(self) -> int:
        """Records about which the files say nothing new."""
        return sum(count.unchanged for count in self.counts)

    @property
    def refused(self) -> int:
        """Rows that were not loaded."""
        return sum(count.refused for count in self.counts)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that ``forewarn load --format json`` prints."""
        return {
            "files": list(self.files),
            "loaded": self.loaded,
            "counts": [asdict(count) for count in self.counts],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def __str__(self) -> str:
        """A line a kind, then one for the whole."""
        lines = [f"{count.sheet or 'Rows of no known kind'}: {_parts(count)}" for count in self.counts]
        if not self.loaded:
            lines.append("Nothing is loaded: every row must be good (strict).")
        elif not self.added and not self.changed:
            lines.append("Nothing has changed.")
        return "\n".join(lines)


def _parts(count: KindCount) -> str:
    numbers = (
        (count.added, "added"),
        (count.changed, "changed"),
        (count.unchanged, "unchanged"),
        (count.repeated, "repeated"),
        (count.refused, "refused"),
    )
    return ", ".join(f"{number:,} {word}" for number, word in numbers if number) or "no rows"
