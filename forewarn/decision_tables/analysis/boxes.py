"""Boxes over dimensions of numbered classes, many at once: spans of classes where spans suffice, else sets as bits.

A dimension in which every box takes one span is *ranged*: two numbers a box. One in which some takes a set with
holes is *masked*: a bit a class, 64 to a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int32]
Words: TypeAlias = NDArray[np.uint64]
Flags: TypeAlias = NDArray[np.bool_]

WORD = 64

_EXACT = 2.0**62


@dataclass(frozen=True, slots=True)
class Shape:
    """How boxes are laid out: the dimensions that are ranged, in order, and the masked ones with their words.

    ``sizes`` has the classes of every dimension, ``firsts`` the first word of each masked one.
    """

    sizes: tuple[int, ...]
    ranged: tuple[int, ...]
    masked: tuple[int, ...]
    words: tuple[int, ...]
    firsts: NDArray[np.intp]

    @classmethod
    def of(cls, sizes: Sequence[int], masked: Sequence[int]) -> Shape:
        """The shape for dimensions of these sizes, of which ``masked`` are."""
        words = tuple(-(-sizes[number] // WORD) for number in masked)
        firsts = np.array([sum(words[:place]) for place in range(len(words))], np.intp)
        ranged = tuple(number for number in range(len(sizes)) if number not in set(masked))
        return cls(tuple(sizes), ranged, tuple(masked), words, firsts)

    def whole(self) -> Box:
        """The box of everything."""
        return self.box([range(size) for size in self.sizes])

    def box(self, classes: Sequence[range]) -> Box:
        """The box of a span of classes in each dimension."""
        start = np.array([classes[number].start for number in self.ranged], np.int32)
        end = np.array([classes[number].stop for number in self.ranged], np.int32)
        masks = [
            words_of([(1 << classes[number].stop) - (1 << classes[number].start)], words)[0]
            for number, words in zip(self.masked, self.words, strict=True)
        ]
        return Box(start, end, np.concatenate([np.zeros(0, np.uint64), *masks]))

    def slot(self, place: int) -> slice:
        """The words of the masked dimension at a place of ``masked``."""
        first = int(self.firsts[place])
        return slice(first, first + self.words[place])

    def classes(self, box: Box) -> list[list[int]]:
        """The classes of a box in each dimension."""
        found: list[list[int]] = [[] for _ in self.sizes]
        for place, number in enumerate(self.ranged):
            found[number] = list(range(int(box.start[place]), int(box.end[place])))
        for place, number in enumerate(self.masked):
            found[number] = [
                int(one) for one in np.flatnonzero(flags_of(box.mask[self.slot(place)], self.sizes[number]))
            ]
        return found


@dataclass(frozen=True, slots=True)
class Box:
    """One box: half-open spans of the ranged dimensions, the words of the masked ones."""

    start: Numbers
    end: Numbers
    mask: Words


@dataclass(frozen=True, slots=True)
class Boxes:
    """Many boxes, a row each."""

    shape: Shape
    low: Numbers
    high: Numbers
    mask: Words

    def __len__(self) -> int:
        return len(self.low)

    @property
    def spans(self) -> int:
        """How many numbers a look at all boxes compares."""
        return self.low.size + self.mask.size

    def take(self, rows: Any) -> Boxes:
        """The boxes of some rows."""
        return Boxes(self.shape, self.low[rows], self.high[rows], self.mask[rows])

    def __getitem__(self, row: int) -> Box:
        return Box(self.low[row], self.high[row], self.mask[row])

    def meets(self, box: Box) -> Flags:
        """Of each box and dimension (ranged first), whether it shares a class with ``box``."""
        ranged = (self.low < box.end) & (self.high > box.start)
        if not self.shape.masked:
            return ranged
        return np.concatenate([ranged, self.some_bit(self.mask & box.mask)], axis=1)

    def some_bit(self, masks: Words) -> Flags:
        """Of each row and masked dimension, whether any bit is set; the words stand on the last axis."""
        bits: Flags = masks != 0
        if all(words == 1 for words in self.shape.words):
            return bits
        some: Flags = np.logical_or.reduceat(bits, self.shape.firsts, axis=-1)
        return some

    def clipped(self, box: Box) -> Boxes:
        """The parts in ``box`` of boxes that all meet it."""
        return Boxes(self.shape, np.maximum(self.low, box.start), np.minimum(self.high, box.end), self.mask & box.mask)

    def holding(self, box: Box) -> Flags:
        """Whether each box holds all of ``box``."""
        held: Flags = np.logical_and.reduce((self.low <= box.start) & (self.high >= box.end), axis=1)
        if self.shape.masked:
            held &= ((box.mask & ~self.mask) == 0).all(axis=1)
        return held

    def volume(self) -> int:
        """How many points the boxes hold, added up, exactly."""
        lengths = (self.high - self.low).astype(np.int64)
        if self.shape.masked:
            bits = np.add.reduceat(_bit_counts(self.mask), self.shape.firsts, axis=1)
            lengths = np.concatenate([lengths, bits], axis=1)
        if float(lengths.astype(np.float64).prod(axis=1).sum()) < _EXACT:
            return int(lengths.prod(axis=1).sum())
        return int(sum(np.multiply.reduce(lengths.astype(object), axis=1)))

    def taken(self, number: int) -> Flags:
        """The classes of a dimension that any box takes."""
        size = self.shape.sizes[number]
        if number in self.shape.masked:
            slot = self.shape.slot(self.shape.masked.index(number))
            return flags_of(np.bitwise_or.reduce(self.mask[:, slot], axis=0), size)
        place = self.shape.ranged.index(number)
        steps = np.zeros(size + 1, np.int64)
        np.add.at(steps, self.low[:, place], 1)
        np.subtract.at(steps, self.high[:, place], 1)
        some: Flags = np.cumsum(steps)[:size] > 0
        return some

    def sharing(self, number: int, classes: Flags) -> Flags:
        """Whether each box takes any of ``classes`` in a dimension."""
        if number in self.shape.masked:
            slot = self.shape.slot(self.shape.masked.index(number))
            bits = sum(1 << int(one) for one in np.flatnonzero(classes))
            wanted = words_of([bits], slot.stop - slot.start)[0]
            masked: Flags = ((self.mask[:, slot] & wanted) != 0).any(axis=1)
            return masked
        place = self.shape.ranged.index(number)
        before = np.concatenate([[0], np.cumsum(classes)])
        ranged: Flags = before[self.high[:, place]] > before[self.low[:, place]]
        return ranged


def one_box(box: Box, shape: Shape) -> Boxes:
    """A box as the only row."""
    return Boxes(shape, box.start[None], box.end[None], box.mask[None])


def words_of(sets: Iterable[int], words: int) -> Words:
    """Sets of bits as rows of words."""
    length = words * (WORD // 8)
    joined = b"".join([one.to_bytes(length, "little") for one in sets])
    return np.frombuffer(joined, "<u8").reshape(-1, words).astype(np.uint64)


def flags_of(words: Words, size: int) -> Flags:
    """A row of words as a flag a class."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little")[:size].astype(np.bool_)


def _bit_counts(words: Words) -> NDArray[np.int64]:
    """How many bits of each word are set."""
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(*words.shape, 8)
    counts: NDArray[np.int64] = _OCTET_BITS[octets].sum(axis=-1, dtype=np.int64)
    return counts


_OCTET_BITS = np.array([number.bit_count() for number in range(256)], np.int64)
