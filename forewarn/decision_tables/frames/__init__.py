"""Whole frames decided at once: pandas at the surface, polars and Arrow where they are installed, numpy inside."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from forewarn.decision_tables.frames.deciding import Errors, Frames
from forewarn.decision_tables.frames.results import to_arrow, to_pandas, to_polars
from forewarn.decision_tables.frames.sources import Source, from_arrow, from_pandas
from forewarn.errors import BadInput

if TYPE_CHECKING:
    from forewarn.decision_tables.table import Table

__all__ = ["Errors", "Frames", "decide_frame"]


def decide_frame(table: Table, frames: Frames, frame: Any, *, at: datetime | None, errors: Errors) -> Any:
    """Decide every row of a pandas or polars frame or an Arrow table; the answer is a frame of the same library.

    See `Table.decide_frame`.
    """
    if errors not in ("raise", "report"):
        raise ValueError(f"errors must be 'raise' or 'report', not {errors!r}")
    library = type(frame).__module__.partition(".")[0]
    wanted = _wanted(table)
    if library == "pandas":
        sources = {name: from_pandas(frame[name]) for name in frame.columns if name in wanted}
        return to_pandas(table, *frames.decide(sources, len(frame), at, errors), index=frame.index, errors=errors)
    if library == "polars":
        taken = frame.select([name for name in frame.columns if name in wanted]).to_arrow()
        decided = frames.decide(_arrow_sources(taken), frame.height, at, errors)
        return to_polars(table, *decided, errors=errors)
    if library == "pyarrow":
        taken = frame.select([name for name in frame.column_names if name in wanted])
        return to_arrow(table, *frames.decide(_arrow_sources(taken), frame.num_rows, at, errors), errors=errors)
    raise BadInput(
        f"a frame for table {table.name!r} is of pandas, polars or Arrow, not a {type(frame).__name__}",
        table=table.name,
    )


def _wanted(table: Table) -> set[str]:
    """The names by which a table's inputs may be given."""
    names = {column.heading for column in table.inputs}
    return names | {column.binding.name for column in table.inputs if column.binding is not None}


def _arrow_sources(frame: Any) -> dict[str, Source]:
    return {name: from_arrow(frame.column(name)) for name in frame.column_names}
