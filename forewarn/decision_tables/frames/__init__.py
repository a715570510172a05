"""Whole frames decided at once: pandas at the surface, polars and Arrow where they are installed, numpy inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.frames.deciding import Errors, Frames
from forewarn.decision_tables.frames.results import to_arrow, to_pandas, to_polars
from forewarn.decision_tables.frames.sources import Source, from_arrow, from_pandas
from forewarn.errors import BadInput

if TYPE_CHECKING:
    from forewarn.decision_tables.table import Table

__all__ = ["CodedFrame", "Errors", "Frames", "code_frame", "decide_frame"]


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """A frame whose inputs are coded for one table already, to be decided more than once.

    ``at`` is the effective time that it was coded for.
    """

    table: Table
    library: str
    sources: Mapping[str, Source]
    count: int
    index: Any
    at: datetime | None
    places: NDArray[np.int64] | None

    def __len__(self) -> int:
        return self.count


def read_frame(table: Table, frame: Any) -> CodedFrame:
    """The inputs of a pandas or polars frame or an Arrow table, not coded yet. Raises `BadInput`."""
    library = type(frame).__module__.partition(".")[0]
    wanted = _wanted(table)
    if library == "pandas":
        sources = {name: from_pandas(frame[name]) for name in frame.columns if name in wanted}
        return CodedFrame(table, library, sources, len(frame), frame.index, None, None)
    if library == "polars":
        taken = frame.select([name for name in frame.columns if name in wanted]).to_arrow()
        return CodedFrame(table, library, _arrow_sources(taken), frame.height, None, None, None)
    if library == "pyarrow":
        taken = frame.select([name for name in frame.column_names if name in wanted])
        return CodedFrame(table, library, _arrow_sources(taken), frame.num_rows, None, None, None)
    raise BadInput(
        f"a frame for table {table.name!r} is of pandas, polars or Arrow, not a {type(frame).__name__}",
        table=table.name,
    )


def code_frame(table: Table, frames: Frames, frame: Any, *, at: datetime | None) -> CodedFrame:
    """Code a frame's inputs for a table. See `Table.code_frame`."""
    read = read_frame(table, frame)
    return replace(read, at=at, places=frames.code(read.sources, read.count, at))


def decide_frame(table: Table, frames: Frames, frame: Any, *, at: datetime | None, errors: Errors) -> Any:
    """Decide every row of a frame. See `Table.decide_frame`."""
    if errors not in ("raise", "report"):
        raise ValueError(f"errors must be 'raise' or 'report', not {errors!r}")
    read = frame if isinstance(frame, CodedFrame) else read_frame(table, frame)
    if read.table is not table:
        raise BadInput(f"the frame is coded for table {read.table.name!r}, not for {table.name!r}", table=table.name)
    moment = read.at if isinstance(frame, CodedFrame) else at
    decided = frames.decide(read.sources, read.count, moment, errors, read.places)
    if read.library == "pandas":
        return to_pandas(table, *decided, index=read.index, errors=errors)
    return (to_polars if read.library == "polars" else to_arrow)(table, *decided, errors=errors)


def _wanted(table: Table) -> set[str]:
    """The names by which a table's inputs may be given."""
    names = {column.heading for column in table.inputs}
    return names | {column.binding.name for column in table.inputs if column.binding is not None}


def _arrow_sources(frame: Any) -> dict[str, Source]:
    return {name: from_arrow(frame.column(name)) for name in frame.column_names}
