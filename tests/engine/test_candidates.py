"""Major case candidates (C4): propose, approve, reject, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_support import OUTAGE, Workbooks

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case, list_cases, resolve_case, show_case
from forewarn.engine.actions.incidents import refresh_impact, resolve_incident, show_incident
from forewarn.engine.actions.majors import approve_major, propose_major, reject_major
from forewarn.engine.open_site import OpenSite
from forewarn.errors import NotFound, Refused

POLICY = "decision_tables/major_case_policy.xlsx"


def _handled(how: str) -> Callable[[Workbooks], None]:
    def edit(books: Workbooks) -> None:
        row = books.find(POLICY, "Major Case Policy", "M01")
        books.set(POLICY, "Major Case Policy", f"C{row}", how)

    return edit


@pytest.fixture
def individual(open_site: Callable[..., OpenSite]) -> OpenSite:
    """A site with an outage of five customers, each with a case, and no major case."""
    return _outage(open_site(_handled("Individual cases")))


@pytest.fixture
def proposed(open_site: Callable[..., OpenSite]) -> OpenSite:
    """A site with the same outage, and a candidate that the policy proposed."""
    return _outage(open_site(_handled("Propose as major")))


def _outage(site: OpenSite) -> OpenSite:
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    return site


def _candidate(site: OpenSite) -> str:
    (number,) = [case.number for case in list_cases(site) if case["major_case_state"] == "Proposed"]
    return number


def _said(site: OpenSite, number: str) -> list[tuple[Any, Any]]:
    return [(entry.who, entry.text) for entry in show_case(site, number).activity]


def test_approving_makes_a_major_case_and_the_candidate_its_child(proposed: OpenSite) -> None:
    """A new case is the major one, without customer; the candidate and the five customers' cases stand under it."""
    before = {case.number for case in list_cases(proposed)}
    candidate = _candidate(proposed)
    change = approve_major(proposed, candidate, "West is down", asked_by="mim")
    major = change.record
    assert major.number not in before
    assert (major["account"], major["consumer"], major["contact"]) == (None, None, None)
    assert major["major_case_state"] == "Accepted"
    assert {case.number for case in show_case(proposed, major.number).children} == before
    assert (change.cases_created, change.cases_changed) == (1, 6)
    assert show_case(proposed, candidate).case["major_case_state"] == "Accepted"
    assert ("mim", f"Approved as major case {major.number}: West is down") in _said(proposed, candidate)
    shown = show_incident(proposed, "INC0000001")
    assert shown.major_case is not None
    assert shown.major_case.number == major.number
    assert {alert["case_number"] for alert in shown.alerts} == {major.number}


def test_a_rejected_candidate_goes_on_as_a_normal_case(proposed: OpenSite) -> None:
    """No major case comes of it, who and why stand in its stream, and a refresh does not propose again."""
    candidate = _candidate(proposed)
    change = reject_major(proposed, candidate, "One site only", asked_by="mim")
    assert change.record["major_case_state"] == "Rejected"
    assert change.record["state"] == "New"
    assert ("mim", "Rejected as major case: One site only") in _said(proposed, candidate)
    refresh_impact(proposed, "INC0000001", asked_by="x")
    shown = show_incident(proposed, "INC0000001")
    assert shown.major_case is None
    assert len(shown.cases) == 6
    assert {case["parent"] for case in shown.cases} == {None}


def test_a_customers_case_can_be_proposed_and_keeps_its_customer(individual: OpenSite) -> None:
    """Flagging an existing case leaves its account; the major case that comes of it has none."""
    chosen = list_cases(individual)[0]
    assert chosen["account"]
    flagged = propose_major(individual, chosen.number, "Third call", asked_by="agent").record
    assert (flagged["major_case_state"], flagged["account"]) == ("Proposed", chosen["account"])
    major = approve_major(individual, chosen.number, "Yes", asked_by="mim").record
    assert major["account"] is None
    child = show_case(individual, chosen.number).case
    assert (child["parent"], child["account"]) == (major.number, chosen["account"])
    assert len(show_case(individual, major.number).children) == 5


def test_one_candidate_an_incident(individual: OpenSite) -> None:
    """A second one is refused while the first waits, and taken once the first was rejected."""
    first, second = (case.number for case in list_cases(individual)[:2])
    propose_major(individual, first, "a", asked_by="x")
    with pytest.raises(Refused, match=f"{first} is proposed as major case of INC0000001 already"):
        propose_major(individual, second, "b", asked_by="x")
    with pytest.raises(Refused, match=f"{first} is proposed as major case already"):
        propose_major(individual, first, "b", asked_by="x")
    reject_major(individual, first, "no", asked_by="x")
    assert propose_major(individual, second, "b", asked_by="x").changed


@pytest.mark.parametrize("action", [propose_major, approve_major, reject_major])
def test_a_reason_is_needed(proposed: OpenSite, action: Callable[..., Any]) -> None:
    """Blanks are no reason, and nothing changes."""
    with pytest.raises(Refused, match="a reason is needed"):
        action(proposed, _candidate(proposed), "  ", asked_by="x")
    assert _candidate(proposed)


@pytest.mark.parametrize("action", [propose_major, approve_major, reject_major])
def test_an_unknown_case_is_named(site: OpenSite, action: Callable[..., Any]) -> None:
    """A number that nobody has is not found."""
    with pytest.raises(NotFound, match="CS0099999"):
        action(site, "CS0099999", "x", asked_by="x")


@pytest.mark.parametrize("action", [approve_major, reject_major])
def test_only_a_candidate_is_approved_or_rejected(individual: OpenSite, action: Callable[..., Any]) -> None:
    """A normal case is refused."""
    with pytest.raises(Refused, match="is not proposed as major case"):
        action(individual, list_cases(individual)[0].number, "x", asked_by="x")


def test_a_decision_on_a_candidate_is_taken_once(proposed: OpenSite) -> None:
    """What was approved is neither approved nor rejected again."""
    candidate = _candidate(proposed)
    approve_major(proposed, candidate, "x", asked_by="x")
    for again in (approve_major, reject_major):
        with pytest.raises(Refused, match="is not proposed"):
            again(proposed, candidate, "x", asked_by="x")


def test_a_major_case_and_its_child_are_not_proposed(site: OpenSite) -> None:
    """The one is major already, the other has a parent."""
    shown = show_incident(_outage(site), "INC0000001")
    assert shown.major_case is not None
    with pytest.raises(Refused, match="is a major case already"):
        propose_major(site, shown.major_case.number, "x", asked_by="x")
    with pytest.raises(Refused, match=f"is a child of {shown.major_case.number}"):
        propose_major(site, shown.cases[0].number, "x", asked_by="x")


def test_a_closed_case_is_not_proposed(individual: OpenSite) -> None:
    """Closed is closed."""
    number = list_cases(individual)[0].number
    resolve_case(individual, number, "Duplicate", "x", asked_by="x")
    close_case(individual, number, asked_by="x")
    with pytest.raises(Refused, match="is Closed and cannot become a major case"):
        propose_major(individual, number, "x", asked_by="x")


def test_a_resolved_outage_gets_no_major_case(proposed: OpenSite) -> None:
    """Resolving the incident resolves the candidate, which cannot be approved then."""
    candidate = _candidate(proposed)
    resolve_incident(proposed, "INC0000001", "Duplicate", "x", asked_by="x")
    with pytest.raises(Refused, match="is Solution Proposed and cannot become a major case"):
        approve_major(proposed, candidate, "x", asked_by="x")
