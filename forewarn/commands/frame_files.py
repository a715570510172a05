"""Files of rows for ``forewarn decide --frame``: csv, Parquet, workbooks and JSON lines in, the same out."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forewarn.decision_tables import Table
from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.grid import CellError
from forewarn.decision_tables.literals import CellProblem, text_literal
from forewarn.decision_tables.model import InputColumn
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.decision_tables.values import Kind
from forewarn.errors import BadInput, ForewarnError, Place, Refused, UnreadableWorkbook

if TYPE_CHECKING:
    import pandas

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
INPUTS = (".csv", ".parquet", ".jsonl", *WORKBOOKS)
OUTPUTS = (".csv", ".parquet", ".jsonl", ".xlsx")


def check_files(source: Path, target: Path) -> None:
    """Refuse what cannot be read or written before anything is decided. Raises Refused or UnreadableWorkbook."""
    if source.suffix.lower() not in INPUTS:
        raise Refused(f"{source}: a frame is read from {', '.join(INPUTS)}", hint="rename or convert the file")
    if target.suffix.lower() not in OUTPUTS:
        raise Refused(f"{target}: a frame is written as {', '.join(OUTPUTS)}", hint="give --output another name")
    if not source.exists():
        raise UnreadableWorkbook(f"{source} is not there")
    if source.resolve() == target.resolve():
        raise Refused(f"{target} is the file that is read", hint="write to another file")


def read_rows(path: Path, table: Table) -> pandas.DataFrame:
    """The rows of a file; where the file has only text, columns that the table asks for get values of their type.

    A text that is no such value stays text, so that deciding its row is an error that names it. Empty cells of csv
    and workbooks are null. Raises UnreadableWorkbook, and BadInput where a column that the table asks for is missing.
    """
    import pandas  # noqa: PLC0415 - heavy, and only frames need it

    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            frame = pandas.read_parquet(path)
        elif suffix == ".csv":
            frame = pandas.read_csv(
                path, sep=_delimiter(path), dtype=str, keep_default_na=False, encoding="utf-8-sig", engine="c"
            )
        elif suffix == ".jsonl":
            with path.open(encoding="utf-8-sig") as stream:
                rows = [json.loads(line, parse_float=Decimal) for line in stream if line.strip()]
            frame = pandas.DataFrame(rows, dtype=object)
        else:
            frame = _workbook_rows(path)
    except ImportError as error:
        raise UnreadableWorkbook(
            f"{path}: Parquet needs pyarrow", hint="pip install 'forewarn[arrow]', or give the rows as csv"
        ) from error
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise UnreadableWorkbook(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    for column in table.inputs:
        if not column.nullable and not any(name in frame.columns for name in _names(column)):
            raise BadInput(
                f"{path} has no column {column.heading!r}, which table {table.name!r} asks for",
                table=table.name,
                input=column.heading,
                hint=f"its columns: {', '.join(map(str, frame.columns))}",
            )
    columns = {name: column for column in table.inputs for name in _names(column)}
    for name in frame.columns:
        if name in columns and _is_typed_by_text(suffix, columns[name].type.kind):
            frame[name] = _typed(frame[name], columns[name])
    return frame


def _delimiter(path: Path) -> str:
    """What separates the headings of a csv file; a comma where there is one heading alone."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        headings = stream.readline()
    try:
        return csv.Sniffer().sniff(headings, delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def _is_typed_by_text(suffix: str, kind: Kind) -> bool:
    """Whether a file of that kind has only text for values of that kind: Parquet has types, JSON has some."""
    if suffix == ".jsonl":
        return kind not in (Kind.STRING, Kind.NUMBER, Kind.BOOLEAN, Kind.ANY)
    return suffix != ".parquet"


def _names(column: InputColumn) -> Iterator[str]:
    yield column.heading
    if column.binding is not None:
        yield column.binding.name


def _typed(texts: pandas.Series[Any], column: InputColumn) -> pandas.Series[Any]:
    """A column of text as values; each different text is read once."""
    import pandas  # noqa: PLC0415

    codes, found = pandas.factorize(texts.astype(object), use_na_sentinel=True)
    values = [_value(text, column) for text in found]
    looked_up = [values[code] if code >= 0 else None for code in codes]
    return pandas.Series(looked_up, index=texts.index, dtype=object)


def _value(text: Any, column: InputColumn) -> Any:
    if not isinstance(text, str):
        return text
    if not text.strip():
        return None
    try:
        if column.type.is_list:
            return tuple(text_literal(item.strip(), column.type.kind) for item in text.split(";") if item.strip())
        return text_literal(text, column.type.kind)
    except CellProblem:
        return text


def _workbook_rows(path: Path) -> pandas.DataFrame:
    """The first sheet that holds anything; its first row with values holds the headings."""
    import pandas  # noqa: PLC0415

    with ReadingProcess() as reader:
        content = reader.read(path.name, read_content(path, reader.limits))
    sheets = [sheet for sheet in content.sheets if sheet.rows and not sheet.name.startswith("_")]
    if not sheets:
        raise UnreadableWorkbook("the workbook has no rows", place=Place(path.name))
    sheet = sheets[0]
    first, *others = sorted(sheet.rows)
    headings = [sheet.text(first, column + 1) for column in range(sheet.width)]
    rows = [[_plain(sheet.value(row, column + 1)) for column in range(len(headings))] for row in others]
    return pandas.DataFrame(rows, columns=headings, dtype=object)


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, CellError) else value


@contextmanager
def rows_writer(path: Path) -> Iterator[Any]:
    """Call what is yielded with one frame after another; the file is there, whole, only once the block ends well."""
    partial = path.with_name(f".{path.name}.part")
    writer = _WRITERS[path.suffix.lower()](partial)
    try:
        yield writer.write
        writer.close()
        partial.replace(path)
    except OSError as error:
        raise ForewarnError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


class _CsvWriter:
    """Text as it is: who opens the file in a spreadsheet program should import it as text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun = False

    def write(self, frame: pandas.DataFrame) -> None:
        """Append rows."""
        shown = frame.map(_cell_text)
        shown.to_csv(self._path, mode="a" if self._begun else "w", header=not self._begun, index=False)
        self._begun = True

    def close(self) -> None:
        """Nothing is open between two frames."""


class _JsonLinesWriter:
    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8")

    def write(self, frame: pandas.DataFrame) -> None:
        """Append rows, an object a line."""
        text = frame.map(_json_value).to_json(orient="records", lines=True, force_ascii=False)
        self._stream.write(text or "")

    def close(self) -> None:
        """Make sure that the lines are on the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()


class _WorkbookWriter:
    """Every text is written as text: what begins with ``=`` stays what it is."""

    def __init__(self, path: Path) -> None:
        from openpyxl import Workbook  # noqa: PLC0415

        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("Decisions")
        self._begun = False

    def write(self, frame: pandas.DataFrame) -> None:
        """Append rows."""
        if not self._begun:
            self._sheet.append([self._cell(str(name)) for name in frame.columns])
            self._begun = True
        for row in frame.itertuples(index=False, name=None):
            self._sheet.append([self._cell(_cell_value(value)) for value in row])

    def _cell(self, value: Any) -> Any:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

        if not isinstance(value, str):
            return value
        cell = WriteOnlyCell(self._sheet, value=value)
        cell.data_type = "s"
        return cell

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._path)


class _ParquetWriter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._frames: list[pandas.DataFrame] = []

    def write(self, frame: pandas.DataFrame) -> None:
        """Keep rows until the end: a Parquet file has one type a column, known only then."""
        self._frames.append(frame)

    def close(self) -> None:
        """Write the file."""
        import pandas  # noqa: PLC0415

        whole = pandas.concat(self._frames, ignore_index=True) if self._frames else pandas.DataFrame()
        for name in whole.columns:
            if whole[name].dtype.kind not in "biufMm":
                whole[name] = whole[name].map(_cell_text)
        try:
            whole.to_parquet(self._path, index=False)
        except ImportError as error:
            raise ForewarnError(
                "Parquet needs pyarrow", hint="pip install 'forewarn[arrow]', or write the rows as csv"
            ) from error


_WRITERS: Mapping[str, type[Any]] = {
    ".csv": _CsvWriter,
    ".jsonl": _JsonLinesWriter,
    ".xlsx": _WorkbookWriter,
    ".parquet": _ParquetWriter,
}


def _missing(value: Any) -> bool:
    import pandas  # noqa: PLC0415

    return value is None or (not isinstance(value, str | tuple | list) and bool(pandas.isna(value)))


def _cell_text(value: Any) -> Any:
    """One cell as text; a list separated by ``;``, nothing for null."""
    if isinstance(value, tuple | list):
        return "; ".join("" if item is None else str(_cell_text(item)) for item in value)
    value = _json_value(value)
    return "" if value is None else str(value)


def _cell_value(value: Any) -> Any:
    """A value that a worksheet has a type for, as it is; others as text."""
    if _missing(value):
        return None
    return value if isinstance(value, bool | int | float | Decimal) else _cell_text(value)


def _json_value(value: Any) -> Any:
    return None if _missing(value) else jsonable(value)
