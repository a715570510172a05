"""How answers look: tables, values and JSON. Colours only on a terminal; ``NO_COLOR`` is honoured by rich."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import click
from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.values import BusinessDuration, YearsMonths
from forewarn.errors import Finding, Place, Severity
from forewarn.plugins.api import RecordView

WIDEST = 120
"""No line is longer than this, however wide the terminal; a pipe gets this width."""

ROOMY = 100
"""A line as long as this has room for whole headings."""

SHORTEST = 8
"""A folding column keeps room for short words, so that it folds between words where it can."""

SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


class PipeConsole(Console):
    """A console that lets a closed pipe show itself as what it is; the root command knows what to do then."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error that rich is about to swallow."""
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """A console on what standard output, or error, is at this moment."""
    stream = sys.stderr if stderr else sys.stdout
    width = min(shutil.get_terminal_size().columns, WIDEST) if stream.isatty() else WIDEST
    return PipeConsole(file=stream, width=width, highlight=False, emoji=False, soft_wrap=False)


def warn(line: str) -> None:
    """One line of warning on standard error."""
    console(stderr=True).print(Text.assemble(("warning: ", "yellow"), line), soft_wrap=True)


def say(line: str = "", *, style: str | None = None) -> None:
    """One line of text as it is: no markup, and not wrapped, for lines may be cut by other programs."""
    console().print(Text(line, style=style or ""), soft_wrap=True)


def show(renderable: RenderableType) -> None:
    """Print something that fills the line; outside a terminal without the blanks at the ends of its lines."""
    out = console()
    if out.is_terminal:
        out.print(renderable)
        return
    with out.capture() as captured:
        out.print(renderable)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def text_of(value: Any) -> str:
    """A value as a reader sees it: nothing for null, yes and no, decimals in full, times to the minute in UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return time_of(value)
    if isinstance(value, Decimal):
        return format(value, "f") if -40 < value.adjusted() < 40 else str(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text_of(item)}" for name, item in value.items())
    if isinstance(value, Sequence):
        return ", ".join(text_of(item) for item in value)
    return str(jsonable(value))


def money(value: Decimal | None) -> str:
    """An amount with thousands apart and at least two decimals, ``1,250,000.00``; nothing for null."""
    if value is None:
        return ""
    cents = value.quantize(Decimal("0.01")) if abs(value) < Decimal("1e20") else value
    return f"{cents if cents == value else value.normalize():,f}"


def time_of(moment: datetime) -> str:
    """``2026-03-01 08:15 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment.utcoffset() is not None else f"{moment:%F %R}"


def of(count: int, thing: str, things: str | None = None) -> str:
    """``1 case``, ``5 cases``."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table. The cells of one that ``folds`` give way where the line is too short, the
    others stay whole; headings fold between their words.
    """

    heading: str
    folds: bool = False
    right: bool = False
    style: str = ""


def table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> Table:
    """A plain table that fits the line; cells are values or ready `Text`."""
    made = Table(
        title=None if title is None else Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    cells = [[cell if isinstance(cell, Text) else Text(text_of(cell)) for cell in row] for row in rows]
    narrow = console().width < max(ROOMY, _natural_width(columns, cells))
    for position, column in enumerate(columns):
        widths = [row[position].cell_len for row in cells]
        made.add_column(
            _folded(column.heading, max(widths, default=0)) if narrow and not column.folds else column.heading,
            justify="right" if column.right else "left",
            style=column.style,
            no_wrap=not column.folds,
            overflow="fold",
            min_width=min(SHORTEST, max(widths, default=0)) if column.folds else None,
        )
    for row in cells:
        made.add_row(*row)
    return made


def _natural_width(columns: Sequence[Column], cells: Sequence[Sequence[Text]]) -> int:
    """How wide a table is with whole headings, its folding columns as narrow as they may be read."""
    widths = [max([0, *(row[position].cell_len for row in cells)]) for position in range(len(columns))]
    return sum(
        max(len(column.heading), min(SHORTEST, width) if column.folds else width) + 1
        for column, width in zip(columns, widths, strict=True)
    )


def _folded(heading: str, width: int) -> str:
    """A heading over a narrow column: folded between its words, as wide as the cells or its longest word."""
    return "\n".join(textwrap.wrap(heading, max(width, *(len(word) for word in heading.split()))))


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, title: str | None = None) -> None:
    """Print a table."""
    show(table(columns, rows, title=title))


def show_fields(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print what is known of one thing, a line a field; fields without a value are left out."""
    known = [(name, text_of(value)) for name, value in pairs if text_of(value)]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in known:
        grid.add_row(name, Text(text))
    show(grid)


def heading(text: str) -> None:
    """A heading over a part of an answer."""
    console().print(f"\n[bold]{escape(text)}[/bold]")


def plain(value: Any) -> Any:
    """A value as JSON can hold it: records and reports as objects, decimals as exact text, times in ISO form."""
    if isinstance(value, RecordView):
        return {"kind": value.kind, "number": value.number, **{name: plain(value[name]) for name in value}}
    if isinstance(value, Finding):
        return plain(value.to_dict())
    if isinstance(value, Place | Path):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, YearsMonths | BusinessDuration):
        return jsonable(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, datetime | date | Decimal | str | bool) or value is None:
        return jsonable(value)
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return jsonable(value)


def show_json(value: Any) -> None:
    """Print one JSON document, indented."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))
