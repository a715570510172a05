"""Reading event rule sheets: what a cell means, and every finding with its cell."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from event_sheets import STOCK, errors, grid, read, rules_of
from hypothesis import given
from hypothesis import strategies as st

from forewarn.decision_tables.values import Kind, Type
from forewarn.rules import ActionKind, RuleVocabulary
from forewarn.rules.codes import CODES
from forewarn.rules.compiler import compile_rules

TEXT = Type(Kind.STRING)
SITE = RuleVocabulary(
    attributes={
        "alert.ci": TEXT,
        "alert.severity": TEXT,
        "alert.value": Type(Kind.NUMBER),
        "incident.phase": TEXT,
        "incident.category": TEXT,
        "incident.impact": TEXT,
    },
    names={"flow.name": {"Page the owner"}, "table.name": {"Priority"}, "incident.category": {"SD-WAN"}},
    properties={"forewarn.limit": (Type(Kind.NUMBER), Decimal(5))},
)

COLUMNS = [
    ("Event", "Event"),  # B
    ("If", "alert.severity"),  # C
    ("If", "alert.value"),  # D
    ("Same", "Same"),  # E
    ("Count", "Count"),  # F
    ("Within", "Within"),  # G
    ("And", "incident.phase"),  # H
    ("Without", "clear.ci"),  # I
    ("Do", "Do"),  # J
    ("With", "incident.category"),  # K
    ("Note", "Effective from"),  # L
    ("Note", "Effective to"),  # M
]
GOOD: dict[str, Any] = {"Event": "alert", "Do": "open incident"}


def one_row(**cells: Any) -> Any:
    """A sheet of one rule; cells by column letter, over a rule that is in order."""
    row: list[Any] = ["R1"]
    for number, (role, _) in enumerate(COLUMNS):
        row.append(cells.get(chr(ord("B") + number), GOOD.get(role)))
    return grid(COLUMNS, [row])


@pytest.mark.parametrize(
    ("cells", "code", "place"),
    [
        pytest.param({"B": "alrt"}, "FW507", "B4", id="an event that nobody sends"),
        pytest.param({"B": None}, "FW508", "B4", id="no event"),
        pytest.param({"J": None}, "FW508", "J4", id="no action"),
        pytest.param({"J": "open incidents"}, "FW510", "J4", id="an unknown action"),
        pytest.param({"J": "raise event"}, "FW510", "J4", id="an event without a name"),
        pytest.param({"J": "raise event link storm"}, "FW510", "J4", id="an event name with a blank"),
        pytest.param({"J": "ignore it"}, "FW510", "J4", id="an action with more than it takes"),
        pytest.param({"J": "run Page the ownr"}, "FW520", "J4", id="an unknown flow"),
        pytest.param({"J": "decide Priorty"}, "FW520", "J4", id="an unknown table"),
        pytest.param({"D": "five"}, "FW202", "D4", id="text in a number column"),
        pytest.param({"D": ">= property.forewarn.limt"}, "FW214", "D4", id="an unknown property"),
        pytest.param({"D": "[9..5]"}, "FW206", "D4", id="an empty range"),
        pytest.param({"C": "= Major"}, "FW107", "C4", id="a cell that begins with ="),
        pytest.param({"C": Decimal(5)}, "FW205", "C4", id="a number where text is meant"),
        pytest.param({"F": "3", "G": "5m"}, "FW515", "F4", id="a count without a key"),
        pytest.param({"F": "3", "E": "alert.ci"}, "FW513", "F4", id="a count without a window"),
        pytest.param({"F": "1", "E": "alert.ci", "G": "5m"}, "FW511", "F4", id="a count of one"),
        pytest.param({"F": "2.5", "E": "alert.ci", "G": "5m"}, "FW511", "F4", id="half a count"),
        pytest.param({"F": "many", "E": "alert.ci", "G": "5m"}, "FW511", "F4", id="a count in words"),
        pytest.param({"F": "1001", "E": "alert.ci", "G": "5m"}, "FW511", "F4", id="a count beyond the limit"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "5 min"}, "FW512", "G4", id="a duration that nobody reads"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "0s"}, "FW512", "G4", id="no time at all"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "400d"}, "FW512", "G4", id="more than a year"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "P1M"}, "FW512", "G4", id="a month has no length"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "2 business hours"}, "FW512", "G4", id="business time"),
        pytest.param({"F": "3", "E": "alert.ci", "G": Decimal(5)}, "FW512", "G4", id="a number without a unit"),
        pytest.param({"G": "5m"}, "FW514", "G4", id="a window that bounds nothing"),
        pytest.param({"G": "5m", "H": "open", "E": "alert.ci"}, "FW514", "G4", id="a record has no window"),
        pytest.param({"H": "open"}, "FW515", "H4", id="a record without a key"),
        pytest.param({"I": "-", "G": "5m"}, "FW515", "I4", id="an absent event without a key"),
        pytest.param({"E": "ci"}, "FW516", "E4", id="a key without its record"),
        pytest.param({"E": "incident.ci"}, "FW516", "E4", id="a key of another record"),
        pytest.param({"E": "alert.id"}, "FW505", "E4", id="a key that the engine keeps for itself"),
        pytest.param({"E": "alert.name"}, "FW506", "E4", id="a key that alerts do not have"),
        pytest.param({"F": "3", "E": "alert.ci", "G": "5m", "I": "-"}, "FW517", "F4", id="a count that waits"),
        pytest.param({"K": "{alert.nme}"}, "FW506", "K4", id="a placeholder of an unknown attribute"),
        pytest.param({"K": "{incident.phase}"}, "FW518", "K4", id="a placeholder of a record that is not there"),
        pytest.param({"K": "{severity}"}, "FW518", "K4", id="a placeholder without its record"),
        pytest.param({"K": "a { b"}, "FW518", "K4", id="half a placeholder"),
        pytest.param({"K": "-"}, "FW508", "K4", id="a dash is no value"),
        pytest.param({"K": "SDWAN"}, "FW520", "K4", id="a value that is not among the known names"),
        pytest.param({"L": "01/02/2026"}, "FW524", "L4", id="an ambiguous date"),
        pytest.param({"L": "2026-03-01", "M": "2026-03-01"}, "FW524", "M4", id="no time in effect"),
        pytest.param(
            {"B": "clear", "C": "Major", "E": "clear.value"}, None, None, id="a clear carries its alert's fields"
        ),
    ],
)
def test_every_wrong_cell_is_found_where_it_stands(cells: dict[str, Any], code: str | None, place: str | None) -> None:
    """One wrong cell gives one finding, with its code and its address, and refuses the sheet."""
    found = read(one_row(**cells), vocabulary=SITE)
    assert errors(found) == ([] if code is None else [(code, place)])
    assert found.refused == (() if code is None else ("Rules",))


def test_all_findings_at_once_and_the_good_sheets_stay() -> None:
    """A refused sheet tells everything that is wrong with it; another sheet is read all the same."""
    bad = grid(
        COLUMNS, [["R1", "alrt"] + [None] * 7 + ["open"] + [None] * 3, ["R2", "alert"] + [None] * 11], name="Bad"
    )
    found = read(bad, STOCK)
    assert errors(found) == [("FW507", "B4"), ("FW510", "J4"), ("FW508", "J5")]
    assert found.refused == ("Bad",)
    assert [rule.id for rule in found.rule_set.rules] == ["R01", "R02", "R03", "R04"]


@pytest.mark.parametrize(
    ("column", "code", "cell"),
    [
        pytest.param(("Iff", "alert.ci"), "FW501", "D2", id="an unknown role"),
        pytest.param(("Do", "Do too"), "FW503", "D2", id="two columns Do"),
        pytest.param(("If", "severity"), "FW504", "D3", id="a heading without a record"),
        pytest.param(("If", "alert.labels.site"), "FW505", "D3", id="a heading with two dots"),
        pytest.param(("If", "alert.id"), "FW505", "D3", id="the engine's own id"),
        pytest.param(("If", "alert.sid"), "FW505", "D3", id="the engine's own sid"),
        pytest.param(("And", "incident.label"), "FW505", "D3", id="the engine's own label"),
        pytest.param(("Without", "incident.chart"), "FW505", "D3", id="the engine's own chart"),
        pytest.param(("With", "incident.$s"), "FW505", "D3", id="a dollar sign"),
        pytest.param(("And", "ticket.phase"), "FW507", "D3", id="a record that nobody knows"),
    ],
)
def test_every_wrong_column_is_found_where_it_stands(column: tuple[str, str], code: str, cell: str) -> None:
    """A wrong role is found in row 2, a wrong heading in row 3."""
    columns = [("Event", "Event"), ("Do", "Do"), column]
    assert errors(read(grid(columns, [["R1", "alert", "notify", None]]))) == [(code, cell)]


def test_missing_columns() -> None:
    """Without Event and Do a sheet says nothing."""
    assert errors(read(grid([("If", "alert.ci")], [["R1", "r1"]]))) == [("FW502", "A2"), ("FW502", "A2")]


def test_formulas_are_refused() -> None:
    """A formula in a rule is refused, whatever it shows."""
    columns = [("Event", "Event"), ("Do", "Do")]
    assert errors(read(grid(columns, [["R1", "alert", "notify"]], formula="C4"))) == [("FW107", "C4")]


def test_a_column_of_mixed_types_is_refused() -> None:
    """Numbers and dates in one column: nobody knows which is meant; text among numbers is refused at its cell."""
    columns = [("Event", "Event"), ("If", "alert.value"), ("Do", "Do")]
    mixed = grid(columns, [["R1", "alert", Decimal(5), "notify"], ["R2", "alert", date(2026, 3, 1), "notify"]])
    assert errors(read(mixed)) == [("FW529", "C3")]
    text = grid(columns, [["R1", "alert", Decimal(5), "notify"], ["R2", "alert", "high", "notify"]])
    assert errors(read(text)) == [("FW202", "C5")]


def test_rule_ids_count_over_all_sheets() -> None:
    """The same id on two sheets is an error that names both places."""
    other = grid([("Event", "Event"), ("Do", "Do")], [["R01", "alert", "notify"]], name="Other")
    found = read(STOCK, other)
    assert errors(found) == [("FW519", "A4")]
    assert str(found.findings[-1].related[0]) == "events.xlsx › Alert Rules!A4"


def test_what_cells_mean() -> None:
    """One rule with every column."""
    vocabulary = SITE
    (rule,) = rules_of(
        one_row(
            C="Major, Minor", D=">= property.forewarn.limit", E="alert.ci; alert.severity", G="PT5M", H="open", I="-",
            J="Run  Page the owner", K="{alert.severity}", L="2026-03-01", M=datetime(2026, 4, 1, tzinfo=UTC),
        ),
        vocabulary=vocabulary,
    ).rules  # fmt: skip
    assert rule.same == ("ci", "severity")
    assert rule.within == timedelta(minutes=5)
    assert rule.waits
    assert (rule.also[0].kind, rule.also[0].is_event) == ("incident", False)
    assert (rule.without[0].kind, rule.without[0].is_event, rule.without[0].tests) == ("clear", True, ())
    assert (rule.action.kind, rule.action.target) == (ActionKind.RUN_FLOW, "Page the owner")
    assert rule.effective_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert rule.effective_to == datetime(2026, 4, 1, tzinfo=UTC)


def test_rules_may_wait_for_events_that_rules_raise() -> None:
    """``raise event NAME`` makes NAME an event, on every sheet; a misspelt one is found."""
    columns = [("Event", "Event"), ("If", "link_storm.ci"), ("Do", "Do")]
    raising = grid([("Event", "Event"), ("Do", "Do")], [["A1", "alert", "raise event link_storm"]], name="Raising")
    assert errors(read(grid(columns, [["B1", "link_storm", "r1", "notify"]]), raising, vocabulary=SITE)) == []
    assert ("FW507", "B4") in errors(read(grid(columns, [["B1", "link_strom", None, "notify"]]), raising))


def test_a_missing_id_is_made_from_the_content() -> None:
    """It is the same wherever the row stands, and has a suffix where two rows say the same."""
    columns = [("Event", "Event"), ("Do", "Do")]
    first = rules_of(grid(columns, [[None, "alert", "notify"], [None, "alert", "notify"], ["X", "clear", "ignore"]]))
    second = rules_of(grid(columns, [["X", "clear", "ignore"], [None, "alert", "notify"]]))
    made = [rule.id for rule in first.rules]
    assert made[0].startswith("R-")
    assert made[1] == f"{made[0]}-2"
    assert second.rules[1].id == made[0]


def test_the_version_is_the_rules_alone() -> None:
    """Moving a sheet or changing a note leaves the version; changing a cell, the order or a named property does not."""
    columns = [("Event", "Event"), ("If", "alert.ci"), ("Do", "Do"), ("Note", "Why")]

    def version(*rows: list[Any], name: str = "Rules") -> str:
        return rules_of(grid(columns, list(rows), name=name)).version

    one, two = ["A", "alert", "r1", "notify", "why"], ["B", "clear", None, "ignore", None]
    assert version(one, two) == version([*one[:4], "because"], two, name="Moved")
    assert version(one, two) != version(two, one)
    assert version(one, two) != version(["A", "alert", "r2", "notify", "why"], two)

    def limited(value: int) -> str:
        known = RuleVocabulary(attributes=SITE.attributes, properties={
            "forewarn.limit": (Type(Kind.NUMBER), Decimal(value)), "other": (TEXT, str(value))})  # fmt: skip
        return rules_of(one_row(D=">= property.forewarn.limit"), vocabulary=known).version

    assert limited(5) != limited(6)


def test_the_version_does_not_hang_on_the_process() -> None:
    """Two processes with other hash seeds make the same version and firing keys."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from event_sheets import STOCK, rules_of\n"
        "from forewarn.rules.intents import firing_key\n"
        "version = rules_of(STOCK).version\n"
        "print(version, firing_key(version, 'R01', {'a', 'b', 'c'}))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


WORDS = ("-", "empty", "alert", "alert.ci", "5m", "3", "open", "not(a", "[1..", "{alert.ci}", '"', "run", "=1", "Major")
TYPED = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(WORDS),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
)


@given(st.lists(st.dictionaries(st.sampled_from("BCDEFGHIJKLM"), TYPED, max_size=7), min_size=1, max_size=3))
def test_whatever_is_typed_is_read_or_refused_by_a_finding(edits: list[dict[str, Any]]) -> None:
    """No cell makes a traceback; what is read compiles, what is refused says where."""
    rows = [list(one_row(**cells).rows[0].cells) for cells in edits]
    sheet = grid(COLUMNS, [[f"R{number}", *(cell.value for cell in row)] for number, row in enumerate(rows)])
    for vocabulary in (SITE, RuleVocabulary()):
        found = read(sheet, vocabulary=vocabulary)
        assert found.refused == (("Rules",) if errors(found) else ())
        assert all(cell is not None for _, cell in errors(found))
        compile_rules(found.rule_set)


def test_codes_are_documented() -> None:
    """Every code has a title and a way to mend it, and stands in the owner's page."""
    page = (Path(__file__).parents[2] / "docs" / "event-rules.md").read_text(encoding="utf-8")
    for code in CODES.values():
        assert code.title
        assert code.hint
        assert code.code in page
