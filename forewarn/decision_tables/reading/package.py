"""What calamine does not tell about an .xlsx package: formats, formulas, errors, merged and hidden parts.

Runs in the reading process. The parts are streamed through expat; a document type declaration is refused.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from forewarn.decision_tables.reading.limits import Limits

BUILT_IN_FORMATS = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Number formats that a workbook names by id alone (ECMA-376 part 1 §18.8.30)."""

_TEXT_TYPES = frozenset({"s", "str", "inlineStr", "b"})
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\Z")


class Refusal(Exception):
    """The file is refused; ``reason`` and ``hint`` are for its owner."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(slots=True)
class SheetParts:
    """What a sheet's XML tells beside the values; rows and columns count from 1."""

    formats: list[tuple[int, int, str]] = field(default_factory=list)
    formulas: list[tuple[int, int, bool]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 0
    last_value_row: int = 0
    last_value_column: int = 0


@dataclass(slots=True)
class PackageParts:
    """What the package tells: each sheet's parts by name, whether macros or links to other files are inside."""

    sheets: dict[str, SheetParts] = field(default_factory=dict)
    macros: bool = False
    external_links: bool = False


def column_number(letters: str) -> int:
    """The number of a column by its letters: ``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def check_archive(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    """Refuse an archive that unpacks to more than the limits allow (sizes as its directory declares them)."""
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > limits.unpacked_bytes:
        raise Refusal(
            f"it unpacks to {unpacked // 1_000_000} MB, more than the {limits.unpacked_bytes // 1_000_000} MB allowed",
            "split the workbook, or delete pictures and unused sheets",
        )
    if unpacked > limits.ratio_from and unpacked > packed * limits.ratio:
        raise Refusal(
            f"it unpacks to {unpacked // max(packed, 1)} times its size, as only a harmful file does",
            "save it again from the spreadsheet program",
        )


def read_package(archive: zipfile.ZipFile, limits: Limits) -> PackageParts:
    """Read every worksheet's parts. Raises `Refusal`; expat and zip errors pass through."""
    # Some programs write their parts with backslashes, or with a slash in front.
    names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
    workbook_part = _find_workbook(archive, names)
    parts = PackageParts(
        macros=any(name.endswith("vbaproject.bin") for name in names),
        external_links=any("/externallinks/" in f"/{name}" and name.endswith(".xml") for name in names),
    )
    folder = posixpath.dirname(workbook_part)
    relations = _relations(archive, names, workbook_part)
    formats = _style_formats(archive, names, folder, relations)
    for name, relation in _sheets(archive, names, workbook_part):
        kind_and_target = relations.get(relation)
        if kind_and_target is None or not kind_and_target[0].endswith("/worksheet"):
            continue
        member = names.get(_resolve(folder, kind_and_target[1]).lower())
        if member is None:
            continue
        parts.sheets[name] = _read_sheet(archive, member, formats, limits)
    return parts


def _find_workbook(archive: zipfile.ZipFile, names: dict[str, str]) -> str:
    if "_rels/.rels" in names:
        for kind, target in _relations(archive, names, "").values():
            if kind.endswith("/officeDocument") and _resolve("", target).lower() in names:
                return _resolve("", target)
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    raise Refusal("it is a zip archive without a workbook inside", "save it as .xlsx")


def _relations(archive: zipfile.ZipFile, names: dict[str, str], part: str) -> dict[str, tuple[str, str]]:
    folder, base = posixpath.split(part)
    member = names.get(posixpath.join(folder, "_rels", f"{base}.rels").lower())
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship":
            found[attributes.get("Id", "")] = (attributes.get("Type", ""), attributes.get("Target", ""))

    if member is not None:
        parse_part(archive, member, start)
    return found


def _resolve(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/")


def _sheets(archive: zipfile.ZipFile, names: dict[str, str], part: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            found.append((attributes.get("name", ""), relation))

    parse_part(archive, names[part.lower()], start)
    return found


def _style_formats(
    archive: zipfile.ZipFile, names: dict[str, str], folder: str, relations: dict[str, tuple[str, str]]
) -> list[str | None]:
    target = next((target for kind, target in relations.values() if kind.endswith("/styles")), "styles.xml")
    member = names.get(_resolve(folder, target).lower())
    if member is None:
        return []
    named: dict[str, str] = {}
    ids: list[str] = []
    inside_cell_formats = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside_cell_formats
        local = _local(tag)
        if local == "numFmt":
            named.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
        elif local == "cellXfs":
            inside_cell_formats = True
        elif local == "xf" and inside_cell_formats:
            ids.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal inside_cell_formats
        if _local(tag) == "cellXfs":
            inside_cell_formats = False

    parse_part(archive, member, start, end)
    return [named.get(key) or (BUILT_IN_FORMATS.get(int(key)) if key.isdigit() else None) for key in ids]


class _SheetReader:
    """The expat handlers of one worksheet part.

    A sheet has a million cells, of which few are remarkable: text and ends of elements are listened to only inside
    those.
    """

    def __init__(self, parser: expat.XMLParserType, formats: list[str | None]) -> None:
        self.parser = parser
        self.formats = {
            str(index): code for index, code in enumerate(formats) if code is not None and code != "General"
        }
        self.parts = SheetParts()
        self.row = 0
        self.column = 0
        self.reference: str | None = None
        self.last_value: str | None = None
        self.type: str | None = None
        self.style: str | None = None
        self.formula = False
        self.text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag if ":" not in tag else _local(tag)
        if local == "c":
            self.reference = attributes.get("r")
            self.type = attributes.get("t")
            self.style = attributes.get("s")
            if self.reference is None:
                self.column += 1
        elif local in ("v", "is"):
            self._start_value()
        elif local == "f":
            self.formula = True
            self._listen()
        elif local == "row":
            self._start_row(attributes)
        elif local == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif local == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdigit() and last.isdigit():
                self.parts.hidden_columns.append((int(first), int(last)))

    def _start_value(self) -> None:
        self.last_value = self.reference
        if self.type == "e":
            self._listen()
        elif self.style in self.formats and self.type not in _TEXT_TYPES:
            row, column = self._position()
            self.parts.formats.append((row, column, self.formats[self.style or ""]))
        if self.reference is None:
            self.parts.last_value_row = self.row
            self.parts.last_value_column = max(self.parts.last_value_column, self.column)

    def _listen(self) -> None:
        self.text = ""
        self.parser.CharacterDataHandler = self.data
        self.parser.EndElementHandler = self.end

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.end_row()
        number = attributes.get("r", "")
        self.row = int(number) if number.isdigit() else self.row + 1
        self.column = 0
        self.parts.last_row = max(self.parts.last_row, self.row)
        if attributes.get("hidden") in ("1", "true"):
            self.parts.hidden_rows.append(self.row)

    def end_row(self) -> None:
        """Note how far the row that ends reached: its last value stands furthest right."""
        match = _REFERENCE.match(self.last_value or "")
        if match is not None:
            self.parts.last_value_row = max(self.parts.last_value_row, int(match[2]))
            self.parts.last_value_column = max(self.parts.last_value_column, column_number(match[1]))
        self.last_value = None

    def _position(self) -> tuple[int, int]:
        match = _REFERENCE.match(self.reference or "")
        return (self.row, self.column) if match is None else (int(match[2]), column_number(match[1]))

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        one, two = _REFERENCE.match(first), _REFERENCE.match(last or first)
        if one is not None and two is not None:
            self.parts.merged.append((int(one[2]), column_number(one[1]), int(two[2]), column_number(two[1])))

    def data(self, text: str) -> None:
        self.text += text

    def end(self, tag: str) -> None:
        local = _local(tag)
        if local == "f":
            self.text = ""
        elif local == "c":
            row, column = self._position()
            if self.formula:
                self.parts.formulas.append((row, column, bool(self.text.strip())))
            if self.type == "e":
                self.parts.errors.append((row, column, self.text.strip()))
            self.formula = False
            self.parser.CharacterDataHandler = None
            self.parser.EndElementHandler = None


def _read_sheet(archive: zipfile.ZipFile, member: str, formats: list[str | None], limits: Limits) -> SheetParts:
    parser = _new_parser()
    reader = _SheetReader(parser, formats)
    parser.StartElementHandler = reader.start
    _feed(parser, archive, member)
    reader.end_row()
    parts = reader.parts
    if parts.last_value_row * parts.last_value_column > limits.cells:
        raise Refusal(
            f"the sheet in {posixpath.basename(member)} spans {parts.last_value_row} rows and "
            f"{parts.last_value_column} columns, more than {limits.cells} cells",
            "delete values that stand far away from the table",
        )
    return parts


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse_document_type(*_: Any) -> None:
    raise Refusal("it holds a document type declaration, which no spreadsheet program writes")


def parse_part(
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
) -> None:
    """Stream one part through expat; a document type declaration is refused."""
    parser = _new_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    _feed(parser, archive, member)


def _new_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def _feed(parser: expat.XMLParserType, archive: zipfile.ZipFile, member: str) -> None:
    with archive.open(member) as stream:
        while chunk := stream.read(1 << 18):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
