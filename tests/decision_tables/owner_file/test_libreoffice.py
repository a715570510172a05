"""LibreOffice opens what we wrote, and finds in it what its owner and we put there.

Skipped where ``soffice`` is not installed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from forewarn.decision_tables import read_workbook
from forewarn.decision_tables.owner_file import SUMMARY_SHEET, annotate, set_cells
from tests.decision_tables.owner_file.rich_workbook import SHEET

SOFFICE = shutil.which("soffice")

pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")


def opened(path: Path, home: Path) -> etree._Element:
    """The workbook as LibreOffice understands it, as a flat OpenDocument tree."""
    done = subprocess.run(
        [str(SOFFICE), f"-env:UserInstallation=file://{home / 'profile'}", "--headless", "--convert-to", "fods",
         "--outdir", str(home), str(path)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    made = home / f"{path.stem}.fods"
    assert made.exists(), done.stdout + done.stderr
    return etree.parse(str(made), etree.XMLParser(huge_tree=True)).getroot()


def count(root: etree._Element, local: str) -> int:
    """How many elements of a local name there are."""
    return sum(1 for _ in root.iter(f"{{*}}{local}"))


def comments(root: etree._Element) -> list[str]:
    """The texts of all comments."""
    return ["\n".join("".join(p.itertext()) for p in one.iter("{*}p")) for one in root.iter("{*}annotation")]


def test_the_annotated_and_the_mended_file_open(rich: Path, tmp_path: Path) -> None:
    """Comments of both, the summary with its links, the mended cell; pictures, validations and names as before."""
    findings = read_workbook(rich, errors="report", name="policy.xlsx").findings
    annotate(rich, findings, tmp_path / "annotated.xlsx")
    set_cells(rich, {(SHEET, "B5"): "=SD-WAN"}, tmp_path / "mended.xlsx")
    shutil.copy(rich, tmp_path / "original.xlsx")
    original, annotated, mended = (
        opened(tmp_path / f"{name}.xlsx", tmp_path) for name in ("original", "annotated", "mended")
    )
    for local in ("image", "content-validation", "named-range", "database-range", "data-pilot-table", "data-bar-entry"):
        assert count(original, local) == count(annotated, local) == count(mended, local), local
    assert count(original, "image") > 0
    assert count(original, "data-pilot-table") == 1
    before, after = comments(original), comments(annotated)
    assert comments(mended) == before
    assert set(before) < set(after)
    assert sum(text.startswith("FW") for text in after) == len(after) - len(before) > 0
    sheets = [one.get("{urn:oasis:names:tc:opendocument:xmlns:table:1.0}name") for one in annotated.iter("{*}table")]
    assert SUMMARY_SHEET in sheets
    texts = ["".join(one.itertext()) for one in mended.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p")]
    assert "=SD-WAN" in texts
