"""The reading process: takes files on standard input, answers with JSON lines on standard output.

A request is one JSON line (``name``, ``length``, the limits) followed by that many bytes. The answer is a line
a sheet, then one line with ``done`` or ``refused``. The process bounds its own memory before it reads anything,
so whatever a file does to a parser ends here.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import math
import resource
import struct
import sys
import time
import zipfile
from typing import Any, BinaryIO
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
from python_calamine import PasswordError as CalaminePasswordError

from forewarn.decision_tables.reading.delimited import read_delimited
from forewarn.decision_tables.reading.limits import Limits
from forewarn.decision_tables.reading.opendocument import read_opendocument
from forewarn.decision_tables.reading.package import PackageParts, Refusal, SheetParts, check_archive, read_package

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "it is encrypted"
_DECRYPT = "remove the password in the spreadsheet program and save it again"


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not mix with the answers.
    sys.stdout = sys.stderr
    answers.write(b"ready\n")
    answers.flush()
    limited = False
    while line := requests.readline():
        request = json.loads(line)
        limits = Limits(**request["limits"])
        if not limited:
            _bound(resource.RLIMIT_AS, limits.memory_bytes)
            _bound(resource.RLIMIT_CORE, 0)
            limited = True
        content = requests.read(request["length"])
        # Beyond the soft limit the process is ended by SIGXCPU, which tells the reason.
        seconds = math.ceil(time.process_time() + limits.seconds)
        _bound(resource.RLIMIT_CPU, seconds)
        _answer(request["name"], content, limits, answers)
        answers.flush()


def _bound(what: int, most: int) -> None:
    """Set a soft limit of this process, within the hard one that it may have from outside."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _answer(name: str, content: bytes, limits: Limits, answers: BinaryIO) -> None:
    try:
        parts = _read(name, content, limits, answers)
        _send(answers, {"done": {"macros": parts.macros, "external_links": parts.external_links}})
    except Refusal as refusal:
        _refuse(answers, refusal.reason, refusal.hint)
    except CalaminePasswordError:
        _refuse(answers, _ENCRYPTED, _DECRYPT)
    except MemoryError:
        _refuse(answers, "reading it takes too much memory", "delete unused sheets, rows and pictures")
    except (CalamineError, ExpatError, zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, EOFError) as error:
        _refuse(answers, f"it is damaged: {error}", "open it in the spreadsheet program and save it again")
    except Exception as error:  # noqa: BLE001 - a hostile file may fail anywhere in a parser; this process contains it
        _refuse(
            answers, f"it is damaged: {type(error).__name__}: {error}", "save it again from the spreadsheet program"
        )


def _refuse(answers: BinaryIO, reason: str, hint: str | None) -> None:
    _send(answers, {"refused": {"reason": reason, "hint": hint}})


def _send(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, separators=(",", ":"), ensure_ascii=True).encode())
    answers.write(b"\n")


def _read(name: str, content: bytes, limits: Limits, answers: BinaryIO) -> PackageParts:
    if content.startswith(b"PK"):
        return _read_zip(content, limits, answers)
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refusal(_ENCRYPTED, _DECRYPT)
        _send_sheets(content, PackageParts(), limits, answers)
        return PackageParts()
    if name.rpartition("/")[2].startswith(("~$", ".~lock.")):
        raise Refusal("it is the lock file of a workbook that is open", "choose the workbook itself")
    if not content:
        raise Refusal("it is empty (0 bytes)")
    if name.lower().endswith((".csv", ".tsv", ".txt")):
        rows = read_delimited(content, limits)
        stem = name.rpartition("/")[2].rpartition(".")[0]
        _send(answers, _sheet_message(stem, "visible", [list(row) for row in rows], SheetParts()))
        return PackageParts()
    raise Refusal("it is not a workbook", "save it as .xlsx, .ods, .xls or .csv")


def _read_zip(content: bytes, limits: Limits, answers: BinaryIO) -> PackageParts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_archive(archive, len(content), limits)
        names = archive.namelist()
        if "content.xml" in names:
            parts = read_opendocument(archive)
        elif any(name.lower().endswith("workbook.bin") for name in names):
            parts = PackageParts()
        else:
            parts = read_package(archive, limits)
    _send_sheets(content, parts, limits, answers)
    return parts


def _send_sheets(content: bytes, parts: PackageParts, limits: Limits, answers: BinaryIO) -> None:
    with contextlib.closing(CalamineWorkbook.from_filelike(io.BytesIO(content))) as workbook:
        for index, metadata in enumerate(workbook.sheets_metadata):
            # calamine's enumerations compare with == only: they are neither singletons nor hashable.
            if metadata.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            if sheet.total_height * sheet.total_width > limits.cells:
                raise Refusal(
                    f"sheet {metadata.name} spans {sheet.total_height} rows and {sheet.total_width} columns",
                    "delete values that stand far away from the table",
                )
            state = _state(metadata.visible)
            sheet_parts = parts.sheets.get(metadata.name) or _parts_without_package(sheet)
            rows = sheet.to_python(skip_empty_area=False)
            _send(answers, _sheet_message(metadata.name, state, rows, sheet_parts))


def _state(visible: SheetVisibleEnum) -> str:
    if visible == SheetVisibleEnum.Visible:
        return "visible"
    return "hidden" if visible == SheetVisibleEnum.Hidden else "very hidden"


def _parts_without_package(sheet: CalamineSheet) -> SheetParts:
    merged = sheet.merged_cell_ranges or []
    return SheetParts(merged=[(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in merged])


def _sheet_message(name: str, state: str, rows: list[list[Any]], parts: SheetParts) -> dict[str, Any]:
    wired: list[tuple[int, list[Any]]] = []
    errors: dict[int, list[tuple[int, str]]] = {}
    for row, column, text in parts.errors:
        errors.setdefault(row, []).append((column, text))
    for number, row_values in enumerate(rows, start=1):
        values = [_wire(value) for value in row_values]
        for column, text in errors.pop(number, ()):
            values.extend([None] * (column - len(values)))
            values[column - 1] = {"e": text}
        while values and values[-1] is None:
            values.pop()
        if values:
            wired.append((number, values))
    for number, cells in sorted(errors.items()):
        values = [None] * max(column for column, _ in cells)
        for column, text in cells:
            values[column - 1] = {"e": text}
        wired.append((number, values))
    return {
        "sheet": name,
        "state": state,
        "rows": wired,
        "formats": parts.formats,
        "formulas": parts.formulas,
        "merged": parts.merged,
        "hidden_rows": parts.hidden_rows,
        "hidden_columns": parts.hidden_columns,
        "last_row": parts.last_row,
    }


def _wire(value: Any) -> Any:
    """A value as JSON: numbers as they are, dates and times as one-entry objects."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"e": "#NUM!"}
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, datetime.datetime):
        return {"dt": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"d": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"t": value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"td": [value.days, value.seconds, value.microseconds]}
    return value


if __name__ == "__main__":
    main()
