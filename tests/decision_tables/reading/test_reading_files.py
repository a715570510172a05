"""Files that cannot be read are refused with a named reason; hostile ones end in the reading process."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from workbook_files import SMALL, save

from forewarn.decision_tables import read_library, read_workbook
from forewarn.decision_tables.reading.limits import STANDARD, Limits
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.errors import UnreadableWorkbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(path: Path, limits: Limits = STANDARD) -> UnreadableWorkbook:
    """The refusal of a file: one line that begins with its name."""
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(path, limits=limits)
    assert str(caught.value).startswith(f"{path.name}: ")
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A good workbook of two rules."""
    return save(tmp_path / "small.xlsx", {"Policy": SMALL})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No file, no traceback: the reason and where it was looked for."""
    error = refusal(tmp_path / "missing.xlsx")
    assert "no such file" in error.message
    assert str(tmp_path) in str(error.hint)


def test_a_folder_is_not_a_workbook(tmp_path: Path) -> None:
    """A folder with a workbook's name is refused as a folder."""
    (tmp_path / "folder.xlsx").mkdir()
    assert "folder" in refusal(tmp_path / "folder.xlsx").message


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe would block whoever opens it."""
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert "pipe" in refusal(tmp_path / "pipe.xlsx").message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_says_so(small: Path) -> None:
    """Permission and locks are one reason to an owner."""
    small.chmod(0)
    try:
        assert "may not be read" in refusal(small).message
    finally:
        small.chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_a_file_that_the_system_locks_says_so(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system does not let us open (locked, not permitted) is refused in one line."""

    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "locked")

    monkeypatch.setattr(Path, "open", locked)
    assert "locked" in refusal(small).message


CONTENTS: list[tuple[str, str, bytes, str]] = [
    ("empty", "empty.xlsx", b"", "empty"),
    ("text", "text.xlsx", b"hello", "not a workbook"),
    ("page", "page.xlsx", b"<html><body>no</body></html>", "not a workbook"),
    ("lock file", "~$policy.xlsx", b"\x05owner", "lock file"),
    ("cut zip", "cut.xlsx", b"PK\x03\x04" + b"\0" * 50, "damaged"),
    ("encrypted", "secret.xlsx", OLE + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ("broken xls", "broken.xls", OLE + b"\0" * 600, "damaged"),
    ("binary csv", "binary.csv", b"a,b\0\xff\xfe", "not"),
    ("latin csv", "latin.csv", "Policy\nFirst,If\nRule,Größe\n".encode("latin-1"), "UTF-8"),
    ("open quote csv", "quote.csv", b'Policy\nFirst,If,Then\nRule,A,B\nR1,"a,b\n', "CSV"),
]


@pytest.mark.parametrize(("name", "content", "reason"), [row[1:] for row in CONTENTS], ids=[row[0] for row in CONTENTS])
def test_what_is_not_a_workbook_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """Each kind of unusable content has its own reason."""
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in str(refusal(path))


def zipped(**members: bytes) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def repacked(path: Path, part: str, change: tuple[bytes, bytes]) -> bytes:
    """The workbook with some bytes of one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                assert change[0] in content
                content = content.replace(*change, 1)
            new.writestr(name, content)
    return stream.getvalue()


def test_a_zip_without_workbook_is_refused(tmp_path: Path) -> None:
    """A zip archive is not a workbook because it is a zip archive."""
    path = tmp_path / "photos.xlsx"
    path.write_bytes(zipped(**{"a.txt": b"a"}))
    assert "without a workbook" in refusal(path).message


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """Sizes are judged by the archive's own directory."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(zipped(**{"xl/workbook.xml": b"\0" * 60_000_000}))
    assert "times its size" in refusal(path).message
    assert "unpacks to" in refusal(path, Limits(unpacked_bytes=1_000_000)).message


def test_a_large_file_is_refused_unread(small: Path) -> None:
    """The size limit holds before anything is parsed."""
    assert "larger" in refusal(small, Limits(file_bytes=100)).message


def test_entities_are_refused(small: Path) -> None:
    """A document type declaration (the way of entity expansion) is refused."""
    declared = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'
    content = repacked(small, "xl/worksheets/sheet1.xml", (b"<worksheet", declared))
    path = small.with_name("entities.xlsx")
    path.write_bytes(content)
    assert "document type declaration" in refusal(path).message


def test_a_value_far_away_is_refused_not_allocated(tmp_path: Path) -> None:
    """One value in the last cell of a sheet would make a rectangle of 17 thousand million cells."""
    path = save(tmp_path / "far.xlsx", {"Policy": SMALL}, change=lambda sheet: sheet.cell(1_048_576, 16_384, "x"))
    assert "1048576 rows and 16384 columns" in refusal(path).message


def test_reading_that_takes_too_long_is_ended(small: Path) -> None:
    """The watchdog ends the process at its limit; the reason says how long it was."""
    error = refusal(small, Limits(seconds=0.0))
    assert "more than 0 seconds" in error.message


def test_computing_that_takes_too_long_is_ended(small: Path) -> None:
    """The system ends a process at its limit of computing time, and the reason is the same."""
    with ReadingProcess() as process:
        process.read("small.xlsx", read_content(small))
        assert process._process is not None
        process._process.send_signal(signal.SIGXCPU)
        process._process.wait()
        with pytest.raises(UnreadableWorkbook, match="more than 8 seconds"):
            process.read("small.xlsx", read_content(small))


def test_memory_is_bounded_in_the_process(tmp_path: Path) -> None:
    """A file that needs more memory than allowed ends its process, not ours."""
    rows = [*SMALL[:3], *([f"R{number}", f"text {number}", "-", "x" * 50] for number in range(40_000))]
    path = save(tmp_path / "large.xlsx", {"Policy": rows})
    error = refusal(path, Limits(memory_bytes=60 * 1024 * 1024))
    assert "memory" in error.message


def test_one_bad_file_harms_no_other(small: Path) -> None:
    """Files share a process; each that it refuses, or dies of, is refused alone."""
    far = save(small.with_name("far.xlsx"), {"Policy": SMALL}, change=lambda sheet: sheet.cell(1_048_576, 16_384, "x"))
    with ReadingProcess() as process:
        for name, content, _ in (row[1:] for row in CONTENTS):
            with pytest.raises(UnreadableWorkbook):
                process.read(name, content)
        with pytest.raises(UnreadableWorkbook):
            process.read("far.xlsx", read_content(far))
        assert process._process is not None
        process._process.kill()
        process._process.wait()
        assert process.read("small.xlsx", read_content(small)).sheets[0].name == "Policy"


def test_a_library_takes_bytes_and_reports_what_it_cannot_read(small: Path) -> None:
    """A library never raises for a bad file: an FW101 finding has the reason."""
    library = read_library({"good.xlsx": read_content(small), "bad.xlsx": b"no", "gone.xlsx": small.with_name("gone")})
    assert [table.name for table in library.tables] == ["Policy"]
    assert [(finding.code, finding.place.workbook) for finding in library.findings] == [
        ("FW101", "bad.xlsx"),
        ("FW101", "gone.xlsx"),
    ]
    assert list(library.books) == ["good.xlsx"]


def test_delimited_text_in_each_dress(tmp_path: Path) -> None:
    """Commas, semicolons, tabs, UTF-8 with mark and UTF-16 give the same table; the file's name is the sheet's."""
    versions = set()
    for separator, encoding in ((",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8-sig")):
        lines = [["Größe"], ["Unique", "If", "Then"], ["Rule", "Category", "Group"], ["R1", "SD-WAN", "Süd"]]
        path = tmp_path / "größe.csv"
        path.write_bytes("\r\n".join(separator.join(line) for line in lines).encode(encoding))
        book = read_workbook(path)
        assert book.table("Größe").decide({"Category": "SD-WAN"}).outputs == {"Group": "Süd"}
        assert book.tables[0].model.place.sheet == "größe"
        versions.add(book.tables[0].version)
    assert len(versions) == 1


def test_an_ods_file_reads_like_xlsx(tmp_path: Path) -> None:
    """OpenDocument sheets carry values, formulas, merged and hidden parts."""
    odf = pytest.importorskip("odf", reason="odfpy writes the file")
    from odf.opendocument import OpenDocumentSpreadsheet  # noqa: PLC0415
    from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow  # noqa: PLC0415
    from odf.text import P  # noqa: PLC0415

    assert odf
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Policy")
    sheet.addElement(TableColumn(numbercolumnsrepeated=2))
    sheet.addElement(TableColumn(visibility="collapse"))
    rows = [
        ["Policy"],
        ["Unique", "If", "Then"],
        ["Rule", "Category", "Group"],
        ["R1", "SD-WAN", "A"],
        ["R2", "MPLS", "B"],
    ]
    for number, texts in enumerate(rows):
        row = TableRow(visibility="collapse") if number == 4 else TableRow()
        for text in texts:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            row.addElement(cell)
        sheet.addElement(row)
    merged = TableRow()
    merged.addElement(TableCell(valuetype="string", numbercolumnsspanned=2))
    merged.addElement(CoveredTableCell())
    formula = TableCell(valuetype="float", value="2", formula="of:=1+1")
    formula.addElement(P(text="2"))
    merged.addElement(formula)
    sheet.addElement(merged)
    document.spreadsheet.addElement(sheet)
    path = tmp_path / "policy.ods"
    document.save(str(path))
    book = read_workbook(path, errors="report")
    cells = {(finding.code, finding.place.cell) for finding in book.findings}
    assert {("FW104", "A5"), ("FW104", "C3"), ("FW105", "A6"), ("FW107", "C6")} <= cells


def test_the_reading_process_starts_light() -> None:
    """Importing the library loads neither pandas nor openpyxl nor lxml."""
    code = """
import sys
import forewarn.decision_tables
forewarn.decision_tables.read_workbook
print(sorted({"pandas", "openpyxl", "lxml", "lark"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
