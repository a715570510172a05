"""An outage by hand: run, alert, incident, case, deliver, event, explain, on a real store."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from forewarn.cli import EXIT_INTERRUPTED
from tests.commands.conftest import OUTAGE, call, data

AFFECTED = {"Avid Corporation", "Tom Tom Networks", "Unity System", "Harbour Logistics", "Northwind Clinics"}
"""Worked out by hand from the sample inventory: who has an item on a service that Vmanage_10001 affects."""


def lines(*alerts: object) -> str:
    """JSON lines; a text stands for itself."""
    return "".join((alert if isinstance(alert, str) else json.dumps(alert)) + "\n" for alert in alerts)


def test_run_says_what_each_alert_did(site: Path) -> None:
    """An alert opens an incident with cases and a major case; a second on the CI joins it; a repeat changes nothing."""
    second = {**OUTAGE, "id": "out-2", "name": "tunnel_down"}
    result = call("run", "-", "--site", site, input=lines(OUTAGE, second, OUTAGE))
    assert result.exit_code == 0, result.output
    told = [line for line in result.stdout.splitlines() if line.startswith(("ALERT", "line"))]
    assert told[0].startswith("ALERT0000001: opened INC0000001, 6 cases; major case CS0000001")
    assert told[1] == "ALERT0000002: joined INC0000001"
    assert "repeated, changed nothing" in told[2]
    assert "3 alerts: 2 accepted, 1 repeated, 0 refused; 1 incident opened, 6 cases created" in result.stdout


def test_run_again_changes_nothing_and_says_so(worked: Path) -> None:
    """Running the same alerts again leaves every table of the store as it is."""
    before = dump(worked)
    result = call("run", "-", "--site", worked, input=lines(OUTAGE))
    assert result.exit_code == 0
    assert "repeated, changed nothing (INC0000001)" in result.stdout
    assert "nothing was changed" in result.stdout
    assert {name: rows for name, rows in dump(worked).items() if name in RECORDS} == {
        name: rows for name, rows in before.items() if name in RECORDS
    }


RECORDS = {"alerts", "incidents", "cases", "incident_tasks", "activity", "decisions", "notifications"}


def dump(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the store, read behind the product's back."""
    with sqlite3.connect(folder / "forewarn.db") as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}  # noqa: S608
    database.close()
    assert set(found) >= RECORDS
    return found


def test_the_same_alerts_under_another_name_are_repeats(site: Path, tmp_path: Path) -> None:
    """A file that was moved, or comes through a pipe, holds the alerts that were taken in already."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(lines(OUTAGE))
    assert call("run", tmp_path / "a.jsonl", "--site", site).exit_code == 0
    assert "nothing was changed" in call("run", tmp_path / "b.jsonl", "--site", site).stdout
    assert "nothing was changed" in call("run", "-", "--site", site, input=lines(OUTAGE)).stdout
    elsewhere = call("run", "-", "--source", "other system", "--site", site, input=lines(OUTAGE))
    assert "joined INC0000001" in elsewhere.stdout


def test_ctrl_c_keeps_what_was_done(site: Path) -> None:
    """Ctrl-C while alerts still come in is quiet, exits 130, and leaves the alerts that were dealt with."""
    process = subprocess.Popen(
        [sys.executable, "-m", "forewarn", "run", "-", "--site", str(site)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(lines(OUTAGE).encode())
    process.stdin.flush()
    while not dump(site)["alerts"]:
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate()
    assert (process.returncode, stdout, stderr) == (EXIT_INTERRUPTED, b"", b"")
    assert [row["number"] for row in data(call("alert", "list", "--json", "--site", site))] == ["ALERT0000001"]


def test_run_names_a_bad_line_and_goes_on(site: Path) -> None:
    """A line that is not JSON is refused by its number, the others are taken in, and the exit code is 1."""
    result = call("run", "-", "--site", site, input=lines(OUTAGE, "", '{"id": "half', "[1]", {**OUTAGE, "id": "out-2"}))
    assert result.exit_code == 1
    assert "line 3: refused" in result.stderr
    assert "line 4: refused" in result.stderr
    assert "4 alerts: 2 accepted, 0 repeated, 2 refused" in result.stdout


def test_run_as_json_is_one_document(site: Path, tmp_path: Path) -> None:
    """The JSON form stands alone on standard output, with each alert, the sums and what was delivered."""
    file = tmp_path / "alerts.jsonl"
    file.write_text(lines(OUTAGE, OUTAGE))
    told = data(call("run", file, "--site", site, "--json"))
    assert [alert["outcome"] for alert in told["alerts"]] == ["accepted", "repeated"]
    assert told["summary"] == {
        "accepted": 1,
        "repeated": 1,
        "refused": 0,
        "changed_nothing": False,
        "incidents_opened": 1,
        "cases_created": 6,
        "major_cases": {"INC0000001": "CS0000001"},
    }
    assert {sink["sink"]: sink["delivered"] for sink in told["delivery"]["sinks"]} == {
        "console": 5,
        "mail": 5,
        "outbox": 5,
    }


def test_run_can_leave_notifications_waiting(site: Path) -> None:
    """--no-deliver stages alone; deliver sends them later, once."""
    call("run", "-", "--site", site, "--no-deliver", input=lines(OUTAGE))
    outbox = site / "outbox" / "notifications.jsonl"
    assert not outbox.exists()
    result = call("deliver", "--site", site)
    assert result.exit_code == 0
    assert "sink outbox: 5 delivered" in result.stdout
    assert len(outbox.read_text().splitlines()) == 5
    again = data(call("deliver", "--site", site, "--json"))
    assert sum(sink["delivered"] for sink in again["sinks"]) == 0
    assert len(outbox.read_text().splitlines()) == 5


def test_run_of_a_file_that_is_not_there(site: Path, tmp_path: Path) -> None:
    """A missing file, or a folder, is one line and exit 2."""
    for path in (tmp_path / "gone.jsonl", tmp_path):
        result = call("run", path, "--site", site)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert str(path) in result.stderr


def test_who_asks_is_on_the_record(worked: Path) -> None:
    """--as is who the activity stream names."""
    call("incident", "note", "INC0000001", "Looking.", "--as", "kofi.mensah", "--site", worked)
    stream = data(call("incident", "show", "INC0000001", "--json", "--site", worked))["activity"]
    assert [(entry["who"], entry["kind"]) for entry in stream if entry["text"] == "Looking."] == [
        ("kofi.mensah", "work note")
    ]


def test_incident_show_has_the_affected_customers(worked: Path) -> None:
    """The page and the JSON form name exactly the customers that the outage hits."""
    told = data(call("incident", "show", "INC0000001", "--json", "--site", worked))
    assert {account["name"] for account in told["accounts"]} == AFFECTED
    assert {case["account"] for case in told["cases"] if case["parent"]} == AFFECTED
    assert told["incident"]["number"] == "INC0000001"
    page = call("incident", "show", "INC0000001", "--site", worked)
    assert all(name in page.stdout for name in AFFECTED)
    assert max(map(len, page.stdout.splitlines())) <= 200


def test_show_can_filter_the_stream(worked: Path) -> None:
    """--stream prints entries of one kind alone."""
    call("incident", "note", "INC0000001", "a work note of ours", "--site", worked)
    call("incident", "note", "INC0000001", "a comment of ours", "--comment", "--site", worked)
    page = call("incident", "show", "INC0000001", "--stream", "comment", "--site", worked).stdout
    assert "a comment of ours" in page
    assert "a work note of ours" not in page
    assert (
        "a comment of ours" not in call("incident", "show", "INC0000001", "--stream", "none", "--site", worked).stdout
    )


def test_lists(worked: Path) -> None:
    """Lists print what is there, filter by phase, and give JSON."""
    assert "Vmanage_10001" in call("alert", "list", "--site", worked).stdout
    assert [alert["incident"] for alert in data(call("alert", "list", "--json", "--site", worked))] == ["INC0000001"]
    assert "INC0000001" in call("incident", "list", "--phase", "open", "--site", worked).stdout
    assert call("incident", "list", "--phase", "closed", "--site", worked).stdout == "none\n"
    cases = data(call("case", "list", "--incident", "INC0000001", "--json", "--site", worked))
    assert len(cases) == 6
    assert len(data(call("case", "list", "--limit", 2, "--json", "--site", worked))) == 2


def test_alert_show_keeps_unknown_fields(site: Path) -> None:
    """A field that the product does not know stands on the alert."""
    call("run", "-", "--site", site, input=lines({**OUTAGE, "rack": "R7"}))
    assert "R7" in call("alert", "show", "ALERT0000001", "--site", site).stdout
    assert data(call("alert", "show", "ALERT0000001", "--json", "--site", site))["alert"]["rack"] == "R7"


def test_an_alert_without_ci_says_that_its_impact_is_unknown(site: Path) -> None:
    """It opens an incident all the same, without cases."""
    alert = {name: value for name, value in OUTAGE.items() if name != "ci"}
    result = call("run", "-", "--site", site, input=lines(alert))
    assert "opened INC0000001" in result.stdout
    page = call("incident", "show", "INC0000001", "--site", site).stdout
    assert "impact is unknown" in page


def test_unknown_numbers_are_one_line(worked: Path) -> None:
    """A record that is not there is named; exit 2."""
    for arguments in (
        ("incident", "show", "INC0000099"),
        ("case", "close", "CS0000099"),
        ("alert", "show", "ALERT0000099"),
        ("explain", "INC0000099"),
    ):
        result = call(*arguments, "--site", worked)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert arguments[-1] in result.stderr


def test_escalation_to_the_top_and_no_further(worked: Path) -> None:
    """Each escalation goes one level up as the table says; at the top it is refused and nothing changes."""
    seen = []
    for _ in range(3):
        change = data(call("incident", "escalate", "INC0000001", "--note", "no luck", "--json", "--site", worked))
        seen.append((change["record"]["stage"], change["record"]["assignment_group"]))
    assert seen == [
        ("L1 investigation", "L1 Network Engineering"),
        ("L2 investigation", "L2 Network Engineering"),
        ("L3 investigation", "L3 Network Engineering"),
    ]
    before = dump(worked)
    result = call("incident", "escalate", "INC0000001", "--note", "no luck", "--site", worked)
    assert result.exit_code == 1
    assert "Incident Escalation Policy" in result.stderr
    assert dump(worked) == before


def test_escalate_needs_a_note(worked: Path) -> None:
    """No note is a usage error, an empty one is refused; nothing changes."""
    before = dump(worked)
    assert call("incident", "escalate", "INC0000001", "--site", worked).exit_code == 2
    assert call("incident", "escalate", "INC0000001", "--note", " ", "--site", worked).exit_code == 1
    assert dump(worked) == before


def test_update_maps_spellings_and_refuses_unknown_fields(worked: Path) -> None:
    """A field takes the outside world's spelling; a value or field that there is not is exit 2 and changes nothing."""
    change = data(
        call("incident", "update", "INC0000001", "--set", "subcategory=Device Failure", "--json", "--site", worked)
    )
    assert change["record"]["subcategory"] == "Device failure"
    before = dump(worked)
    for pair in ("subcategory=Bad mood", "subcategry=Device failure", "subcategory"):
        result = call("incident", "update", "INC0000001", "--set", pair, "--site", worked)
        assert result.exit_code == 2, pair
    assert "subcategory" in call("incident", "update", "INC0000001", "--set", "subcategry=x", "--site", worked).stderr
    assert dump(worked) == before


def test_create_then_generate_cases_for_chosen_accounts(site: Path) -> None:
    """An incident opened by hand gets cases on demand, for the accounts that are named."""
    made = call(
        "incident", "create", "--short-description", "Overlay down", "--ci", "Vmanage_10002",
        "--category", "SD-WAN", "--subcategory", "Link failure", "--set", "channel=Phone", "--site", site,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "INC0000001: opened" in made.stdout
    assert "stage Triage" in made.stdout
    assert call("case", "list", "--site", site).stdout == "none\n"
    result = call("case", "generate", "INC0000001", "--account", "ACCT0000006", "--quiet", "--site", site)
    assert result.exit_code == 0, result.output
    assert "waiting" not in result.stdout
    assert [case["account"] for case in data(call("case", "list", "--json", "--site", site))] == ["Bluefield Retail"]
    again = data(call("case", "generate", "INC0000001", "--account", "ACCT0000006", "--json", "--site", site))
    assert again["cases_created"] == 0


def test_generate_never_mixes_accounts_and_consumers(site: Path) -> None:
    """Accounts and consumers in one request are refused."""
    call("incident", "create", "--short-description", "x", "--ci", "Vmanage_10002", "--site", site)
    result = call(
        "case", "generate", "INC0000001", "--account", "ACCT0000006", "--consumer", "CNSR0000001", "--site", site
    )
    assert result.exit_code == 1
    assert call("case", "list", "--site", site).stdout == "none\n"


def test_messages_both_ways(worked: Path) -> None:
    """A message goes to the chosen case's customer alone; the customer's answer lands on the incident."""
    child = next(
        case["number"]
        for case in data(call("case", "list", "--json", "--site", worked))
        if case["account"] == "Northwind Clinics"
    )
    told = data(
        call("incident", "message", "INC0000001", "Please restart.", "--case", child, "--json", "--site", worked)
    )
    assert told["notifications"] == 1
    assert (
        call("case", "comment", child, "It works.", "--by-customer", "--as", "Daniel Osei", "--site", worked).exit_code
        == 0
    )
    stream = data(call("incident", "show", "INC0000001", "--json", "--site", worked))["activity"]
    assert [entry["who"] for entry in stream if entry["kind"] == "comment" and "It works." in entry["text"]] == [
        "Daniel Osei"
    ]
    page = call("case", "show", child, "--site", worked).stdout
    assert "Please restart." in page
    assert "It works." in page


def test_resolve_and_close_with_a_major_case(worked: Path) -> None:
    """The resolution is copied and nothing auto-resolved; closing the major case closes its children."""
    code = "Fixed by Support/Guidance provided"
    resolved = call("incident", "resolve", "INC0000001", "--code", code, "--notes", "Restarted.", "--site", worked)
    assert resolved.exit_code == 0, resolved.output
    cases = data(call("case", "list", "--json", "--site", worked))
    assert {(case["resolution_code"], case["phase"]) for case in cases} == {(code, "open")}
    assert call("case", "close", "CS0000001", "--site", worked).exit_code == 0
    cases = data(call("case", "list", "--json", "--site", worked))
    assert {(case["state"], case["phase"]) for case in cases} == {("Closed", "closed")}
    assert call("incident", "close", "INC0000001", "--site", worked).exit_code == 0
    refused = call("case", "close", "CS0000001", "--site", worked)
    assert refused.exit_code == 1


def test_resolve_of_a_single_case(worked: Path) -> None:
    """A case can be resolved by itself."""
    child = data(call("case", "list", "--json", "--site", worked))[0]["number"]
    result = call("case", "resolve", child, "--code", "Solved permanently", "--notes", "Done.", "--site", worked)
    assert result.exit_code == 0, result.output
    assert data(call("case", "show", child, "--json", "--site", worked))["case"]["state"] == "Solution Proposed"


def test_a_code_that_there_is_not(worked: Path) -> None:
    """A resolution code outside the vocabulary is refused, and nothing is resolved."""
    result = call("incident", "resolve", "INC0000001", "--code", "Fixed", "--notes", "x", "--site", worked)
    assert result.exit_code == 2
    assert data(call("incident", "show", "INC0000001", "--json", "--site", worked))["incident"]["phase"] == "open"


def test_refresh_finds_new_customers(worked: Path, tmp_path: Path) -> None:
    """After the inventory has grown, a refresh finds the new customer and makes a case under the major one."""
    (tmp_path / "accounts.csv").write_text("Number,Name\nACCT0009001,Newcomer\n")
    (tmp_path / "install_base.csv").write_text(
        "Number,Name,Service,Account\nIB0009001,Newcomer edge,SD-WAN overlay North,Newcomer\n"
    )
    loaded = call("load", tmp_path / "accounts.csv", tmp_path / "install_base.csv", "--site", worked)
    assert loaded.exit_code == 0, loaded.output
    change = data(call("incident", "refresh", "INC0000001", "--json", "--site", worked))
    assert change["cases_created"] == 1
    assert change["record"]["affected_account_count"] == 6


def test_explain_names_table_version_rule_and_cells(worked: Path) -> None:
    """For each decision the table, version and rule that fired, and for the others the cell that stopped them."""
    result = call("explain", "INC0000001", "--table", "Incident Escalation Policy", "--site", worked)
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(worked / "decision_tables" / "incident_escalation_policy.xlsx").worksheets[0]
    rows = {cell.value: cell.row for cell in sheet["A"]}
    place = "decision_tables/incident_escalation_policy.xlsx › Incident Escalation Policy"
    told = [line.strip() for line in result.stdout.splitlines()]
    assert f"E09: fired, {place}!A{rows['E09']}" in told
    assert any(
        line.startswith(f"E01: stopped at {place}!C{rows['E01']}: Subcategory is Protocol failure") for line in told
    )
    assert any(line.startswith(f"E10: stopped at {place}!D{rows['E10']}: Stage is null") for line in told)
    assert len([line for line in told if line.startswith("E")]) == 20


def test_explain_as_json(worked: Path) -> None:
    """The JSON form has every recorded decision, with the place of each cell."""
    told = data(call("explain", "INC0000001", "--json", "--site", worked))
    escalation = next(made for made in told if made["table"] == "Incident Escalation Policy")
    assert escalation["rules"] == ["E09"]
    assert len(escalation["version"]) == 64
    assert {rule["rule"] for rule in escalation["explanation"] if rule["fired"]} == {"E09"}
    assert all(rule["place"] for rule in escalation["explanation"])


def test_a_decision_is_explained_by_the_version_that_decided(worked: Path) -> None:
    """An edit afterwards changes no explanation of what was decided before."""
    before = call("explain", "INC0000001", "--site", worked).stdout
    path = worked / "decision_tables" / "incident_escalation_policy.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    row = next(cell.row for cell in sheet["A"] if cell.value == "E09")
    sheet.cell(row, 6).value = "L3 Network Engineering"
    book.save(path)
    assert call("explain", "INC0000001", "--site", worked).stdout == before


def test_a_faulty_table_parks_and_retry_goes_on(site: Path) -> None:
    """Two rules under Unique hold a step up; the incident is opened all the same, and says so; the mend settles it."""
    path = site / "decision_tables" / "priority.xlsx"
    good = path.read_bytes()
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    last = max(cell.row for cell in sheet["A"] if cell.value)
    for column, value in enumerate(("P99", "-", "-", "4 - Low"), start=1):
        sheet.cell(last + 1, column).value = value
    book.save(path)
    ran = call("run", "-", "--site", site, input=lines(OUTAGE))
    assert ran.exit_code == 0, ran.output
    line = next(line for line in ran.stdout.splitlines() if line.startswith("ALERT0000001"))
    assert "Priority" in line
    assert "P99" in line
    page = call("incident", "show", "INC0000001", "--site", site).stdout
    assert "Held up by a table" in page
    waiting = call("event", "retry", "--site", site)
    assert waiting.exit_code == 1
    assert "still waiting" in waiting.stdout
    path.write_bytes(good)
    assert call("event", "retry", "INC0000001", "--site", site).exit_code == 0
    assert (
        data(call("incident", "show", "INC0000001", "--json", "--site", site))["incident"]["priority"] == "1 - Critical"
    )


def test_an_edit_decides_from_the_next_run_on(site: Path) -> None:
    """A changed cell changes the decision of the next alert."""
    path = site / "decision_tables" / "major_case_policy.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Major Case Policy"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "M01")
    sheet.cell(row, 3).value = "Individual cases"
    book.save(path)
    ran = call("run", "-", "--site", site, input=lines(OUTAGE))
    assert "opened INC0000001, 5 cases" in ran.stdout
    assert "major case" not in ran.stdout


@pytest.mark.parametrize(
    "arguments", [("incident", "list"), ("case", "list"), ("alert", "list"), ("explain", "INC0000001")]
)
def test_json_is_the_same_on_every_run(worked: Path, arguments: tuple[str, ...]) -> None:
    """Reading the same store gives the same bytes."""
    first, second = (call(*arguments, "--json", "--site", worked).stdout for _ in range(2))
    assert first == second
    assert json.loads(first)


def test_a_line_that_is_cut_off_is_named_with_its_column(site: Path) -> None:
    """The column is where the line ends, not the beginning of the next."""
    cut = '{"id": "a-1", "ci"'
    result = call("run", "-", "--site", site, input=lines(cut, OUTAGE))
    assert f"line 1: refused: not JSON: Expecting ':' delimiter at column {len(cut) + 1}" in result.stderr
