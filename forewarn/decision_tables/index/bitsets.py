"""Rules as bits: for each class of each column the rules that accept it, intersected.

The first rule has the highest bit, so that the first hit of an intersection is its bit length. Where a column
has so many classes that their sets would not fit the memory allowed, neighbouring classes share one set, the
union of theirs; what such a column lets through is checked against the rule's own spans.
"""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.decision_tables.index.classes import ColumnClasses


class BitSets:
    """The bit sets of every column. ``masks[column][class]`` is a set of rules."""

    def __init__(self, columns: Sequence[ColumnClasses], count: int, budget: int) -> None:
        self.count = count
        self.everything = (1 << count) - 1
        self.columns = columns
        widths = _widths(columns, count, budget)
        self.masks = [_masks(column, count, width) for column, width in zip(columns, widths, strict=True)]
        self.coarse = tuple(position for position, width in enumerate(widths) if width > 1)

    def candidates(self, classes: Sequence[int]) -> list[int]:
        """The rules whose spans hold the classes of an input, in row order."""
        found = self.everything
        for masks, code in zip(self.masks, classes, strict=True):
            found &= masks[code]
        return [rule for rule in self.rules(found) if self.accepts(rule, classes)]

    def rules(self, found: int) -> list[int]:
        """The rules of a set of bits, in row order."""
        hits = []
        last = self.count - 1
        while found:
            bit = found.bit_length() - 1
            hits.append(last - bit)
            found ^= 1 << bit
        return hits

    def accepts(self, rule: int, classes: Sequence[int]) -> bool:
        """Whether a candidate holds in the columns whose sets are coarse."""
        for position in self.coarse:
            column, code = self.columns[position], classes[position]
            if not any(low <= code < high for low, high in column.spans(rule)):
                return False
        return True


def _widths(columns: Sequence[ColumnClasses], count: int, budget: int) -> list[int]:
    """How many neighbouring classes of each column share a set, so that all sets fit ``budget`` bytes."""
    one = count // 8 + 32
    widths = [1] * len(columns)
    while sum(-(-column.size // width) * one for column, width in zip(columns, widths, strict=True)) > budget:
        widest = max(range(len(columns)), key=lambda position: columns[position].size / widths[position])
        if columns[widest].size <= widths[widest]:
            break
        widths[widest] *= 2
    return widths


def _masks(column: ColumnClasses, count: int, width: int) -> list[int]:
    """The sets of one column: a sweep over groups of ``width`` classes that puts rules in where their spans start."""
    size = column.size
    groups = -(-size // width)
    starts: list[list[int]] = [[] for _ in range(groups + 1)]
    ends: list[list[int]] = [[] for _ in range(groups + 1)]
    bits = bytearray(count // 8 + 1)
    for rule, (low, high) in enumerate(zip(column.low, column.high, strict=True)):
        if low == 0 and high == size:
            _put(bits, (count - 1 - rule,))
        elif low < high:
            starts[low // width].append(count - 1 - rule)
            ends[(high - 1) // width + 1].append(count - 1 - rule)
    for rule, spans in column.several.items():
        # Spans of one rule may meet in a group.
        held = {group for low, high in spans for group in range(low // width, (high - 1) // width + 1)}
        for group in held:
            if group - 1 not in held:
                starts[group].append(count - 1 - rule)
            if group + 1 not in held:
                ends[group + 1].append(count - 1 - rule)
    masks: list[int] = []
    for group in range(groups):
        _take(bits, ends[group])
        _put(bits, starts[group])
        masks.extend([int.from_bytes(bits, "little")] * (min((group + 1) * width, size) - group * width))
    return masks


def _put(bits: bytearray, places: Sequence[int]) -> None:
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)


def _take(bits: bytearray, places: Sequence[int]) -> None:
    for place in places:
        bits[place >> 3] &= ~(1 << (place & 7))
