"""docs/inventory.md says what reading does: its tables are those of the lists, and its files are read as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from inventory_support import account

from forewarn.engine.inventory import documentation
from forewarn.engine.inventory.headings import fields_by_heading, kind_named, normal
from forewarn.engine.inventory.kinds import KINDS, Kind

PAGE = Path(__file__).parents[3] / "docs" / "inventory.md"


def section(name: str) -> str:
    """What stands between the marks of that name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None, f"docs/inventory.md has no section {name}"
    return found[1]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("kinds", documentation.kinds_table),
        ("headings", documentation.headings_tables),
        ("codes", documentation.codes_table),
    ],
)
def test_the_tables_of_the_page_are_those_of_the_lists(name, made):
    """A kind, heading or code that is added or changed shows in the page, or this fails."""
    assert section(name) == made()


def test_the_json_line_of_the_page_loads(load, rows):
    """The example is a record as it stands."""
    example = re.search(r'`(\{"kind".*?\})`', PAGE.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert load({"x.jsonl": example[1].replace("\n", " ")}).findings == ()
    assert rows("accounts") == [account("ACCT0000001", "Avid Corporation")]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_headings_of_a_kind_are_clear(kind: Kind):
    """No heading of a kind means two of its columns, and every field is a column of its table."""
    spellings: dict[str, str] = {}
    for field in kind.fields:
        assert field.column in kind.table.c
        for heading in (field.heading, field.column, *field.other_headings):
            assert spellings.setdefault(normal(heading), field.column) == field.column
            assert fields_by_heading(kind)[normal(heading)] is field


def test_kinds_come_after_those_they_refer_to():
    """Storing goes through the kinds in order; a reference must find its record stored."""
    seen: set[str] = set()
    for name, kind in KINDS.items():
        for field in kind.fields:
            assert field.refers_to is None or field.refers_to in seen
        seen.add(name)


def test_no_name_means_two_kinds():
    """The names of sheets, files and JSON kinds each lead to their own kind."""
    for kind in KINDS.values():
        for name in (kind.name, kind.sheet, kind.table.name, *kind.other_names):
            assert kind_named(name) is kind


def test_every_column_of_the_tables_can_be_loaded():
    """A column added to an inventory table needs a heading, or a reason to be listed here."""
    for kind in KINDS.values():
        assert {column.name for column in kind.table.c} == {"id", "extra", *(field.column for field in kind.fields)}
