"""Comma, semicolon or tab separated text as the one sheet of a workbook. Runs in the reading process."""

from __future__ import annotations

import codecs
import csv
import io

from forewarn.decision_tables.reading.limits import Limits
from forewarn.decision_tables.reading.package import Refusal


def read_delimited(content: bytes, limits: Limits) -> list[list[str]]:
    """The rows of a delimited text file, every value as text. Raises `Refusal`.

    UTF-8 (with or without mark) and UTF-16 with mark are read. The separator is the one that stands most
    often in the second line, which holds only role words and therefore no separator of its own.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if wide else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refusal(f"it is not {encoding.removesuffix('-sig').upper()} text", "save it as CSV UTF-8") from error
    if "\0" in text:
        raise Refusal("it is not a workbook and not a text file", "save it as .xlsx")
    lines = text.splitlines()
    roles = lines[1] if len(lines) > 1 else text
    separator = max(",;\t", key=roles.count)
    csv.field_size_limit(1 << 20)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            rows.append(row)
            cells += len(row)
            if cells > limits.cells:
                raise Refusal(f"it holds more than {limits.cells} cells")
    except csv.Error as error:
        raise Refusal(f"it is not well-formed CSV: {error}", "check the quotes around its values") from error
    return rows
