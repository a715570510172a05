"""How values, tables and JSON look; colours on a terminal alone."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.cli import EXIT_CLOSED_PIPE
from forewarn.commands import rendering
from forewarn.commands.options import assignments
from forewarn.commands.rendering import Column, money, plain, show_table, text_of
from forewarn.engine.reports import AffectedCustomer, Reception
from forewarn.errors import Finding, Place, Severity
from forewarn.plugins.api import RecordView
from tests.commands.conftest import INVENTORY, call, data


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (Decimal("1250000.00"), "1250000.00"),
        (Decimal("1E+3"), "1000"),
        (datetime(2026, 3, 1, 8, 15, tzinfo=UTC), "2026-03-01 08:15 UTC"),
        (datetime(2026, 3, 1, 8, 15, tzinfo=timezone(timedelta(hours=2))), "2026-03-01 06:15 UTC"),
        (date(2026, 3, 1), "2026-03-01"),
        (timedelta(hours=4), "PT4H"),
        (("a", "b"), "a, b"),
        ({"mail": "delivered"}, "mail=delivered"),
        (Reception.REPEATED, "repeated"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ],
)
def test_values_read_well(value: object, text: str) -> None:
    """Null is nothing, truth is yes and no, decimals are whole, times are UTC, markup is text."""
    assert text_of(value) == text


def test_money_has_thousands_apart() -> None:
    """An amount keeps its digits, and has two decimals at least."""
    shown = {"1250000.0000": "1,250,000.00", "95": "95.00", "0.125": "0.125", "1E+3": "1,000.00", "-2.5": "-2.50"}
    assert {text: money(Decimal(text)) for text in shown} == shown
    assert money(None) == ""


def test_json_forms() -> None:
    """Records carry kind and number, reports are objects, decimals exact text, findings the contract's shape."""
    record = RecordView("case", "CS0000001", {"state": None, "value": Decimal("1.10")})
    assert plain(record) == {"kind": "case", "number": "CS0000001", "state": None, "value": "1.10"}
    customer = AffectedCustomer("account", "A1", "Avid", Decimal("0.30"), 2, "derived", None, None, None)
    assert plain(customer)["contract_value"] == "0.30"
    assert plain(customer)["install_base"] == 2
    finding = Finding("FW201", Severity.ERROR, "bad", Place("a.xlsx", "S", "B2"), related=(Place("a.xlsx", "S", "B3"),))
    assert plain(finding)["related"] == ["a.xlsx › S!B3"]
    assert plain({Decimal(2): {"b", "a"}}) == {"2": ["a", "b"]}


JSONABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSONABLE)
def test_whatever_is_printed_as_json_is_valid(value: object) -> None:
    """Every value has a form that strict JSON can hold."""
    assert json.loads(json.dumps(plain(value), allow_nan=False)) is not Ellipsis


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_exact_in_json(value: Decimal) -> None:
    """A decimal comes back from its JSON text as the same number."""
    assert Decimal(plain(value)) == value


def test_a_table_never_loses_the_numbers_of_records(capsys: pytest.CaptureFixture[str]) -> None:
    """A long text folds; the number beside it stays whole, and no line is longer than the widest."""
    columns = (Column("Number"), Column("Short description", folds=True))
    show_table(columns, [("INC0000001", "words " * 80)])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("INC0000001") for line in lines)
    assert max(map(len, lines)) <= rendering.WIDEST
    assert " ".join(lines).count("words") == 80


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command prints on a terminal of 80 columns."""
    leader, follower = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment}
    if "NO_COLOR" not in environment:
        variables.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "forewarn", *arguments], stdout=follower, stderr=follower, stdin=follower, env=variables
    )
    os.close(follower)
    chunks = []
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.wait()
    os.close(leader)
    return b"".join(chunks).decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]")


def test_colours_on_a_terminal_alone(worked_site: Path) -> None:
    """A terminal gets colours, NO_COLOR switches them off, a pipe has no escape at all."""
    arguments = ("explain", "INC0000001", "--site", str(worked_site))
    assert "\x1b[" in on_terminal(*arguments)
    assert not COLOUR.search(on_terminal(*arguments, NO_COLOR="1"))
    piped = subprocess.run([sys.executable, "-m", "forewarn", *arguments], capture_output=True, text=True, check=True)
    assert "\x1b" not in piped.stdout


@pytest.mark.parametrize("verb", [("incident", "list"), ("case", "list"), ("incident", "show", "INC0000001")])
def test_tables_fit_80_columns(worked_site: Path, verb: tuple[str, ...]) -> None:
    """On a terminal of 80 columns no line is longer, and the numbers of records stay whole."""
    shown = on_terminal(*verb, "--site", str(worked_site), NO_COLOR="1")
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert "INC0000001" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_load_shows_its_progress_on_a_terminal(made_site: Path) -> None:
    """Somebody who watches sees how far a load is; a pipe sees nothing of it."""
    arguments = ("load", str(INVENTORY / "accounts.csv"), "--site", str(made_site))
    assert "━" in on_terminal(*arguments)
    piped = subprocess.run([sys.executable, "-m", "forewarn", *arguments], capture_output=True, text=True, check=True)
    assert piped.stderr == ""


def test_a_verb_whose_reader_goes_away_is_quiet(worked_site: Path) -> None:
    """`forewarn explain … | head -1` leaves no traceback, and says by its exit code that it was cut short."""
    process = subprocess.Popen(
        [sys.executable, "-m", "forewarn", "explain", "INC0000001", "--site", str(worked_site)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), complaint) == (EXIT_CLOSED_PIPE, b"")


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("a=1", "1"),
        ("a=null", None),
        ("a=", ""),
        ('a="null"', "null"),
        ('a="x \\" y"', 'x " y'),
        ("a=b=c", "b=c"),
        (" a =x", "x"),
    ],
)
def test_assignments(pair: str, value: str | None) -> None:
    """``null`` is null, nothing is the empty text, quotes keep a text, only the first = counts."""
    assert assignments([pair]) == {"a": value}


def test_headings_fold_where_the_cells_need_the_room(capsys: pytest.CaptureFixture[str]) -> None:
    """Long headings over short cells never push a column out of the table."""
    columns = (Column("Name", folds=True), *(Column(f"A rather long heading {number}") for number in range(7)))
    show_table(columns, [("Avid Corporation", *("CS0000001",) * 7)])
    told = capsys.readouterr().out
    assert "Avid" in told
    assert told.count("CS0000001") == 7
    assert all(str(number) in told.split("─")[0] for number in range(7))


def test_incident_page_counts_critical_services_and_reactive_cases(worked_site: Path) -> None:
    """Of the sample's accounts those on SD-WAN overlay North or West have one critical service behind their items."""
    told = data(call("incident", "show", "INC0000001", "--site", worked_site, "--json"))
    critical = {one["name"]: one["critical_services"] for one in told["accounts"]}
    assert critical == {
        "Avid Corporation": 1,
        "Harbour Logistics": 0,
        "Northwind Clinics": 0,
        "Tom Tom Networks": 1,
        "Unity System": 1,
    }
    assert {one["reactive_cases"] for one in told["accounts"]} == {0}
    assert "Reactive" in call("incident", "show", "INC0000001", "--site", worked_site).stdout
