"""Problems and change requests (A1, A2, B2, C10): states by tables, impact of their CI, cases at Authorize."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from engine_support import Workbooks, snapshot

from forewarn.engine.actions.cases import list_cases, resolve_case, show_case
from forewarn.engine.actions.changes import (
    create_change,
    list_changes,
    move_change,
    refresh_change,
    show_change_request,
    update_change,
)
from forewarn.engine.actions.problems import create_problem, list_problems, move_problem, show_problem, update_problem
from forewarn.engine.open_site import OpenSite
from forewarn.errors import BadRecord, NotFound, Refused

CI = "Vmanage_10001"
"""A controller of the sample inventory that serves five accounts."""

TABLES = "decision_tables/problems_and_changes.xlsx"


def new_change(site: OpenSite, ci: str | None = CI) -> str:
    """A change request on the controller, or on the CI given."""
    fields = {"short_description": "Firmware 20.9", "description": "New firmware.", "configuration_item": ci}
    return create_change(site, fields, asked_by="ann").record.number


def do(site: OpenSite, number: str, *actions: str) -> None:
    """Take a change request through some steps; what they need is given."""
    needs = {
        "schedule": {"planned_start": "2026-05-05T20:00Z", "planned_end": "2026-05-05T22:00Z"},
        "close": {"resolution_code": "Solved permanently", "resolution_notes": "Installed."},
    }
    for action in actions:
        move_change(site, number, action, needs.get(action), asked_by="ann")


def test_numbers_are_prb_and_chg_with_seven_digits(site: OpenSite) -> None:
    """Problems and change requests have numbers of their own kind, counted from one."""
    problem = create_problem(site, {"short_description": "x"}, asked_by="ann").record
    assert (problem.number, new_change(site), new_change(site)) == ("PRB0000001", "CHG0000001", "CHG0000002")


def test_a_change_request_walks_from_new_to_closed(site: OpenSite) -> None:
    """New → Authorize → Scheduled → Implement → Review → Closed, each change in the stream with who did it."""
    number = new_change(site)
    do(site, number, "authorize", "schedule", "implement", "review", "close")
    report = show_change_request(site, number)
    states = [(one.old, one.new, one.who) for one in report.activity if one.field == "state"]
    names = ["New", "Authorize", "Scheduled", "Implement", "Review", "Closed"]
    assert states == [(old, new, "ann") for old, new in zip([None, *names], names, strict=False)]
    assert report.task["phase"] == "closed"
    assert report.task["closed_at"] is not None
    assert report.task["planned_start"] == datetime(2026, 5, 5, 20, tzinfo=UTC)


def test_cases_are_created_when_the_state_becomes_authorize(site: OpenSite) -> None:
    """Every affected account gets a proactive case with the fields of the map, and is told; not before, not twice."""
    number = new_change(site)
    assert list_cases(site) == ()
    done = move_change(site, number, "authorize", asked_by="ann")
    cases = show_change_request(site, number).cases
    assert (done.cases_created, done.notifications) == (5, 5)
    assert {case["account"] for case in cases} == {one.account for one in show_change_request(site, number).accounts}
    for case in cases:
        assert case["proactive"] is True
        assert (case["change_request"], case["incident"], case["problem"]) == (number, None, None)
        assert (case["short_description"], case["description"]) == ("Firmware 20.9", "New firmware.")
    do(site, number, "schedule", "implement")
    assert len(list_cases(site)) == 5


def test_the_resolution_is_copied_to_the_cases_on_close(site: OpenSite) -> None:
    """With the stock table the cases take over code and notes, with a work note, and stay open."""
    number = new_change(site)
    do(site, number, "authorize", "schedule", "implement", "review", "close")
    for case in show_change_request(site, number).cases:
        assert (case["resolution_code"], case["resolution_notes"]) == ("Solved permanently", "Installed.")
        assert case["phase"] == "open"
        notes = [one.text or "" for one in show_case(site, case.number).activity if one.kind == "work note"]
        assert any(number in note and "Installed." in note for note in notes)


def test_an_owner_may_have_the_cases_resolved_on_close(open_site: Callable[..., OpenSite]) -> None:
    """Writing resolve into Task States resolves the cases with the change, and tells the customers."""

    def edit(books: Workbooks) -> None:
        row = books.find(TABLES, "Task States", "Y04")
        books.set(TABLES, "Task States", f"E{row}", "resolve")

    site = open_site(edit)
    number = new_change(site)
    do(site, number, "authorize", "schedule", "implement", "review")
    given = {"resolution_code": "Solved permanently", "resolution_notes": "Installed."}
    done = move_change(site, number, "close", given, asked_by="ann")
    assert {case["phase"] for case in show_change_request(site, number).cases} == {"resolved"}
    assert (done.cases_changed, done.notifications) == (5, 5)


def test_which_state_creates_cases_is_the_owners_word(open_site: Callable[..., OpenSite]) -> None:
    """With create moved from Authorize to Scheduled, the cases come then."""

    def edit(books: Workbooks) -> None:
        row = books.find(TABLES, "Task States", "Y02")
        books.set(TABLES, "Task States", f"E{row}", None)
        books.append(TABLES, "Task States", ["Y99", "change request", "Scheduled", "open", "create"])
        row = books.find(TABLES, "Task States", "Y03")
        books.set(TABLES, "Task States", f"C{row}", "Implement; Review")

    site = open_site(edit)
    number = new_change(site)
    do(site, number, "authorize")
    assert list_cases(site) == ()
    do(site, number, "schedule")
    assert len(list_cases(site)) == 5


@pytest.mark.parametrize(("ci", "why"), [(None, "configuration item"), ("Unheard of", "Unheard of")])
def test_nothing_is_refreshed_or_authorized_without_a_ci(site: OpenSite, ci: str | None, why: str) -> None:
    """Without a CI that the inventory knows, refresh and authorize are clear errors that change nothing."""
    number = new_change(site, ci)
    before = snapshot(site)
    with pytest.raises(Refused, match=why):
        refresh_change(site, number, asked_by="ann")
    with pytest.raises(Refused, match=why):
        move_change(site, number, "authorize", asked_by="ann")
    assert snapshot(site) == before


def test_filling_the_ci_finds_the_customers(site: OpenSite) -> None:
    """The impact follows the CI: none, then five accounts, then none again; the group's change clears Assigned to."""
    number = new_change(site, None)
    counts = []
    for ci in (CI, None):
        fields = {"configuration_item": ci, "assigned_to": "bob"}
        counts.append(update_change(site, number, fields, asked_by="ann").record["affected_account_count"])
    assert counts == [5, 0]
    moved = update_change(site, number, {"assignment_group": "L1 Network Engineering"}, asked_by="ann").record
    assert moved["assigned_to"] is None


@pytest.mark.parametrize(
    ("actions", "action", "hint"),
    [
        ((), "close", "assess, authorize, cancel"),
        (("authorize",), "authorize", "schedule, cancel"),
        (("cancel",), "authorize", "nothing more"),
    ],
)
def test_a_step_that_the_table_does_not_have_is_refused(
    site: OpenSite, actions: tuple[str, ...], action: str, hint: str
) -> None:
    """The refusal names what is possible in the state, and nothing is changed."""
    number = new_change(site)
    do(site, number, *actions)
    before = snapshot(site)
    with pytest.raises(Refused) as refusal:
        move_change(site, number, action, asked_by="ann")
    assert hint in (refusal.value.hint or "")
    assert snapshot(site) == before


def test_a_step_names_the_fields_that_it_needs(site: OpenSite) -> None:
    """Scheduling without a plan, and closing without a resolution, name what is missing."""
    number = new_change(site)
    do(site, number, "authorize")
    with pytest.raises(Refused, match="planned start and planned end"):
        move_change(site, number, "schedule", {}, asked_by="ann")
    do(site, number, "schedule", "implement", "review")
    with pytest.raises(Refused, match="resolution code and resolution notes"):
        move_change(site, number, "close", {}, asked_by="ann")


def test_a_problem_resolves_its_cases(site: OpenSite) -> None:
    """New → Assess → Root Cause Analysis → Fix in Progress → Resolved → Closed; Fix needs the cause."""
    fields = {"short_description": "Restarts", "configuration_item": CI, "impact": "1 - High", "urgency": "1 - High"}
    problem = create_problem(site, fields, asked_by="ann").record
    assert (problem["priority"], problem["affected_account_count"]) == ("1 - Critical", 5)
    for action in ("assess", "analyse"):
        move_problem(site, problem.number, action, asked_by="ann")
    with pytest.raises(Refused, match="probable cause"):
        move_problem(site, problem.number, "fix", asked_by="ann")
    move_problem(site, problem.number, "fix", {"probable_cause": "Software"}, asked_by="ann")
    given = {"resolution_code": "Solved permanently", "resolution_notes": "Patched."}
    move_problem(site, problem.number, "resolve", given, asked_by="ann")
    assert show_problem(site, problem.number).task["state"] == "Resolved"
    assert move_problem(site, problem.number, "close", asked_by="ann").record["phase"] == "closed"


def test_a_reopened_problem_is_open_again(site: OpenSite) -> None:
    """Reopening takes the time of the resolution back."""
    number = create_problem(site, {"short_description": "x"}, asked_by="ann").record.number
    given = {"resolution_code": "Duplicate", "resolution_notes": "See PRB0000009."}
    assert move_problem(site, number, "resolve", given, asked_by="ann").record["resolved_at"] is not None
    again = move_problem(site, number, "reopen", asked_by="ann").record
    assert (again["phase"], again["resolved_at"]) == ("open", None)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"short_description": "x", "planned_start": "soon"}, "no time"),
        (
            {"short_description": "x", "planned_start": "2026-05-05T20:00Z", "planned_end": "2026-05-05T20:00Z"},
            "not after",
        ),
        ({"short_description": "x", "impact": "9"}, "not an allowed value"),
        ({"short_description": "x", "plannedstart": "2026-05-05"}, "no field"),
    ],
)
def test_a_faulty_field_is_named(site: OpenSite, fields: dict[str, str], problem: str) -> None:
    """Fields and values that there are not are one line that says so; nothing is created."""
    with pytest.raises(BadRecord, match=problem):
        create_change(site, fields, asked_by="ann")
    assert list_changes(site) == ()


def test_closed_records_do_not_change(site: OpenSite) -> None:
    """A cancelled change request takes no more fields; an unknown number is told."""
    number = new_change(site)
    do(site, number, "cancel")
    with pytest.raises(Refused, match="cannot be changed"):
        update_change(site, number, {"description": "y"}, asked_by="ann")
    with pytest.raises(NotFound):
        show_change_request(site, "CHG0000099")


def test_lists_are_by_phase_newest_first(site: OpenSite) -> None:
    """Open ones alone, the newest first."""
    numbers = [new_change(site) for _ in range(3)]
    do(site, numbers[1], "cancel")
    assert [one.number for one in list_changes(site, phase="open")] == [numbers[2], numbers[0]]
    first = create_problem(site, {"short_description": "x"}, asked_by="ann").record.number
    update_problem(site, first, {"workaround": "Restart."}, asked_by="ann")
    assert [one["workaround"] for one in list_problems(site)] == ["Restart."]


def test_a_case_of_a_change_is_worked_on_as_others_are(site: OpenSite) -> None:
    """An agent resolves a case that a change request brought."""
    number = new_change(site)
    do(site, number, "authorize")
    case = show_change_request(site, number).cases[0].number
    done = resolve_case(site, case, "Solved permanently", "Done.", asked_by="ann")
    assert done.record["phase"] == "resolved"
