"""What is written reads back to the same tables, and never becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_files import GLOSSARY, SMALL, found, save, table

from forewarn.decision_tables import new_workbook, read_workbook, write_workbook
from forewarn.decision_tables.assembling import assemble
from forewarn.decision_tables.cell_text import NotInSheets
from forewarn.decision_tables.glossary import GlossaryEntry
from forewarn.decision_tables.model import (
    Binding,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.reading.process import ReadingProcess
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Expression,
    InputRef,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import Kind, Type, Value, YearsMonths, clean_text
from forewarn.decision_tables.version import table_version
from forewarn.errors import Severity

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), max_size=12),
    st.sampled_from(
        [
            "-",
            "null",
            "Empty",
            "NULL",
            "a, b",
            "< 5",
            "=1+1",
            "+1",
            "@x",
            "not(a)",
            "any of a",
            '"',
            "\\",
            "“a”",
            "–",
            "[1..2]",
            "property.limit",
            "_x0041_",
            "a;b",
            "(",
            ")",
            "yes",
            "5",
            "2026-01-01",
            "Values",
            "Größe\xa0x",
        ]
    ),
).map(clean_text)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**20), max_value=10**20)
EARLY, LATE = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-01-01")
VALUES: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.STRING: TEXTS,
    Kind.NUMBER: NUMBERS,
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: st.dates(),
    Kind.TIME: st.times(),
    Kind.DATE_AND_TIME: st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    Kind.DAYS_AND_TIME_DURATION: st.timedeltas(timedelta(days=-9999), timedelta(days=9999)),
    Kind.YEARS_AND_MONTHS_DURATION: st.builds(YearsMonths, st.integers(-999, 999)),
}
ORDERED = [kind for kind in VALUES if kind is not Kind.BOOLEAN]


def equality(kind: Kind) -> st.SearchStrategy[Test]:
    """A bare value."""
    return VALUES[kind].map(lambda value: Compare("=", Literal(value)))


@st.composite
def ranges(draw: st.DrawFn, kind: Kind) -> Test:
    """A comparison, or an interval that is not empty."""
    if draw(st.booleans()):
        return Compare(draw(st.sampled_from(["<", "<=", ">", ">="])), Literal(draw(VALUES[kind])))
    low, high = sorted([draw(VALUES[kind]), draw(VALUES[kind])])  # type: ignore[type-var]
    closed = low == high
    return Interval(Literal(low), Literal(high), closed or draw(st.booleans()), closed or draw(st.booleans()))


@st.composite
def cell_tests(draw: st.DrawFn, kind: Kind, is_list: bool, nullable: bool, named: bool) -> Test:
    """A test that a cell of the column may hold."""
    part = st.one_of(equality(kind), ranges(kind)) if kind in ORDERED else equality(kind)
    parts = st.lists(part, min_size=1, max_size=3).map(tuple)
    shape = draw(st.sampled_from(["any", "part", "several", "not", "null", "not null", "named"]))
    if shape == "any":
        return AnyValue()
    if shape in ("null", "not null") and nullable:
        return IsNull() if shape == "null" else Not((IsNull(),))
    if is_list:
        inner = draw(parts)
        asked: list[Test] = [AnyOf(inner), AllOf(inner), NoneOf(inner)]
        return draw(st.sampled_from(asked))
    if shape == "named" and named:
        return Compare(">=", PropertyRef("limit") if draw(st.booleans()) else InputRef("Input 0"))
    if shape == "several":
        several = draw(parts)
        return OneOf(several) if len(several) > 1 else several[0]
    return Not(draw(parts)) if shape == "not" else draw(part)


@st.composite
def models(draw: st.DrawFn) -> TableModel:
    """A table of any policy over columns of all types; input 0 is a number that others may name."""
    kinds = [Kind.NUMBER, *draw(st.lists(st.sampled_from(list(VALUES)), max_size=4))]
    lists = [False, *(draw(st.booleans()) for _ in kinds[1:])]
    nullables = [draw(st.booleans()) for _ in kinds]
    inputs = tuple(
        InputColumn(
            f"Input {number}",
            Type(kind, is_list),
            binding=Binding(record="thing", attribute=f"a{number}") if draw(st.booleans()) else None,
            nullable=nullable,
        )
        for number, (kind, is_list, nullable) in enumerate(zip(kinds, lists, nullables, strict=True))
    )
    policy = draw(st.sampled_from(list(HitPolicy)))
    answers = (
        [Kind.NUMBER] if policy.aggregate else draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3))
    )
    ranking = policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    choices = [draw(st.lists(VALUES[kind], min_size=1, max_size=4, unique=True)) for kind in answers]
    outputs = tuple(
        OutputColumn(
            f"Output {number}",
            Type(kind),
            allowed=alternatives(values) if ranking else None,
            ranked=tuple(values) if ranking else None,
        )
        for number, (kind, values) in enumerate(zip(answers, choices, strict=True))
    )
    count = draw(st.integers(1, 5))
    effective = draw(st.booleans())
    bound: st.SearchStrategy[datetime | None] = st.none() | st.datetimes(
        EARLY, datetime.fromisoformat("5000-01-01"), timezones=st.just(UTC)
    )
    rules = tuple(
        Rule(
            f"R{number}",
            tuple(
                draw(cell_tests(kind, is_list, nullable, position > 0 and kind is Kind.NUMBER))
                for position, (kind, is_list, nullable) in enumerate(zip(kinds, lists, nullables, strict=True))
            ),
            tuple(
                Literal(draw(st.sampled_from(values) if ranking else st.none() | VALUES[kind]))
                for kind, values in zip(answers, choices, strict=True)
            ),
            effective_from=draw(bound) if effective else None,
            effective_to=datetime(6000, 1, 1, tzinfo=UTC) if effective and draw(st.booleans()) else None,
        )
        for number in range(count)
    )
    return TableModel("Table", policy, inputs, outputs, rules, effective=effective)


def alternatives(values: list[Value]) -> Test:
    """What a Values row of these constants means."""
    listed = tuple(Compare("=", Literal(value)) for value in values)
    return listed[0] if len(listed) == 1 else OneOf(listed)


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    """One reading process for all examples."""
    with ReadingProcess() as process:
        yield process


class TestRoundTrip:
    """The law of writing."""

    @given(model=models())
    def test_a_table_reads_back_to_the_same_version(self, process: ReadingProcess, model: TableModel) -> None:
        """Write and read is the identity on what decides, whatever the texts look like."""
        written = io.BytesIO()
        write_workbook([model], written, properties={"limit": Decimal(5)})
        assembly = assemble([process.read("p.xlsx", written.getvalue())], None)
        (read,) = assembly.tables
        errors = [
            finding
            for finding in (*assembly.findings, *read.findings)
            if finding.severity is Severity.ERROR and finding.code not in ("FW208", "FW308")
        ]
        assert errors == []
        if read.model is not None:
            assert table_version(read.model) == table_version(model)
            assert tuple(replace(rule, row=None) for rule in read.model.rules) == model.rules


def test_a_read_workbook_writes_and_reads_the_same(tmp_path: Path) -> None:
    """Several tables with Values, Default, aliases, notes, expressions and named types come back."""
    rows = table(
        "Priority",
        ["If", "If", "If expression", "Then", "Then expression", "Note", "Note", "Note"],
        ["Category", "Stage", "Many", "Group", "Score", "Why", "Effective from", "Effective to"],
        ["Values", "SD-WAN; MPLS", "Triage", None, "Best; Good", None],
        ["R1", "SD-WAN", "empty", 'Category = "SD-WAN"', "Best", "1 + 1", "because", "2026-01-01", None],
        ["R2", "-", "not(null)", None, "Good", "7", None, None, "2027-01-01 12:00"],
        ["Default", None, None, None, "Good", "null"],
        name="Rank / order",
    )
    sheets = {
        "Policy": SMALL,
        "Rank": rows,
        "Aliases": [["For", "Spelling", "Value"], ["incident.category", "SD WAN", "SD-WAN"]],
    }
    first = read_workbook(save(tmp_path / "first.xlsx", sheets))
    write_workbook(first.tables, tmp_path / "second.xlsx", properties=first.properties)
    second = read_workbook(tmp_path / "second.xlsx")
    assert [one.version for one in second.tables] == [one.version for one in first.tables]
    assert [rule.notes for rule in second.tables[1].model.rules] == [rule.notes for rule in first.tables[1].model.rules]


def test_types_of_one_heading_may_differ_by_table(tmp_path: Path) -> None:
    """Where two tables mean different things by a heading, the Glossary says so for each."""
    one = TableModel(
        "One", HitPolicy.FIRST, (InputColumn("A", Type(Kind.STRING)),), (OutputColumn("B", Type(Kind.STRING)),),
        (Rule("R1", (Compare("=", Literal("5")),), (Literal("x"),)),),
    )  # fmt: skip
    two = TableModel(
        "Two", HitPolicy.FIRST, (InputColumn("A", Type(Kind.NUMBER)),), (OutputColumn("B", Type(Kind.STRING)),),
        (Rule("R1", (Compare("=", Literal(Decimal(5))),), (Literal("x"),)),),
    )  # fmt: skip
    write_workbook([one, two], tmp_path / "p.xlsx")
    book = read_workbook(tmp_path / "p.xlsx")
    assert [str(entry.inputs[0].type) for entry in book.tables] == ["string", "number"]
    assert [entry.version for entry in book.tables] == [table_version(one), table_version(two)]


def test_aliases_of_an_unbound_input_come_back(tmp_path: Path) -> None:
    """They are written under a type of their own."""
    column = InputColumn("A", Type(Kind.STRING), aliases=(("SD WAN", "SD-WAN"),))
    model = TableModel(
        "T", HitPolicy.FIRST, (column,), (OutputColumn("B", Type(Kind.STRING)),),
        (Rule("R1", (Compare("=", Literal("SD-WAN")),), (Literal("x"),)),),
    )  # fmt: skip
    write_workbook([model], tmp_path / "p.xlsx")
    book = read_workbook(tmp_path / "p.xlsx")
    assert book.tables[0].version == table_version(model)
    assert book.tables[0].decide({"A": "SD WAN"}).rules == ("R1",)


def test_nothing_that_is_written_becomes_a_formula(tmp_path: Path) -> None:
    """Texts that begin like formulas, in any place, are stored as text."""
    evil = '=HYPERLINK("http://x")'
    model = TableModel(
        evil,
        HitPolicy.FIRST,
        (InputColumn(evil + "1", Type(Kind.STRING)),),
        (OutputColumn(evil + "2", Type(Kind.STRING)),),
        (Rule(evil, (Compare("=", Literal(evil)),), (Literal(evil),), notes=((evil + "3", evil),)),),
    )
    write_workbook([model], tmp_path / "p.xlsx", properties={evil: evil}, more_sheets={"More": [[evil]]})
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    cells: list[Any] = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(str(cell.value).startswith("=") for cell in cells)
    assert {cell.data_type for cell in cells} == {"s"}


NOT_IN_SHEETS: list[tuple[str, TableModel]] = [
    (
        "a computed input",
        TableModel(
            "T",
            HitPolicy.FIRST,
            (InputColumn("A", Type(Kind.NUMBER), expression=Expression("1", None)),),
            (OutputColumn("B", Type(Kind.STRING)),),
            (Rule("R1", (AnyValue(),), (Literal("x"),)),),
        ),
    ),
    (
        "an empty list",
        TableModel(
            "T",
            HitPolicy.FIRST,
            (InputColumn("A", Type(Kind.NUMBER)),),
            (OutputColumn("B", Type(Kind.STRING, is_list=True)),),
            (Rule("R1", (AnyValue(),), (Literal(()),)),),
        ),
    ),
    (
        "a control character",
        TableModel(
            "T",
            HitPolicy.FIRST,
            (InputColumn("A", Type(Kind.NUMBER)),),
            (OutputColumn("B", Type(Kind.STRING)),),
            (Rule("R1", (AnyValue(),), (Literal("\x07"),)),),
        ),
    ),
    (
        "a rule called Values",
        TableModel(
            "T",
            HitPolicy.FIRST,
            (InputColumn("A", Type(Kind.NUMBER)),),
            (OutputColumn("B", Type(Kind.STRING)),),
            (Rule("Values", (AnyValue(),), (Literal("x"),)),),
        ),
    ),
]


@pytest.mark.parametrize("model", [row[1] for row in NOT_IN_SHEETS], ids=[row[0] for row in NOT_IN_SHEETS])
def test_what_a_sheet_cannot_say_is_refused(tmp_path: Path, model: TableModel) -> None:
    """Nothing is written that would read back as something else."""
    with pytest.raises(NotInSheets):
        write_workbook([model], tmp_path / "p.xlsx")
    assert not (tmp_path / "p.xlsx").exists()


def test_a_written_sheet_is_ready_for_its_owner(tmp_path: Path) -> None:
    """Drop-down lists, frozen headings, text cells below the rules, and instructions."""
    glossary = [GLOSSARY[0], ["Category", None, "incident", "category", "string", "SD-WAN; MPLS"], *GLOSSARY[2:]]
    write_workbook(
        read_workbook(save(tmp_path / "p.xlsx", {"Policy": SMALL}, glossary=glossary)).tables, tmp_path / "q.xlsx"
    )
    book = openpyxl.load_workbook(tmp_path / "q.xlsx")
    sheet = book["Policy"]
    assert sheet.freeze_panes == "B5"
    (choices,) = sheet.data_validations.dataValidation
    assert str(choices.sqref).startswith("B5:")
    assert choices.formula1 == "_Lists!$A$1:$A$2"
    assert [book["_Lists"].cell(row, 1).value for row in (1, 2)] == ["SD-WAN", "MPLS"]
    assert book["_Lists"].sheet_state == "hidden"
    assert sheet["C30"].number_format == "@"
    assert book["Instructions"]["A1"].value


def test_a_new_workbook_waits_for_rules(tmp_path: Path) -> None:
    """``new_workbook`` lays a table out for a glossary; filled in by hand, it reads."""
    glossary = [
        GlossaryEntry("Category", None, Binding("incident", "category"), Type(Kind.STRING), None, nullable=False),
        GlossaryEntry("Group", None, None, Type(Kind.STRING), None, nullable=False),
    ]
    book = new_workbook(glossary, name="Routing", hit_policy=HitPolicy.FIRST)
    book["Routing"].append(["R1", "SD-WAN", "Desk"])
    for row in book["Routing"].iter_rows(min_row=4, max_row=500):
        if row[0].value is not None and row[0].row != 4:
            for cell, target in zip(row, book["Routing"][4], strict=False):
                target.value, cell.value = cell.value, None
    book.save(tmp_path / "new.xlsx")
    read = read_workbook(tmp_path / "new.xlsx")
    assert read.decide("Routing", {"incident.category": "SD-WAN"}).outputs == {"Group": "Desk"}
    assert not [code for code, _ in found(read.findings) if code not in ("FW110", "FW312")]
