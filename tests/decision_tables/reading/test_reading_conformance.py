"""Real and odd workbooks of other projects' test suites: each is read, or refused with a named error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from forewarn.decision_tables import read_library, read_workbook
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.errors import BadTable, Severity, UnreadableWorkbook

REPO = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("FOREWARN_WORKBOOKS_DIR", REPO.parent / "shared" / "conformance" / "workbooks"))
SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix.lower() in SUFFIXES) if FOLDER.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason=f"no workbooks in {FOLDER}; set FOREWARN_WORKBOOKS_DIR")


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    """One reading process for all files."""
    with ReadingProcess() as process:
        yield process


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.name}" for path in FILES])
def test_each_file_is_read_or_refused_with_a_reason(path: Path, process: ReadingProcess) -> None:
    """No traceback: what cannot be read has a reason in one line that begins with the file's name."""
    refused: str | None = None
    try:
        content = process.read(path.name, read_content(path))
    except UnreadableWorkbook as error:
        refused = str(error)
    if refused is None:
        assert all(sheet.name for sheet in content.sheets)
    else:
        assert refused.startswith(f"{path.name}: ")
        assert "\n" not in refused


def test_most_of_them_can_be_read(process: ReadingProcess) -> None:
    """A refusal is the exception: files that people made with spreadsheet programs are read."""
    read = 0
    for path in FILES:
        try:
            process.read(path.name, read_content(path))
        except UnreadableWorkbook:
            continue
        read += 1
    assert read >= 0.95 * len(FILES)


def test_all_of_them_make_one_library() -> None:
    """Whatever their sheets hold, they lay out to tables or to findings with a place."""
    library = read_library(FILES)
    assert all(finding.place.workbook for finding in library.findings)
    assert all(str(finding) for finding in library.findings)
    refused = {finding.place.workbook for finding in library.findings if finding.code == "FW101"}
    assert len(library.books) + len(refused) == len(FILES)


def test_a_workbook_without_tables_says_what_its_sheets_lack() -> None:
    """A workbook of another kind is refused sheet by sheet: A2 names no hit policy."""
    path = next(path for path in FILES if path.name in ("date.xlsx", FILES[0].name))
    with pytest.raises(BadTable) as caught:
        read_workbook(path)
    assert all(finding.place.cell for finding in caught.value.findings if finding.severity is Severity.ERROR)
