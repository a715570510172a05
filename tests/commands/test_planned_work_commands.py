"""``forewarn problem``, ``change`` and ``impact``, as one types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.commands.conftest import Forewarn, data

On = Callable[[Path], Forewarn]

PLAN = ("--set", "planned_start=2026-03-01T22:00+01:00", "--set", "planned_end=2026-03-02T02:00+01:00")


def test_a_change_request_from_opening_to_close(site: Path, on: On) -> None:
    """The steps of the document, typed: create, authorize with cases, schedule, implement, review, close."""
    forewarn = on(site)
    made = data(
        forewarn("change", "create", "--short-description", "Firmware", "--ci", "Vmanage_10001", *PLAN, "--json")
    )
    assert made["record"]["affected_account_count"] == 5
    authorized = forewarn("change", "authorize", "CHG0000001")
    assert "5 cases created" in authorized.stdout
    for action in ("schedule", "implement", "review"):
        assert forewarn("change", "move", "CHG0000001", action).exit_code == 0
    closing = ("--code", "Solved permanently", "--notes", "Installed.")
    assert "5 cases changed" in forewarn("change", "close", "CHG0000001", *closing).stdout
    shown = forewarn("change", "show", "CHG0000001", "--stream", "field")
    assert "Review → Closed" in shown.stdout
    assert "Avid Corporation" in shown.stdout
    assert [one["state"] for one in data(forewarn("change", "list", "--json"))] == ["Closed"]


def test_a_step_that_is_not_possible_is_one_line(site: Path, on: On) -> None:
    """Exit code 1, what cannot be done, and what can."""
    forewarn = on(site)
    forewarn("change", "create", "--short-description", "Firmware")
    refused = forewarn("change", "move", "CHG0000001", "review")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: CHG0000001 is New: review is not possible")
    assert "assess, authorize, cancel" in refused.stderr
    assert "has no configuration item" in forewarn("change", "refresh", "CHG0000001").stderr


def test_a_problem_is_worked_on(site: Path, on: On) -> None:
    """Create, update, refresh, resolve, close; page and list."""
    forewarn = on(site)
    forewarn("problem", "create", "--short-description", "Restarts", "--set", "impact=1 - High")
    updated = forewarn("problem", "update", "PRB0000001", "--set", "configuration_item=Vmanage_10001")
    assert updated.exit_code == 0
    assert "nothing to do" in forewarn("problem", "refresh", "PRB0000001").stdout
    assert forewarn("problem", "resolve", "PRB0000001").exit_code == 1
    resolved = forewarn("problem", "resolve", "PRB0000001", "--code", "Duplicate", "--notes", "See another.")
    assert "state Resolved" in resolved.stdout
    assert "state Closed" in forewarn("problem", "close", "PRB0000001").stdout
    assert "PRB0000001" in forewarn("problem", "list", "--phase", "closed").stdout
    assert data(forewarn("problem", "show", "PRB0000001", "--json"))["task"]["resolution_code"] == "Duplicate"


def test_the_impact_view_has_figures_and_the_document_s_columns(worked: Path, on: On) -> None:
    """Figures, the accounts tab with its columns, pills as table and JSON."""
    forewarn = on(worked)
    shown = forewarn("impact", "INC0000001")
    for words in ("Affected total contract value", "Total reactive cases", "Avid Corporation", "CS0000001"):
        assert words in shown.stdout
    document = data(forewarn("impact", "INC0000001", "--pill", "no proactive records", "--json"))
    assert (document["pill"], document["accounts"]) == ("No proactive records", [])
    assert document["indicators"]["affected_install_base"] > 0
    silent = ("--pill", "No customer communication")
    assert "no customers under" in forewarn("impact", "INC0000001", *silent).stdout
    forewarn("incident", "create", "--short-description", "Again", "--ci", "Vmanage_10001")
    assert len(data(forewarn("impact", "INC0000002", *silent, "--json"))["accounts"]) == 5
    assert forewarn("impact", "CS0000001").exit_code != 0
