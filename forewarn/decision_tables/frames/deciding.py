"""Deciding for every row of a frame at once; what comes out is what `Table.decide` says row by row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.frames import lookup
from forewarn.decision_tables.frames.boxes import box_lookup
from forewarn.decision_tables.frames.coding import LARGEST, Chunk, Coder
from forewarn.decision_tables.frames.sources import Source, row_of
from forewarn.decision_tables.index import dense
from forewarn.decision_tables.policies import Outcome, Row
from forewarn.errors import DecisionError

if TYPE_CHECKING:
    from forewarn.decision_tables.table import Table

T = TypeVar("T")

CHUNK = 1 << 17
"""Rows a step: their places and outcomes stay in the processor's cache."""

Errors = Literal["raise", "report"]


class Outcomes:
    """The outcomes that rows can have, numbered: rows of outputs and rule ids."""

    def __init__(self) -> None:
        self.rows: list[tuple[Row, ...]] = []
        self.rules: list[tuple[str, ...]] = []
        self._columns: dict[Any, tuple[int, Any]] = {}
        self._lock = threading.Lock()

    def column(self, key: Any, make: Callable[[], T]) -> T:
        """What ``make`` makes of all outcomes, made again only when there are more of them."""
        count, made = self._columns.get(key, (-1, None))
        if count != len(self.rows) or made is None:
            made = make()
            self._columns[key] = len(self.rows), made
        return made  # type: ignore[no-any-return]

    def add(self, rows: tuple[Row, ...], rules: tuple[str, ...]) -> int:
        """A further outcome; its number."""
        with self._lock:
            self.rows.append(rows)
            self.rules.append(rules)
            return len(self.rows) - 1


class Frames:
    """What one table needs to decide frames, made once and kept."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.index = table.index
        self.steps = dense.strides(self.index.columns)
        self.outcomes = Outcomes()
        nothing = ((None,) * len(table.outputs),)
        self.outcomes.add(() if table.model.hit_policy.many else nothing, ())
        self.lookup = self._lookup()
        self.coders = [
            Coder(reader, column, step)
            for reader, column, step in zip(table.readers, self.index.inputs, self.steps, strict=False)
        ]

    def _lookup(self) -> lookup.Lookup | None:
        """How places become outcomes; ``None`` where each row has to be decided by itself."""
        table = self.table
        if not table.is_plain or self.index.residual or dense.cells(self.index.columns) > LARGEST:
            return None
        nothing = table.settle([])
        self.outcomes.add(nothing.rows, ())
        if self.index.single:
            for rule in range(self.index.count):
                self.outcomes.add((table.record(rule)[1:],), table.record(rule)[0])
            found = lookup.winners(self.index) or box_lookup(self.index)
            if found is not None:
                return found
        return lookup.Combinations(self._ask)

    def _ask(self, place: int) -> int:
        """The outcome of one combination of classes."""
        classes = []
        for step in self.steps:
            code, place = divmod(place, step)
            classes.append(code)
        hits = self.index.candidates(classes)
        if not hits:
            return lookup.NOTHING
        if self.index.single and (len(hits) == 1 or not self.index.unique):
            return hits[0] + lookup.RULES
        try:
            outcome: Outcome = self.table.settle(hits)
        except DecisionError:
            return lookup.PLAINLY
        return self.outcomes.add(outcome.rows, self.table.rule_ids(outcome.hits))

    def code(self, sources: Mapping[str, Source], count: int, at: datetime | None) -> NDArray[np.int64] | None:
        """The place of every row, negative where the plain way has to decide; ``None`` where a table has no places."""
        if self.lookup is None:
            return None
        chunks = self._chunks(sources, self.table.moment(at))
        places = np.empty(count, dtype=np.int64)
        for start in range(0, count, CHUNK):
            stop = min(start + CHUNK, count)
            places[start:stop] = self._places(chunks, start, stop)
        return places

    def _chunks(self, sources: Mapping[str, Source], at: datetime | None) -> list[Chunk]:
        """For each column a function that gives the places of some rows; the effective time is a column too."""
        chunks = []
        for coder, column in zip(self.coders, self.table.inputs, strict=True):
            source = sources.get(column.heading)
            if source is None and column.binding is not None:
                source = sources.get(column.binding.name)
            chunks.append(coder.constant(coder.missing()) if source is None else coder.chunks(source))
        if self.index.moment is not None and at is not None:
            place = self.index.moment.of(at) * self.steps[-1]
            chunks.append(lambda start, stop: np.full(stop - start, place, dtype=np.int64))
        return chunks

    @staticmethod
    def _places(chunks: Sequence[Chunk], start: int, stop: int) -> NDArray[np.int64]:
        places = np.zeros(stop - start, dtype=np.int64) if not chunks else chunks[0](start, stop)
        for chunk in chunks[1:]:
            places = places + chunk(start, stop)
        return places

    def decide(
        self,
        sources: Mapping[str, Source],
        count: int,
        at: datetime | None,
        errors: Errors,
        places: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int32], Outcomes, dict[int, str]]:
        """The outcome of every row, all outcomes, and the error of each row that has one.

        ``places`` are those of `code`, where the caller has them. Raises the first row's error where ``errors``
        is ``raise``.
        """
        moment = self.table.moment(at)
        outcome = np.zeros(count, dtype=np.int32)
        if self.lookup is not None:
            chunks = self._chunks(sources, moment) if places is None else [lambda start, stop: places[start:stop]]
            for start in range(0, count, CHUNK):
                stop = min(start + CHUNK, count)
                self._look_up(self._places(chunks, start, stop), outcome[start:stop])
        return self._plainly(sources, outcome, at, errors)

    def _look_up(self, places: NDArray[np.int64], out: NDArray[np.int32]) -> None:
        assert self.lookup is not None  # noqa: S101 (both callers have asked)
        if len(places) and places.min() < 0:
            refused = places < 0
            places = np.where(refused, 0, places)
            self.lookup(places, out)
            out[refused] = lookup.PLAINLY
        else:
            self.lookup(places, out)

    def _plainly(
        self, sources: Mapping[str, Source], outcome: NDArray[np.int32], at: datetime | None, errors: Errors
    ) -> tuple[NDArray[np.int32], Outcomes, dict[int, str]]:
        """Decide the rows that are left one by one."""
        left = np.flatnonzero(outcome == lookup.PLAINLY).tolist()
        if not left:
            return outcome, self.outcomes, {}
        own = Outcomes()
        own.rows, own.rules = list(self.outcomes.rows), list(self.outcomes.rules)
        told: dict[int, str] = {}
        for row in left:
            try:
                decision = self.table.decide(row_of(sources, row), at=at)
            except DecisionError as error:
                if errors == "raise":
                    raise
                told[row] = str(error)
                continue
            outputs = decision.outputs if isinstance(decision.outputs, list) else [decision.outputs]
            outcome[row] = own.add(tuple(tuple(named.values()) for named in outputs), decision.rules)
        return outcome, own, told
