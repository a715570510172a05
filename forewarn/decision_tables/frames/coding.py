"""From a column of a frame to what each row adds to its place in the look-up: the class of its value times a step.

Every value that could be refused, or that numpy and Arrow cannot judge exactly, is marked `REFUSED`: its row is
decided like a single one, which answers or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.frames.sources import Arrow, Booleans, Coded, Numbers, Objects, Source, Texts
from forewarn.decision_tables.index.classes import ColumnClasses
from forewarn.decision_tables.index.generated import known_inputs, plain_cuts
from forewarn.decision_tables.inputs import allowed_values
from forewarn.decision_tables.readers import InputReader
from forewarn.decision_tables.syntax import Compare, OneOf
from forewarn.decision_tables.values import Kind, Type, Value
from forewarn.errors import BadInput

Places: TypeAlias = NDArray[np.int64]
Chunk: TypeAlias = Callable[[int, int], Places]

REFUSED = -(2**56)
"""So far below zero that no sum with other columns' places comes back up, nor leaves 64 bits."""

LARGEST = 2**55
"""Tables with more combinations of classes than this have no places for frames."""

_FEW = 4096
_GRID = 16


class Coder:
    """Codes one input column. ``step`` is what one class adds to a place."""

    def __init__(self, reader: InputReader, column: ColumnClasses, step: int) -> None:
        self._reader = reader
        self._column = column
        self._step = step
        self._known: dict[tuple[type, Any], int] = {}
        self._texts: tuple[Any, Places] | None = None
        self._cuts: Bisection | None = None
        self._keys: tuple[NDArray[np.float64], Places] | None = None

    def place(self, raw: Any) -> int:
        """What one plain value adds, or `REFUSED`."""
        try:
            return self._column.of(self._reader.convert(raw)) * self._step
        except BadInput:
            return REFUSED

    def missing(self) -> int:
        """What a column that the frame does not have adds: null's place, or `REFUSED`."""
        return self.place(None)

    def chunks(self, source: Source) -> Chunk:
        """A function of two row numbers that gives the places of the rows between them."""
        match source:
            case Coded():
                return self._coded(source)
            case Texts():
                return self._text(source.values)
            case Numbers():
                return self._numbers(source)
            case Booleans():
                return self._booleans(source)
            case Arrow():
                return self._arrow(source.values)
            case Objects():
                return self._objects(source)

    def constant(self, place: int) -> Chunk:
        """The same place for every row."""
        return lambda start, stop: np.full(stop - start, place, dtype=np.int64)

    def _coded(self, source: Coded) -> Chunk:
        codes = source.codes
        table = np.array([self.place(value) for value in (*source.values, None)], dtype=np.int64)

        # A code of -1 reads the last entry, which is null's.
        def places(start: int, stop: int) -> Places:
            found: Places = table[codes[start:stop]]
            return found

        return places

    def _booleans(self, source: Booleans) -> Chunk:
        table = np.array([self.place(False), self.place(True), self.place(None)], dtype=np.int64)

        def places(start: int, stop: int) -> Places:
            found: Places = table[source.values[start:stop].view(np.int8)]
            if source.missing is not None:
                found[source.missing[start:stop]] = table[2]
            return found

        return places

    def _objects(self, source: Objects) -> Chunk:
        def places(start: int, stop: int) -> Places:
            values = source.values
            chunk = [values[row] for row in range(start, stop)]
            text = self._as_text(chunk)
            if text is not None:
                return text
            known = self._known
            found = []
            for value in chunk:
                # 1, 1.0 and True are one dictionary key: the type keeps them apart.
                try:
                    place = known[value.__class__, value]
                except KeyError:
                    place = self.place(value)
                    if len(known) < 100_000:
                        known[value.__class__, value] = place
                except TypeError:  # not hashable: a list
                    place = self.place(value)
                found.append(place)
            return np.array(found, dtype=np.int64)

        return places

    def _as_text(self, chunk: list[Any]) -> Places | None:
        """The places of plain text, looked up by Arrow where it is installed."""
        if self._reader.column.type.is_list or type(chunk[0]) is not str:
            return None
        try:
            import pyarrow as pa  # noqa: PLC0415

            values = pa.array(chunk, from_pandas=True)
        except (ImportError, ValueError, TypeError):
            # Mixed values: each is asked by itself.
            return None
        return self._look_up(values) if pa.types.is_string(values.type) else None

    def _text(self, values: Any) -> Chunk:
        return lambda start, stop: self._look_up(values.slice(start, stop - start))

    def _look_up(self, chunk: Any) -> Places:
        """The places of an Arrow array of text: by the table's own spellings, the others one by one."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        if self._texts is None or self._texts[0].type != chunk.type:
            known = known_inputs(self._reader, self._column, lambda code: code * self._step) if self._by_codes() else {}
            texts = [text for text in known if isinstance(text, str)]
            table = np.array([*(known[text] for text in texts), self.place(None)], dtype=np.int64)
            self._texts = pa.array([*texts, None], type=chunk.type), table
        wanted, table = self._texts
        found = pc.index_in(chunk, value_set=wanted)
        if not found.null_count:
            known_places: Places = table[
                np.frombuffer(found.buffers()[1], dtype=np.int32)[found.offset :][: len(found)]
            ]
            return known_places
        codes = found.fill_null(-1).to_numpy(zero_copy_only=False)
        places: Places = table[codes]
        unknown = np.flatnonzero(codes < 0)
        rest = chunk.take(pa.array(unknown)).dictionary_encode()
        others = np.array([self.place(text) for text in rest.dictionary.to_pylist()], dtype=np.int64)
        places[unknown] = others[rest.indices.to_numpy(zero_copy_only=False)]
        return places

    def _by_codes(self) -> bool:
        return self._column.codes is not None and not self._reader.column.type.is_list

    def _arrow(self, values: Any) -> Chunk:
        import pyarrow as pa  # noqa: PLC0415

        def places(start: int, stop: int) -> Places:
            chunk = values.slice(start, stop - start)
            try:
                encoded = chunk.dictionary_encode(null_encoding="encode")
            except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
                return np.array([self.place(value) for value in chunk.to_pylist()], dtype=np.int64)
            table = np.array([self.place(value) for value in encoded.dictionary.to_pylist()], dtype=np.int64)
            found: Places = table[encoded.indices.to_numpy(zero_copy_only=False)]
            return found

        return places

    def _numbers(self, source: Numbers) -> Chunk:
        coding = self._number_coding(source)
        null = self.place(None)

        def places(start: int, stop: int) -> Places:
            values = source.values[start:stop]
            missing = None if source.missing is None else source.missing[start:stop]
            if values.dtype.kind == "f":
                unknown = ~np.isfinite(values)
                if unknown.any():
                    infinite = np.isinf(values)
                    found = coding(np.where(unknown, 0.0, values))
                    found[unknown] = null
                    found[infinite] = REFUSED
                    if missing is not None:
                        found[missing] = null
                    return found
            found = coding(values)
            if missing is not None:
                found[missing] = null
            return found

        return places

    def _number_coding(self, source: Numbers) -> Callable[[NDArray[Any]], Places]:
        """How finite numbers become places."""
        if self._reader.column.type != Type(Kind.NUMBER):
            refused = self.place(1)
            if refused == REFUSED:
                return lambda values: np.full(len(values), REFUSED, dtype=np.int64)
            return self._one_by_one
        values = source.values
        if values.dtype.kind in "iu" and len(values):
            low, high = int(values.min()), int(values.max())
            if high - low < min(_FEW, max(16, len(values))) and abs(high) < LARGEST:
                table = np.array([self.place(number) for number in range(low, high + 1)], dtype=np.int64)
                return lambda chunk: table[chunk.astype(np.int64) - low]
        allowed = self._reader.column.allowed
        if self._column.codes is None:
            if allowed is None:
                if self._cuts is None:
                    cuts = plain_cuts(self._column)
                    self._cuts = None if cuts is None else Bisection(np.array(cuts, dtype=np.float64), self._step)
                if self._cuts is not None:
                    return self._cuts
        else:
            keys = self._exact_keys()
            if keys is not None:
                return keys
        return self._one_by_one

    def _exact_keys(self) -> Callable[[NDArray[Any]], Places] | None:
        """Equality with few numbers, which all are told apart as floats."""
        allowed = self._reader.column.allowed
        listed = isinstance(allowed, OneOf) and all(
            isinstance(test, Compare) and test.operator == "=" for test in allowed.tests
        )
        if allowed is not None and not listed:
            return None
        numbers: dict[Value, None] = dict.fromkeys([*(self._column.codes or {}), *allowed_values(allowed)])
        for number in numbers:
            if not isinstance(number, Decimal) or not is_exact(number):
                return None
        keys = sorted(float(number) for number in numbers if isinstance(number, Decimal))
        other = REFUSED if listed else (self._column.size - 2) * self._step
        table = np.array([*(self.place(key) for key in keys), other], dtype=np.int64)
        sorted_keys = np.array([*keys, np.inf])

        def coding(values: NDArray[Any]) -> Places:
            floats = values.astype(np.float64)
            at = np.searchsorted(sorted_keys[:-1], floats)
            at[sorted_keys[at] != floats] = len(keys)
            return table[at]

        return coding

    def _one_by_one(self, values: NDArray[Any]) -> Places:
        distinct, inverse = np.unique(values, return_inverse=True)
        table = np.array([self.place(value.item()) for value in distinct], dtype=np.int64)
        return table[inverse]


def is_exact(number: Decimal) -> bool:
    """Whether a decimal and its float are told apart from every other such pair alike: at most 15 digits."""
    return len(number.normalize().as_tuple().digits) <= 15 and abs(number) < 2**53 and not 0 < abs(number) < 1e-250


class Bisection:
    """The class of each number among sorted cuts, found from a grid rather than by halving."""

    def __init__(self, cuts: NDArray[np.float64], step: int) -> None:
        self._cuts = cuts
        self._step = step
        self._first: NDArray[np.int32] | None = None
        if len(cuts) < 3:
            return
        cells = min(1 << 18, _GRID * len(cuts))
        self._low = float(cuts[0])
        width = float(cuts[-1]) - self._low
        self._scale = (cells - 2) / width
        self._cells = cells
        if not np.isfinite(self._scale) or self._scale <= 0:
            return
        # The same rounding puts cuts and numbers into cells, so a cut in a lower cell is never above the number.
        counts = np.bincount(self._cell(cuts), minlength=cells)
        self._most = int(counts.max())
        if self._most > 6:
            return
        self._first = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int32)
        self._padded = np.concatenate((cuts, np.full(self._most, np.inf)))

    def _cell(self, values: NDArray[Any]) -> NDArray[np.int64]:
        with np.errstate(over="ignore"):
            position = (values - self._low) * self._scale
        np.clip(position, 0, self._cells - 1, out=position)
        return position.astype(np.int64)

    def __call__(self, values: NDArray[Any]) -> Places:
        """The places of finite numbers."""
        floats = values.astype(np.float64, copy=False)
        if self._first is None:
            return np.searchsorted(self._cuts, floats, side="right") * self._step
        first = self._first[self._cell(floats)]
        found = first.astype(np.int64)
        for offset in range(self._most):
            found += self._padded[first + offset] <= floats
        if self._step != 1:
            found *= self._step
        return found
