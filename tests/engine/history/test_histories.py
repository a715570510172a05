"""Histories that nobody prepared: which rows make an incident, how values are read, what is told and not lost."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas
import pytest

from forewarn.decision_tables import read_library
from forewarn.decision_tables.library import Library
from forewarn.decision_tables.values import Kind, Type
from forewarn.engine.actions.backtest import Mining, backtest
from forewarn.engine.history.cases import read_cases
from forewarn.engine.history.mapping import BadValue, MappedColumn, read_mapping
from forewarn.engine.history.rows import open_history
from forewarn.errors import BadInput, BadTable, ForewarnError, Refused, UnreadableWorkbook

MAPPING = [
    ["column", "use", "heading", "taken from", "format", "null spellings"],
    ["id", "incident"],
    ["opened", "opened", None, None, "day first"],
    ["event", "event time", None, None, "day first"],
    ["kind", "input", "Category", None, None, "?; n/a"],
    ["team", "outcome", "Group", None, None, "?"],
]
GLOSSARY = [["heading", "type", "nullable"], ["Category", "string", "yes"], ["Group", "string", None]]
TABLE = [
    ["Assignment"],
    ["First", "If", "Then"],
    ["Rule", "Category", "Group"],
    ["A1", "net", "Network"],
    ["A2", "mail", "Office"],
]


def library(
    tmp_path: Path, table: list[list[str]] | None = TABLE, mapping: list[list[str | None]] = MAPPING
) -> tuple[Library, Path]:
    """A workbook with a table, a Glossary and a mapping."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (("Assignment", table), ("Glossary", GLOSSARY), ("History", mapping)):
        for row in rows or ():
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    return read_library({path.name: path}), path


def mapped(read: Library) -> object:
    """The mapping of a workbook."""
    return read_mapping(next(sheet for sheet in read.reserved_sheets if sheet.name == "History"))


CSV = """id,opened,event,kind,team,later
2,02-01-2026 08:00,02-01-2026 09:00,mail,Office,x
1,01-01-2026 08:00,01-01-2026 10:00,mail,Office,x
1,01-01-2026 08:00,01-01-2026 09:00,net,Desk,x
3,03-01-2026 08:00,03-01-2026 09:00,?,Network,x
"""


def test_inputs_are_those_at_the_opening_and_outcomes_those_of_the_end(tmp_path: Path) -> None:
    """By event time, whatever the order of the rows: what an incident was when it was opened, and what it came to."""
    read, _ = library(tmp_path)
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    report = backtest(read, tmp_path / "log.csv", mapped(read))
    assert [(one.id, one.inputs["Category"], one.outcome) for one in report.history.incidents] == [
        ("1", "net", "Office"),
        ("2", "mail", "Office"),
        ("3", None, "Network"),
    ]
    assert report.history.incidents[0].opened == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert report.table is not None
    assert (report.table.decided, report.table.agreed) == (2, 1)
    [office] = [one for one in report.table.by_outcome if one.outcome == "Office"]
    assert office.instead == (("Network", 1),)


def test_the_same_history_as_csv_parquet_and_workbook(tmp_path: Path) -> None:
    """Times may be native there; the incidents are the same."""
    read, _ = library(tmp_path)
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    frame = pandas.read_csv(tmp_path / "log.csv", dtype=str)
    for name in ("opened", "event"):
        frame[name] = pandas.to_datetime(frame[name], dayfirst=True)
    frame.to_parquet(tmp_path / "log.parquet")
    frame.to_excel(tmp_path / "log.xlsx", index=False)
    found = [
        [(one.id, one.inputs, one.outcome) for one in backtest(read, tmp_path / name, mapped(read)).history.incidents]
        for name in ("log.csv", "log.parquet", "log.xlsx")
    ]
    assert found[0] == found[1] == found[2]


def test_bad_rows_are_told_with_their_place_and_the_rest_counts(tmp_path: Path) -> None:
    """Rows too short or too long, times that are none, no incident: a finding each, and nothing else is lost."""
    read, _ = library(tmp_path)
    bad = (
        "4,04-01-2026 08:00,04-01-2026 09:00\n"
        "5,05-01-2026 08:00,05-01-2026 09:00,net,Network,x,too much\n"
        "6,31-02-2026 08:00,06-01-2026 09:00,net,Network,x\n"
        "7,07-01-2026 08:00,yesterday,net,Network,x\n"
        ",08-01-2026 08:00,08-01-2026 09:00,net,Network,x\n"
        '9,09-01-2026 08:00,09-01-2026 09:00,"net" oops,Network,x\n'
        "10,10-01-2026 08:00,10-01-2026 09:00,net,Network,x\n"
    )
    (tmp_path / "log.csv").write_text(CSV + bad, encoding="utf-8")
    history = backtest(read, tmp_path / "log.csv", mapped(read)).history
    assert [one.id for one in history.incidents] == ["1", "2", "3", "10"]
    assert history.rows == 11
    assert history.left_out == 1
    assert [one.code for one in history.bad] == ["FW415"] * 6
    lines = {str(one.place).split(" line ")[1].split(",")[0] for one in history.bad}
    assert lines == {"6", "7", "8", "9", "10", "11"}


@pytest.mark.parametrize("seed", range(40))
def test_hostile_bytes_never_end_in_a_traceback(tmp_path: Path, seed: int) -> None:
    """A csv with bytes changed, cut or repeated at random is read or refused in one line."""
    read, _ = library(tmp_path)
    pick = random.Random(seed)
    content = bytearray((CSV * 3).encode())
    for _ in range(pick.randint(1, 12)):
        place = pick.randrange(len(content))
        content[place : place + pick.randint(0, 3)] = bytes(pick.randrange(256) for _ in range(pick.randint(0, 4)))
    (tmp_path / "log.csv").write_bytes(bytes(content))
    try:
        history = backtest(read, tmp_path / "log.csv", mapped(read), mining=Mining(support=1)).history
    except ForewarnError:
        return
    assert history.rows >= len(history.incidents)


def test_an_input_that_is_later_than_the_opening_is_told(tmp_path: Path) -> None:
    """A time that lies after the opening was not known then: it would give the answer away."""
    mapping = [*MAPPING, ["event", "input", "Closed", None, "day first", None]]
    read, _ = library(tmp_path, mapping=mapping)
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    found = mapped(read).typed({"Closed": Type(Kind.DATE_AND_TIME)})  # type: ignore[attr-defined]
    with open_history(tmp_path / "log.csv") as rows:
        assert read_cases(rows, found).later == {"Closed": 3}


def test_the_newest_incidents_teach_nothing(tmp_path: Path) -> None:
    """Rules come from the older share alone: what only the newer ones show is not among them."""
    lines = ["id,opened,event,kind,team"]
    for number in range(100):
        kind, team = ("old", "Old") if number < 70 else ("new", "New")
        day = f"{1 + number // 4:02d}-01-2026 {number % 4:02d}:00"
        lines.append(f"{number},{day},{day},{kind},{team}")
    random.Random(1).shuffle(lines[1:])
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    read, _ = library(tmp_path, table=None)
    report = backtest(read, tmp_path / "log.csv", mapped(read), table="Fresh", mining=Mining())
    assert (report.learned, report.tested) == (70, 30)
    assert [(one.conditions, one.outcome, one.right) for one in report.mined] == [((("Category", "old"),), "Old", 70)]
    assert report.with_mined is not None
    assert (report.with_mined.decided, report.usual) == (0, ("Old", 0))


def test_only_what_the_table_does_not_decide_is_mined(tmp_path: Path) -> None:
    """Incidents that a rule of the table takes teach nothing: the suggestions are rules that are missing."""
    lines = ["id,opened,event,kind,team"]
    for number in range(100):
        kind = ["net", "phone"][number % 2]
        at = f"01-01-2026 {number // 60:02d}:{number % 60:02d}"
        lines.append(f"{number},{at},{at},{kind},{'Elsewhere' if kind == 'net' else 'Phones'}")
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    read, _ = library(tmp_path)
    report = backtest(read, tmp_path / "log.csv", mapped(read), mining=Mining())
    assert [(one.conditions, one.outcome) for one in report.mined] == [((("Category", "phone"),), "Phones")]
    assert report.table is not None
    assert report.with_mined is not None
    assert (report.table.agreed, report.with_mined.agreed) == (0, 15)


@pytest.mark.parametrize(
    ("text", "form", "kind", "expected"),
    [
        ("29-02-2016 06:58", "day first", Kind.DATE_AND_TIME, datetime(2016, 2, 29, 6, 58, tzinfo=UTC)),
        ("3/1/2026", "day first", Kind.DATE, date(2026, 1, 3)),
        ("3/1/2026", "month first", Kind.DATE, date(2026, 3, 1)),
        ("03.01.2026 7:05:09", "day first", Kind.DATE_AND_TIME, datetime(2026, 1, 3, 7, 5, 9, tzinfo=UTC)),
        ("2026-01-03T07:05:09Z", "", Kind.DATE_AND_TIME, datetime(2026, 1, 3, 7, 5, 9, tzinfo=UTC)),
        ("1.234.567,5", "decimal comma", Kind.NUMBER, Decimal("1234567.5")),
        ("12,5", "decimal comma", Kind.NUMBER, Decimal("12.5")),
        ("12.5", "", Kind.NUMBER, Decimal("12.5")),
        ("yes", "", Kind.BOOLEAN, True),
        (" ? ", "", Kind.NUMBER, None),
        ("", "", Kind.STRING, None),
    ],
)
def test_values_are_read_by_type_and_format(text: str, form: str, kind: Kind, expected: object) -> None:
    """Dates by which part comes first, numbers by their decimal mark, null by its spellings."""
    column = MappedColumn("c", "input", "C", Type(kind), format=form, nulls=frozenset({"?"}))
    assert column.read(text) == expected


@pytest.mark.parametrize(
    ("text", "form", "kind"),
    [
        ("31-02-2026", "day first", Kind.DATE),
        ("01-13-2026", "day first", Kind.DATE),
        ("2026-01-01", "day first", Kind.DATE),
        ("01/02/2026", "", Kind.DATE),
        ("12,5", "", Kind.NUMBER),
        ("many", "decimal comma", Kind.NUMBER),
        ("01-01-0001 00:00+23:00", "day first", Kind.DATE_AND_TIME),
    ],
)
def test_what_can_be_read_in_two_ways_or_not_at_all_is_refused(text: str, form: str, kind: Kind) -> None:
    """No guess is made."""
    with pytest.raises(BadValue):
        MappedColumn("c", "input", "C", Type(kind), format=form).read(text)


def test_a_mapping_tells_all_that_is_wrong_with_it(tmp_path: Path) -> None:
    """Each bad row with its cell."""
    mapping = [
        MAPPING[0],
        ["a", "imput"],
        [None, "input"],
        ["b", "input", None, "middle"],
        ["c", "input", *[None] * 2, "d/m"],
    ]
    read, _ = library(tmp_path, mapping=mapping)
    with pytest.raises(BadTable) as caught:
        mapped(read)
    assert [(one.code, one.place.cell) for one in caught.value.findings] == [
        ("FW414", "B2"),
        ("FW414", "A3"),
        ("FW414", "D4"),
        ("FW414", "E5"),
    ]
    assert "did you mean input?" in str(caught.value)


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    """A column that is not there, a table that lists, mining for another hit policy, a file of no kind that is read."""
    (tmp_path / "log.csv").write_text(CSV.replace("kind", "sort"), encoding="utf-8")
    read, _ = library(tmp_path)
    with pytest.raises(BadInput, match="no column 'kind'"):
        backtest(read, tmp_path / "log.csv", mapped(read))
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    many, _ = library(tmp_path, [TABLE[0], ["Collect", "If", "Then"], *TABLE[2:]])
    with pytest.raises(Refused, match="lists or sums"):
        backtest(many, tmp_path / "log.csv", mapped(many))
    unique, _ = library(tmp_path, [TABLE[0], ["Unique", "If", "Then"], *TABLE[2:]])
    with pytest.raises(Refused, match="hit policy First"):
        backtest(unique, tmp_path / "log.csv", mapped(unique), mining=Mining())
    (tmp_path / "log.pdf").write_bytes(b"%PDF")
    with pytest.raises(UnreadableWorkbook, match="not read"):
        backtest(read, tmp_path / "log.pdf", mapped(read))
