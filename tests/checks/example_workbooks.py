"""The examples in the docstrings of checks, built into workbooks.

A line ``[Name]`` begins a sheet, a line in braces does something to the sheet or the file (``{hidden row 6}``), any
other line is a row with its cells between bars. A cell in braces is not a text: ``{number 5}``, ``{date 2026-02-01}``.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import openpyxl

from forewarn.decision_tables import Vocabulary
from forewarn.decision_tables.values import Kind, Type
from forewarn.decision_tables.vocabulary import NamedSet

SITE = Vocabulary(
    attributes={"incident.category": Type(Kind.STRING), "incident.count": Type(Kind.NUMBER)},
    names={"flow.name": NamedSet("flow", frozenset({"go"}))},
)
"""What the examples marked ``{site}`` stand in."""

_CELL = re.compile(r"\{(number|date|error|percent|formula) ?([^}]*)\}")


def vocabulary_of(example: str) -> Vocabulary | None:
    """The site that the example stands in, if any."""
    return SITE if "{site}" in example else None


def workbook_of(example: str) -> bytes:
    """The example as a file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    orders: list[str] = []
    for name, lines in _sheets(example):
        sheet = book.create_sheet(name)
        rows = [line for line in lines if not _is_order(line)]
        for number, line in enumerate(rows, 1):
            for column, text in enumerate(line.split("|"), 1):
                _put(sheet.cell(number, column), text.strip())
        for order in filter(_is_order, lines):
            orders.append(order)
            _obey(sheet, order[1:-1].split(), rows)
    out = io.BytesIO()
    book.save(out)
    content = _cached(out.getvalue(), example)
    return _spoilt(content, orders)


def _sheets(example: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "Sheet1", []
    for line in example.splitlines():
        if line.startswith("["):
            if any(not _is_order(one) for one in lines):
                yield name, lines
                lines = []
            name = line.strip("[]")
        elif line.strip():
            lines.append(line.strip())
    yield name, lines


def _is_order(line: str) -> bool:
    return line.startswith("{") and line.endswith("}") and _CELL.fullmatch(line) is None


def _put(cell: Any, text: str) -> None:
    match = _CELL.match(text)
    if match is None:
        cell.value = text.replace("{nbsp}", "\u00a0") or None
        return
    kind, argument = match.groups()
    if kind == "date":
        cell.value = date.fromisoformat(argument)
    elif kind == "percent":
        cell.value, cell.number_format = float(argument), "0%"
    elif kind == "number":
        cell.value = int(argument)
    elif kind == "error":
        cell.value = argument
    else:
        cell.value = f"={argument}"


def _obey(sheet: Any, words: list[str], rows: list[str]) -> None:
    match words:
        case ["hidden", "row", number]:
            sheet.row_dimensions[int(number)].hidden = True
        case ["merged", area]:
            sheet.merge_cells(area)
        case ["last", "row", number]:
            sheet.row_dimensions[int(number)].height = 30
        case ["wide", count]:
            for column in range(3, int(count) + 3):
                sheet.cell(2, column).value, sheet.cell(3, column).value = "Then", f"H{column}"
        case ["repeat", count]:
            for repeat in range(int(count)):
                for column, text in enumerate(rows[-1].split("|"), 1):
                    sheet.cell(len(rows) + repeat, column).value = text.strip().replace("#", str(repeat))


def _cached(content: bytes, example: str) -> bytes:
    """Give formulas with a value behind them (``{formula "A"}= A``) that value, as a spreadsheet program stores it."""
    for shown in re.findall(r"\{formula [^}]*\}= (\w+)", example):
        content = _with_part(
            content,
            "xl/worksheets/sheet1.xml",
            lambda part, shown=shown: re.sub(  # type: ignore[misc]
                rb'<c r="(\w+)"([^>]*)>(<f>[^<]*</f>)<v ?/?>(</v>)?',
                rb'<c r="\1" t="str">\3<v>' + shown.encode() + rb"</v>",
                part,
            ),
        )
    return content


def _spoilt(content: bytes, orders: list[str]) -> bytes:
    if "{damaged}" in orders:
        return content[: len(content) // 2]
    if "{macros}" in orders:
        content = _with_part(content, "xl/vbaProject.bin", lambda _: b"macros")
    if "{link}" in orders:
        content = _with_part(content, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    return content


def _with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for one in archive.namelist():
            target.writestr(one, change(archive.read(one)) if one == name else archive.read(one))
        if name not in archive.namelist():
            target.writestr(name, change(b""))
    return out.getvalue()
