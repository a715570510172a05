"""Reading csv files: separators, quotes that span lines, rows of the wrong length."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Protocol

from forewarn.engine.inventory.source import LinesOrigin, RawRow, RawTable
from forewarn.engine.inventory.text_files import bounded_lines, open_bytes_error
from forewarn.errors import Place, UnreadableWorkbook

_SEPARATORS = (",", ";", "\t")
_CSV_FAULTS = {
    "unexpected end of data": ("a quote is opened and never closed", 'close it; write a quote in a value as ""'),
    "expected after": ("text follows a closing quote", 'write a quote in a value as ""'),
    "field larger than field limit": ("a value is too long, or a quote is never closed", "shorten it, close the quote"),
}


class _Reader(Iterator[list[str]], Protocol):
    """What `csv.reader` returns: ``line_num`` counts the lines read so far, those inside quotes too."""

    @property
    def line_num(self) -> int: ...


@contextmanager
def open_csv(path: Path, label: str, encoding: str) -> Iterator[RawTable]:
    """Open a csv file as a table; the first row that is not blank holds the headings.

    Raises UnreadableWorkbook where the file cannot be opened or has no headings.
    """
    try:
        file = path.open(encoding=encoding, newline="")
    except OSError as error:
        raise open_bytes_error(error, label) from error
    with file:
        yield _table(bounded_lines(file, label), path, label)


def _table(lines: Iterator[str], path: Path, label: str) -> RawTable:
    skipped = 0
    first = next(lines, "")
    while first and not first.strip(' \t\r\n,;"'):
        skipped += 1
        first = next(lines, "")
    if not first:
        raise UnreadableWorkbook("the file is empty", place=Place(label), hint="its first row holds the headings")
    reader = csv.reader(chain([first], lines), delimiter=_separator(first), strict=True)
    try:
        headings = tuple(_one_line(heading) for heading in next(reader))
    except csv.Error as error:
        fault, hint = _explain(error)
        raise UnreadableWorkbook(f"the headings cannot be read: {fault}", place=Place(label), hint=hint) from error
    while headings and not headings[-1]:
        headings = headings[:-1]
    return RawTable(
        LinesOrigin(label, headings), (path.stem,), skipped + 1, headings, _rows(reader, len(headings), skipped)
    )


def _separator(first_line: str) -> str:
    """The separator that stands most often in the first line, quoted text apart."""
    unquoted = "".join(first_line.split('"')[::2])
    return max(_SEPARATORS, key=unquoted.count)


def _one_line(heading: str) -> str:
    return " ".join(heading.split())


def _rows(reader: _Reader, width: int, skipped: int) -> Iterator[RawRow]:
    read = reader.line_num
    while True:
        number = skipped + read + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            fault, hint = _explain(error)
            read = reader.line_num
            if skipped + read > number:
                fault += f"; lines {number} to {skipped + read} were not read"
            yield RawRow(number, (), fault, hint)
            continue
        if cells is None:
            return
        read = reader.line_num
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < width:
            yield RawRow(
                number,
                cells,
                f"the row has {len(cells)} values, the headings are {width}",
                "add the separators of the blank values",
            )
        elif len(cells) > width and any(map(str.strip, cells[width:])):
            yield RawRow(
                number,
                cells,
                f"the row has {len(cells)} values, the headings are {width}",
                "put a value that holds the separator in quotes",
            )
        else:
            yield RawRow(number, cells)


def _explain(error: csv.Error) -> tuple[str, str]:
    text = str(error)
    for part, explained in _CSV_FAULTS.items():
        if part in text:
            return explained
    return text, "write the row as csv"
