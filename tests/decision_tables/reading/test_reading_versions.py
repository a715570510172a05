"""Versions: what changes them, what does not, on every run and hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font
from workbook_files import GLOSSARY, Rows, save, table

from forewarn.decision_tables import read_library, read_workbook

R1, R2, R3 = ["R1", "a; b", ">= 5", "X"], ["R2", "c", "[1..5)", "Y"], ["R3", "d", "null", "null"]
ROLES, HEADINGS = ["If", "If", "Then"], ["Category", "Count", "Group"]
NULLABLE = [*GLOSSARY[:3], ["Count", None, "incident", "count", "number", None, None, "yes"], *GLOSSARY[4:]]


def version(tmp_path: Path, policy: str, *rows: Sequence[Any], name: str = "Policy", glossary: Rows = NULLABLE) -> str:
    """The version of a table with these rules."""
    sheet = table(policy, ROLES, HEADINGS, *rows, name=name)
    return read_workbook(save(tmp_path / "p.xlsx", {"Policy": sheet}, glossary=glossary)).tables[0].version


ORDERED = {"U": False, "A": False, "F": True, "R": True, "C": True}


@pytest.mark.parametrize(("policy", "counts"), ORDERED.items())
def test_the_order_of_rules_counts_where_it_decides(tmp_path: Path, policy: str, counts: bool) -> None:
    """Under U and A rules may stand in any order, under F, R and C not."""
    assert (version(tmp_path, policy, R1, R2, R3) != version(tmp_path, policy, R3, R1, R2)) is counts


SAME: list[tuple[str, list[Sequence[Any]]]] = [
    ("blank rows", [R1, [], R2, R3]),
    ("other spelling of a list", [["R1", "b, a", ">=5", "X"], R2, R3]),
    ("quotes", [["R1", '"b"; "a"', ">= 5", '"X"'], R2, R3]),
    ("numbers in another dress", [["R1", "a, b", ">= 5.0", "X"], ["R2", "c", "[1.00..5.0[", "Y"], R3]),
    ("empty for null", [R1, R2, ["R3", "d", "empty", None]]),
]


@pytest.mark.parametrize("rows", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_writing_the_same_otherwise_keeps_the_version(tmp_path: Path, rows: list[Sequence[Any]]) -> None:
    """Spelling is not content."""
    if rows[2] is R3 or rows[-1] is R3:
        assert version(tmp_path, "F", *rows) == version(tmp_path, "F", R1, R2, R3)
    else:
        noted = [[*row] for row in rows]
        noted[2][3] = "null"
        assert version(tmp_path, "F", *noted) == version(tmp_path, "F", R1, R2, R3)


DIFFERENT: list[tuple[str, list[Sequence[Any]]]] = [
    ("another value", [["R1", "a; c", ">= 5", "X"], R2, R3]),
    ("another operator", [["R1", "a; b", "> 5", "X"], R2, R3]),
    ("another output", [["R1", "a; b", ">= 5", "Z"], R2, R3]),
    ("another id", [["R9", "a; b", ">= 5", "X"], R2, R3]),
    ("a rule less", [R1, R2]),
    ("another end of a range", [R1, ["R2", "c", "[1..5]", "Y"], R3]),
    ("text for null", [R1, R2, ["R3", "d", "null", '"null"']]),
]


@pytest.mark.parametrize("rows", [row[1] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT])
def test_what_decides_otherwise_changes_the_version(tmp_path: Path, rows: list[Sequence[Any]]) -> None:
    """Every change of content is another version."""
    assert version(tmp_path, "F", *rows) != version(tmp_path, "F", R1, R2, R3)


def test_glossary_and_name_count(tmp_path: Path) -> None:
    """Binding, type, nullability, allowed values, the hit policy and the name are part of the table."""
    base = version(tmp_path, "F", R1, R2)
    assert version(tmp_path, "F", R1, R2, name="Other") != base
    assert version(tmp_path, "R", R1, R2) != base
    assert version(tmp_path, "F", R1, R2, glossary=GLOSSARY) != base
    changed = [NULLABLE[0], ["Category", None, "incident", "category", "string", "a; b; c; d"], *NULLABLE[2:]]
    assert version(tmp_path, "F", R1, R2, glossary=changed) != base


def test_moving_and_restyling_a_table_keeps_its_version(tmp_path: Path) -> None:
    """Sheets moved about, fonts, widths, notes and remarks in scratch columns are not content."""
    sheet: Rows = table("F", [*ROLES, "Note"], [*HEADINGS, "Why"], [*R1, "because"], R2)
    path = save(
        tmp_path / "p.xlsx", {"One": sheet, "Two": table("F", ROLES, HEADINGS, R2, name="Two")}, glossary=NULLABLE
    )
    before = read_workbook(path).table("Policy").version
    book = openpyxl.load_workbook(path)
    book.move_sheet("One", 1)
    book["One"]["E4"] = "another reason"
    book["One"]["H9"] = "a remark"
    book["One"]["B4"].font = Font(bold=True)
    book["One"].column_dimensions["B"].width = 50
    book["One"].title = "Renamed"
    book["Two"].insert_rows(4, 3)
    book.save(path)
    assert read_workbook(path).table("Policy").version == before


def test_the_value_of_a_property_is_an_input_not_content(tmp_path: Path) -> None:
    """Changing a property changes decisions, not the version of the tables that name it."""
    versions = set()
    for limit in (5, 6):
        sheet: Rows = table("F", ROLES, HEADINGS, ["R1", "-", ">= property.limit", "X"])
        sheets: dict[str, Rows] = {"Policy": sheet, "Properties": [["Name", "Value"], ["limit", limit]]}
        versions.add(read_workbook(save(tmp_path / "p.xlsx", sheets, glossary=NULLABLE)).tables[0].version)
    assert len(versions) == 1


def test_versions_and_ids_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    """Every process gives the same bytes."""
    sheet: Rows = table("U", ROLES, HEADINGS, [None, "a; b; c; d; e", "not(1, 2, 3)", "X"], [None, "f", "-", "Y"])
    aliases: Rows = [["For", "Spelling", "Value"], *(["incident.category", f"alias {n}", "a"] for n in range(9))]
    path = save(tmp_path / "p.xlsx", {"Policy": sheet, "Aliases": aliases}, glossary=NULLABLE)
    code = (
        "import sys; from forewarn.decision_tables import read_workbook; b = read_workbook(sys.argv[1]); "
        "print(b.tables[0].version, [r.id for r in b.tables[0].model.rules])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(answers) == 1
    assert read_library([path]).tables[0].version in answers.pop()
