"""What calamine does not tell about an .ods package: formulas, merged and hidden parts. Runs in the reading process."""

from __future__ import annotations

import zipfile

from forewarn.decision_tables.reading.package import PackageParts, SheetParts, parse_part


def read_opendocument(archive: zipfile.ZipFile) -> PackageParts:
    """Read each table's formulas, merged and hidden parts from ``content.xml`` (OpenDocument 1.3 part 3 §9)."""
    reader = _ContentReader()
    parse_part(archive, "content.xml", reader.start, reader.end)
    return PackageParts(
        sheets=reader.sheets, macros=any(name.startswith(("Basic/", "Scripts/")) for name in archive.namelist())
    )


class _ContentReader:
    """The expat handlers of ``content.xml``. Repeated rows and cells are counted, not unfolded."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetParts] = {}
        self.parts = SheetParts()
        self.row = 0
        self.row_repeat = 1
        self.column = 0
        self.grid_column = 0
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.parts = self.sheets.setdefault(attributes.get("table:name", ""), SheetParts())
                self.row = self.grid_column = 0
                self.row_repeat = 1
        elif self.depth != 1:
            return
        elif tag == "table:table-column":
            repeat = _repeat(attributes, "table:number-columns-repeated")
            if attributes.get("table:visibility") in ("collapse", "filter"):
                self.parts.hidden_columns.append((self.grid_column + 1, self.grid_column + repeat))
            self.grid_column += repeat
        elif tag == "table:table-row":
            self.row += self.row_repeat if self.row else 1
            self.row_repeat = _repeat(attributes, "table:number-rows-repeated")
            self.column = 0
            if attributes.get("table:visibility") in ("collapse", "filter"):
                # A long hidden tail below the table is no news; its first row stands for it.
                self.parts.hidden_rows.extend(range(self.row, self.row + min(self.row_repeat, 1000)))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        column = self.column + 1
        self.column += _repeat(attributes, "table:number-columns-repeated")
        if "table:formula" in attributes:
            has_value = any(name.startswith("office:") and name.endswith("value") for name in attributes)
            self.parts.formulas.append((self.row, column, has_value))
        columns = _repeat(attributes, "table:number-columns-spanned")
        rows = _repeat(attributes, "table:number-rows-spanned")
        if columns > 1 or rows > 1:
            self.parts.merged.append((self.row, column, self.row + rows - 1, column + columns - 1))

    def end(self, tag: str) -> None:
        if tag == "table:table":
            self.depth -= 1


def _repeat(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdigit() else 1
