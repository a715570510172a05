"""Coverage: what is counted, by a second count, and the heat map on a copy in which all else stays as it was."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pandas
import pytest
from lxml import etree

from forewarn.decision_tables import Table, read_workbook
from forewarn.decision_tables.coverage import Hits, coverage_of, coverage_of_frames
from forewarn.decision_tables.owner_file import set_cells
from forewarn.decision_tables.owner_file.heat_map import COVERAGE_SHEET, HEAT, NEVER, colour_of, heat_map
from tests.decision_tables.owner_file.rich_workbook import MAIN, SHEET, parts_of
from tests.decision_tables.owner_file.test_libreoffice import SOFFICE, comments, count, opened

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def owned(rich: Path, tmp_path: Path) -> Path:
    """The owner's workbook with its faults mended, so that its table decides."""
    path = tmp_path / "policy.xlsx"
    set_cells(rich, {(SHEET, "B5"): "SD-WAN", (SHEET, "D6"): "Desk"}, path)
    return path


def table_of(path: Path) -> Table:
    """The owner's table."""
    [table] = read_workbook(path, errors="report").tables
    return table


def test_groups_add_up_as_single_decisions_do(owned: Path) -> None:
    """However decisions are grouped, each rule's hits, last hit and what named no rule are those of a plain count."""
    table = table_of(owned)
    known = [rule.id for rule in table.model.rules]
    pick = random.Random(7)
    single = [
        (
            pick.choice([table.version, "older"]),
            tuple(pick.sample([*known, "GONE"], pick.randint(0, 2))),
            NOW + timedelta(minutes=pick.randint(0, 999)),
        )
        for _ in range(500)
    ]
    groups: dict[tuple[str, tuple[str, ...]], list[datetime]] = {}
    for version, rules, at in single:
        groups.setdefault((version, rules), []).append(at)
    counted = coverage_of(table, [Hits(*key, len(times), max(times)) for key, times in groups.items()])
    assert counted.decisions == 500
    assert counted.no_rule == sum(not rules for _, rules, _ in single)
    assert counted.other_versions == sum(version == "older" for version, _, _ in single)
    for one in (*counted.rules, *counted.gone):
        times = [at for _, rules, at in single if one.rule in rules]
        assert (one.hits, one.last) == (len(times), max(times, default=None))
    assert [one.rule for one in counted.rules] == known
    assert [one.rule for one in counted.gone] == ["GONE"]


def test_a_frame_counts_what_decide_says(owned: Path) -> None:
    """Over a frame in two parts: the rules that deciding row by row names, and the rows that could not be decided."""
    table = table_of(owned)
    pick = random.Random(3)
    columns = [column.heading for column in table.inputs]
    values = {
        heading: [None, "nonsense", *{cell for row in openpyxl.load_workbook(owned)[SHEET].values for cell in row}]
        for heading in columns
    }
    rows = pandas.DataFrame([{name: pick.choice(values[name]) for name in columns} for _ in range(400)], dtype=object)
    parts = [table.decide_frame(rows.iloc[a:b], errors="report") for a, b in ((0, 150), (150, 400))]
    counted = coverage_of_frames(table, parts)
    expected: Counter[str] = Counter()
    errors = 0
    for row in rows.to_dict("records"):
        try:
            expected.update(table.decide(row).rules)
        except Exception:  # noqa: BLE001 - whatever it is, the row could not be decided
            errors += 1
    assert counted.errors == errors
    assert counted.decisions == 400 - errors
    assert {one.rule: one.hits for one in counted.rules if one.hits} == dict(expected)


def test_rules_are_coloured_and_nothing_else_changes(owned: Path, tmp_path: Path) -> None:
    """Fills and comments on the rules, the list on a sheet of its own; every other part byte for byte as it was."""
    table = table_of(owned)
    first, *others = [rule.id for rule in table.model.rules]
    covered = coverage_of(table, [Hits(table.version, (first,), 40, NOW), Hits(table.version, (), 10)])
    made = heat_map(owned, [(table.model, covered)])
    before, after = parts_of(owned.read_bytes()), parts_of(made.content)
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
    }
    was, now = (etree.fromstring(parts["xl/worksheets/sheet1.xml"]) for parts in (before, after))
    for root in (was, now):
        for cell in root.iter(f"{{{MAIN}}}c"):
            cell.attrib.pop("s", None)
    assert [(one.get("r"), "".join(one.itertext())) for one in was.iter(f"{{{MAIN}}}c")] == [
        (one.get("r"), "".join(one.itertext()))
        for one in now.iter(f"{{{MAIN}}}c")
        if "".join(one.itertext()) or one.get("r") in {cell.get("r") for cell in was.iter(f"{{{MAIN}}}c")}
    ]
    (tmp_path / "heat.xlsx").write_bytes(made.content)
    book = openpyxl.load_workbook(tmp_path / "heat.xlsx")
    rows = {rule.id: rule.row for rule in table.model.rules}
    assert book[SHEET][f"B{rows[first]}"].fill.fgColor.rgb == HEAT[-1]
    assert {book[SHEET][f"B{rows[rule]}"].fill.fgColor.rgb for rule in others} == {NEVER}
    listed = [row[1:3] for row in book[COVERAGE_SHEET].iter_rows(min_row=2, values_only=True)]
    assert (first, "40") in listed
    assert all((rule, "0") in listed for rule in others)
    assert made.coloured == len(rows)
    same = read_workbook(tmp_path / "heat.xlsx", errors="report")
    assert same.table(table.name).version == table.version


def test_more_hits_are_never_paler() -> None:
    """The scale rises with the hits, from the colour of none to the strongest for the most."""
    shades = [NEVER, *HEAT]
    for most in (1, 2, 7, 1_000_000):
        counts = sorted({0, 1, most // 1000, most // 10, most // 2, most})
        places = [shades.index(colour_of(hits, most)) for hits in counts]
        assert places == sorted(places)
        assert (places[0], places[-1]) == (0, len(shades) - 1)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_it(owned: Path, tmp_path: Path) -> None:
    """With the list, one comment more a rule, and the pictures, drop-downs and pivots of the original."""
    table = table_of(owned)
    covered = coverage_of(table, [Hits(table.version, (table.model.rules[0].id,), 3, NOW)])
    made = heat_map(owned, [(table.model, covered)])
    (tmp_path / "heat.xlsx").write_bytes(made.content)
    shutil.copy(owned, tmp_path / "original.xlsx")
    original, heat = (opened(tmp_path / f"{name}.xlsx", tmp_path) for name in ("original", "heat"))
    for local in ("image", "content-validation", "named-range", "database-range", "data-pilot-table", "data-bar-entry"):
        assert count(original, local) == count(heat, local), local
    added = sum(text.startswith("Decided ") for text in comments(heat))
    assert added == len(table.model.rules) - len(made.kept) > 0
    sheets = [one.get("{urn:oasis:names:tc:opendocument:xmlns:table:1.0}name") for one in heat.iter("{*}table")]
    assert COVERAGE_SHEET in sheets
