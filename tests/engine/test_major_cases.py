"""Major or not (C2), and generating cases by hand (C1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_support import OUTAGE, Workbooks, snapshot
from sqlalchemy import insert, select

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import generate_cases, list_cases
from forewarn.engine.actions.incidents import (
    create_incident,
    refresh_impact,
    resolve_incident,
    show_incident,
    update_incident,
)
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema.inventory import accounts, install_base, services
from forewarn.errors import BadRecord, NotFound, Refused

VOCABULARY = "decision_tables/vocabulary.xlsx"
POLICY = "decision_tables/major_case_policy.xlsx"


def _property_set(name: str, value: Any) -> Callable[[Workbooks], None]:
    def edit(books: Workbooks) -> None:
        row = books.find(VOCABULARY, "Properties", name)
        books.set(VOCABULARY, "Properties", f"B{row}", value)

    return edit


def _threshold(value: int) -> Callable[[Workbooks], None]:
    return _property_set("major_case_affected_account_threshold", value)


def _propose(books: Workbooks) -> None:
    row = books.find(POLICY, "Major Case Policy", "M01")
    books.set(POLICY, "Major Case Policy", f"C{row}", "Propose as major")


def _outage(site: OpenSite, ci: str = "Vmanage_10001") -> str:
    (result,) = receive_alerts(site, [{**OUTAGE, "id": f"on {ci}", "ci": ci}], source="t", asked_by="m").results
    return result.incident or ""


def _by_hand(site: OpenSite, ci: str = "Vmanage_10001") -> str:
    fields = {"short_description": "x", "category": "SD-WAN", "configuration_item": ci}
    return create_incident(site, fields, asked_by="x").record.number


def serve_more(site: OpenSite, service: str, *numbers: str) -> None:
    """Let further accounts depend on a service."""
    with site.store.write() as txn:
        served = txn.execute(select(services.c.id).where(services.c.name == service)).scalar_one()
        for number in numbers:
            account = txn.execute(select(accounts.c.id).where(accounts.c.number == number)).scalar_one()
            txn.execute(
                insert(install_base).values(
                    number=f"IBX{number}", name="more", service_id=served, account_id=account, extra={}
                )
            )


@pytest.mark.parametrize(("value", "major"), [(4, True), (5, True), (6, False)])
def test_the_threshold_is_a_property_that_an_owner_edits(
    open_site: Callable[..., OpenSite], value: int, major: bool
) -> None:
    """Count ≥ threshold means major: with five affected accounts 5 does, 6 does not."""
    site = open_site(_threshold(value))
    shown = show_incident(site, _outage(site))
    assert (shown.major_case is not None) is major
    assert len(shown.cases) == 5


def test_the_other_name_of_the_threshold_counts_too(open_site: Callable[..., OpenSite]) -> None:
    """The documents' second spelling of the property is accepted."""

    def rename(books: Workbooks) -> None:
        row = books.find(VOCABULARY, "Properties", "major_case_affected_account_threshold")
        books.set(VOCABULARY, "Properties", f"A{row}", "major_case_affected_threshold")
        books.set(VOCABULARY, "Properties", f"B{row}", 6)

    site = open_site(rename)
    assert show_incident(site, _outage(site)).major_case is None


def test_proposing_makes_a_candidate_and_individual_cases(open_site: Callable[..., OpenSite]) -> None:
    """Propose as major: a candidate without customer, every customer a case of its own, resolved like others."""
    site = open_site(_propose)
    number = _outage(site)
    shown = show_incident(site, number)
    assert shown.major_case is None
    candidates = [case for case in shown.cases if case["major_case_state"] == "Proposed"]
    assert len(candidates) == 1
    assert candidates[0]["account"] is None
    assert len(shown.cases) == 6
    refresh_impact(site, number, asked_by="x")
    assert len(show_incident(site, number).cases) == 6
    resolve_incident(site, number, "Duplicate", "x", asked_by="x")
    assert {case["state"] for case in list_cases(site)} == {"Solution Proposed"}


def test_crossing_upward_makes_children_of_the_cases_and_creates_what_is_missing(site: OpenSite) -> None:
    """Two accounts, then five: one major case, the two existing cases move under it, three new ones come."""
    number = _outage(site, "Vmanage_10002")
    before = {case.number for case in list_cases(site)}
    serve_more(site, "SD-WAN overlay West", "ACCT0000001", "ACCT0000002", "ACCT0000003")
    change = refresh_impact(site, number, asked_by="x")
    assert change.cases_created == 4
    shown = show_incident(site, number)
    assert shown.major_case is not None
    assert before < {case.number for case in shown.cases}
    assert len(shown.cases) == 5
    assert {case["parent"] for case in shown.cases} == {shown.major_case.number}
    assert {alert["case_number"] for alert in shown.alerts} == {shown.major_case.number}


def test_it_never_falls_back(site: OpenSite) -> None:
    """A major case stays when the impact shrinks to nothing, and so do its children."""
    number = _outage(site)
    update_incident(site, number, {"configuration_item": "Vedge_20012"}, asked_by="x")
    shown = show_incident(site, number)
    assert shown.incident["affected_account_count"] == 2
    assert shown.incident["major_case_handling"] == "Promote directly"
    assert shown.major_case is not None
    assert len(shown.cases) == 7
    assert {case["parent"] for case in shown.cases} == {shown.major_case.number}


def test_a_refresh_changes_nothing_twice(site: OpenSite) -> None:
    """Refreshing an unchanged impact makes no case and changes no count."""
    number = _outage(site)
    change = refresh_impact(site, number, asked_by="x")
    assert (change.changed, change.cases_created, change.notifications) == (False, 0, 0)
    assert len(list_cases(site)) == 6


def test_without_the_rule_create_proactive_case_nothing_is_generated(open_site: Callable[..., OpenSite]) -> None:
    """The property switches automatic creation off; the impact and the policy's word are there for the agent."""
    site = open_site(_property_set("create_proactive_case_from_alert", False))
    number = _outage(site)
    shown = show_incident(site, number)
    assert (shown.cases, shown.major_case) == ((), None)
    assert shown.incident["major_case_handling"] == "Promote directly"
    change = generate_cases(site, number, asked_by="x")
    assert (change.cases_created, change.notifications) == (6, 5)


def test_an_incident_by_hand_waits_for_an_agent(site: OpenSite) -> None:
    """Cases come by themselves from alerts only."""
    number = _by_hand(site)
    shown = show_incident(site, number)
    assert (len(shown.accounts), shown.cases) == (5, ())


def test_chosen_accounts_get_cases_under_the_major_case_that_all_affected_make(site: OpenSite) -> None:
    """The policy counts all affected accounts, not the two that were selected."""
    number = _by_hand(site)
    change = generate_cases(site, number, accounts=["ACCT0000001", "ACCT0000003"], communicate=False, asked_by="x")
    assert (change.cases_created, change.notifications) == (3, 0)
    shown = show_incident(site, number)
    assert shown.major_case is not None
    assert {case["account"] for case in shown.cases} == {"Avid Corporation", "Unity System"}
    again = generate_cases(site, number, accounts=["ACCT0000001"], asked_by="x")
    assert (again.changed, again.notes) == (False, ("every chosen customer has a case already",))


def test_the_agents_service_definition_decides_the_case_type(site: OpenSite) -> None:
    """C3: what the agent chose stands before the table; a value that is not allowed is refused."""
    number = _by_hand(site, "Vmanage_10002")
    generate_cases(site, number, service_definition="Fibre Broadband Support", asked_by="x")
    assert {case["case_type"] for case in list_cases(site)} == {"Customer service case"}
    other = _by_hand(site, "Vmanage_10002")
    with pytest.raises(BadRecord, match="did you mean 'Question'"):
        generate_cases(site, other, service_definition="Questoin", asked_by="x")


def test_accounts_and_consumers_in_one_request_are_refused(site: OpenSite) -> None:
    """C1: never both at once; a customer who is not affected is named; nothing is written."""
    number = _by_hand(site)
    before = snapshot(site)
    with pytest.raises(Refused, match="in one request"):
        generate_cases(site, number, accounts=["ACCT0000001"], consumers=["CNSR0000001"], asked_by="x")
    with pytest.raises(NotFound, match="does not affect ACCT0000008"):
        generate_cases(site, number, accounts=["ACCT0000001", "ACCT0000008"], asked_by="x")
    assert snapshot(site) == before


def test_a_refresh_without_a_known_ci_is_a_clear_error(site: OpenSite) -> None:
    """B2: no CI, or one that nobody knows, cannot be refreshed."""
    number = create_incident(site, {"short_description": "x"}, asked_by="x").record.number
    with pytest.raises(Refused, match="it has no configuration item"):
        refresh_impact(site, number, asked_by="x")
    update_incident(site, number, {"configuration_item": "Mystery_1"}, asked_by="x")
    with pytest.raises(Refused, match="does not know its CI 'Mystery_1'"):
        refresh_impact(site, number, asked_by="x")
    with pytest.raises(Refused, match="no customer is affected"):
        generate_cases(site, number, asked_by="x")
    change = update_incident(site, number, {"configuration_item": "vmanage_10002"}, asked_by="x")
    assert change.record["configuration_item"] == "Vmanage_10002"
    assert (change.record["affected_account_count"], change.record["impact_unknown"]) == (2, False)
