"""From an alert to its incident and cases, on the stock workbooks (B1, B2, B5, C1 to C3, D2)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from engine_support import OUTAGE, RecordingSink, snapshot, table_counts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forewarn.engine.actions.alerts import list_alerts, read_documents, receive_alerts, show_alert
from forewarn.engine.actions.cases import list_cases, show_case
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import list_incidents, show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import AlertResult, Reception

AFFECTED = {"Avid Corporation", "Tom Tom Networks", "Unity System", "Harbour Logistics", "Northwind Clinics"}


def _receive(site: OpenSite, *alerts: Any) -> tuple[AlertResult, ...]:
    return receive_alerts(site, alerts, source="test", asked_by="monitor").results


def test_the_documents_example_opens_one_major_case_with_five_children(site: OpenSite) -> None:
    """Five affected accounts reach the threshold: one major case without an account, a child for each of the five."""
    (result,) = _receive(site, OUTAGE)
    assert (result.outcome, result.opened, result.cases) == (Reception.ACCEPTED, True, 6)
    shown = show_incident(site, result.incident or "")
    incident = shown.incident
    assert incident["stage"] == "Triage"
    assert incident["assignment_group"] == "Network Coordinators"
    assert (incident["category"], incident["subcategory"]) == ("SD-WAN", "Protocol failure")
    assert incident["priority"] == "1 - Critical"
    assert incident["needs_attention"] is True
    assert incident["impact_unknown"] is False
    assert incident["affected_account_count"] == 5
    assert incident["major_case_handling"] == "Promote directly"
    assert shown.major_case is not None
    assert shown.major_case["account"] is None
    assert shown.major_case["contact"] is None
    assert shown.major_case["major_case_state"] == "Accepted"
    assert {case["account"] for case in shown.cases} == AFFECTED
    assert {case["parent"] for case in shown.cases} == {shown.major_case.number}
    assert {service.name: service.effect for service in shown.services} == {
        "SD-WAN overlay North": "down",
        "SD-WAN overlay South": "degraded",
    }
    assert {account.name: account.install_base for account in shown.accounts} == {
        "Avid Corporation": 2,
        "Tom Tom Networks": 1,
        "Unity System": 1,
        "Harbour Logistics": 1,
        "Northwind Clinics": 1,
    }


def test_a_case_carries_the_fields_of_the_field_map_and_its_primary_contact(site: OpenSite) -> None:
    """Short description, description, channel and priority pass from the incident; the contact is the primary one."""
    _receive(site, OUTAGE)
    case = next(case for case in list_cases(site) if case["account"] == "Avid Corporation")
    assert case["short_description"] == OUTAGE["short_description"]
    assert case["description"] == OUTAGE["description"]
    assert (case["channel"], case["priority"]) == ("Monitoring", "1 - Critical")
    assert (case["proactive"], case["state"]) == (True, "New")
    assert (case["case_type"], case["service_definition"]) == ("Technology Product Support case", "Something is Broken")
    assert (case["contact"], case["contact_email"]) == ("Priya Raman", "priya.raman@avid.example.com")
    stream = show_case(site, case.number).activity
    assert [entry.text for entry in stream] == ["Created for INC0000001 under CS0000001"]


def test_the_case_number_stands_on_the_alert(site: OpenSite) -> None:
    """B5: the number of the major case is written on the alert, also on one that joins later."""
    first, second = _receive(site, OUTAGE, {**OUTAGE, "id": "a-2", "name": "tunnel down"})
    assert [alert["case_number"] for alert in list_alerts(site)] == ["CS0000001", "CS0000001"]
    assert (first.incident, second.incident) == ("INC0000001", "INC0000001")


def test_a_consumer_gets_a_case_of_the_type_of_its_service(site: OpenSite) -> None:
    """A broadband outage that hits one consumer makes one case of the customer service type, without a major case."""
    (result,) = _receive(site, {**OUTAGE, "ci": "OLT_30001", "subcategory": "Device failure"})
    shown = show_incident(site, result.incident or "")
    assert shown.major_case is None
    assert shown.incident["major_case_handling"] == "Individual cases"
    (case,) = shown.cases
    assert case["consumer"] == "Rosa Lindqvist"
    assert case["account"] is None
    assert [consumer.name for consumer in shown.consumers] == ["Rosa Lindqvist"]
    assert shown.alerts[0]["case_number"] == case.number


def test_below_the_threshold_each_customer_gets_a_case_of_its_own(site: OpenSite) -> None:
    """Two affected accounts: two cases, no major case, the first number on the alert."""
    (result,) = _receive(site, {**OUTAGE, "ci": "Vmanage_10002"})
    shown = show_incident(site, result.incident or "")
    assert shown.major_case is None
    assert {case["account"] for case in shown.cases} == {"Bluefield Retail", "Granite Insurance"}
    assert {case["parent"] for case in shown.cases} == {None}
    assert shown.alerts[0]["case_number"] == shown.cases[0].number


def test_an_alert_without_ci_opens_an_incident_whose_impact_is_unknown(site: OpenSite) -> None:
    """Nobody knows what failed: each such alert opens an incident that says so in a field and a work note."""
    alert = {name: value for name, value in OUTAGE.items() if name != "ci"}
    first, second = _receive(site, alert, {**alert, "id": "a-2"})
    assert first.incident != second.incident
    shown = show_incident(site, first.incident or "")
    assert shown.incident["impact_unknown"] is True
    assert any(entry.kind == "work note" and "impact is unknown" in (entry.text or "") for entry in shown.activity)
    assert "its impact is unknown" in first.notes
    assert not shown.cases


def test_a_ci_that_nobody_knows_is_kept_and_named(site: OpenSite) -> None:
    """The CI is kept as it came, the impact is unknown, later alerts of the same CI join."""
    first, second = _receive(site, {**OUTAGE, "ci": "Mystery_1"}, {**OUTAGE, "ci": "Mystery_1", "id": "a-2"})
    shown = show_incident(site, first.incident or "")
    assert shown.incident["configuration_item"] == "Mystery_1"
    assert shown.incident["impact_unknown"] is True
    assert any("does not know the configuration item Mystery_1" in (entry.text or "") for entry in shown.activity)
    assert (second.incident, second.opened) == (first.incident, False)


def test_a_cleared_alert_closes_nothing(site: OpenSite) -> None:
    """A clear is noted on its alert, by id or by CI and name, and incident and cases stay as they are."""
    _receive(site, OUTAGE)
    before = [dict(case) for case in list_cases(site)], dict(list_incidents(site)[0])
    (result,) = _receive(site, {"id": "a-1", "source": "monitor", "state": "cleared", "time": "2026-05-04T08:30:00Z"})
    assert (result.outcome, result.alert, result.opened) == (Reception.ACCEPTED, "ALERT0000001", False)
    alert = show_alert(site, "ALERT0000001").alert
    assert alert["state"] == "cleared"
    assert alert["cleared_at"].isoformat() == "2026-05-04T08:30:00+00:00"
    assert ([dict(case) for case in list_cases(site)], dict(list_incidents(site)[0])) == before
    (other,) = _receive(site, {**OUTAGE, "id": "c-9", "state": "cleared", "name": "nothing like it"})
    assert other.alert is None
    assert other.notes == ("it clears no alert that was received",)


def test_a_clear_under_an_id_of_its_own_finds_its_alert_by_ci_and_name(site: OpenSite) -> None:
    """Sources that number every message still clear the newest raised alert of the same CI and name."""
    _receive(site, OUTAGE, {**OUTAGE, "id": "a-2", "name": "other"})
    (result,) = _receive(site, {**OUTAGE, "id": "a-3", "state": "CLEARED", "time": "2026-05-04T09:00:00Z"})
    assert result.alert == "ALERT0000001"
    assert [alert["state"] for alert in list_alerts(site)] == ["raised", "cleared"]


def test_fields_that_nobody_knows_are_kept(site: OpenSite) -> None:
    """Unknown alert fields stand beside the known ones, numbers without loss."""
    (document,) = read_documents([json.dumps({**OUTAGE, "rack": {"row": 7}}).replace("}}", '}, "load": 0.10}')])
    _receive(site, document)
    alert = show_alert(site, "ALERT0000001").alert
    assert alert["rack"] == {"row": 7}
    assert alert["load"] == Decimal("0.1")


def test_repeats_change_nothing_and_say_so(site: OpenSite) -> None:
    """The same alert again, alone or with others, writes not a single row."""
    idless = {name: value for name, value in OUTAGE.items() if name != "id"}
    _receive(site, OUTAGE, {**idless, "ci": "Vmanage_10002"})
    before = snapshot(site)
    results = _receive(site, OUTAGE, {**idless, "ci": "Vmanage_10002"}, OUTAGE)
    assert {result.outcome for result in results} == {Reception.REPEATED}
    assert all("nothing was changed" in (result.reason or "") for result in results)
    assert [result.incident for result in results] == ["INC0000001", "INC0000002", "INC0000001"]
    assert snapshot(site) == before


def test_a_repeated_id_with_other_content_is_refused(site: OpenSite) -> None:
    """An id that comes back with other content is neither taken nor passed over in silence."""
    _receive(site, OUTAGE)
    before = snapshot(site)
    (result,) = _receive(site, {**OUTAGE, "severity": "minor"})
    assert result.outcome is Reception.REFUSED
    assert "other content" in (result.reason or "")
    assert snapshot(site) == before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"x": NaN}', "NaN is no JSON number"),
        (b"\xff\xfe{}", "not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"severity": 3}', "severity of an alert is a text, not a number"),
        ('{"id": ["x"]}', "id of an alert is a text or a number, not a list"),
        ('{"state": "burning"}', "state of an alert is raised or cleared"),
        ('{"time": "2026-05-04T08:00:00"}', "not a time with a zone"),
        ('{"time": "yesterday"}', "not a time with a zone"),
        ('{"name": "a\\u0000b"}', "NUL"),
        (json.dumps({"ci": "x" * 300}), "ci of an alert has 300 characters"),
        (json.dumps({"description": "x" * 1_000_001}), "longer than 1,000,000 characters"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_bad_line_is_refused_and_harms_no_other(site: OpenSite, line: str | bytes, reason: str) -> None:
    """A line that is no alert is refused with its number and the reason; the next one is taken."""
    bad, good = _receive(site, *read_documents([line, json.dumps(OUTAGE)]))
    assert (bad.line, bad.outcome) == (1, Reception.REFUSED)
    assert reason in (bad.reason or "")
    assert (good.line, good.outcome, good.incident) == (2, Reception.ACCEPTED, "INC0000001")


def test_a_blank_line_is_no_alert() -> None:
    """Blank lines and a byte order mark are passed over, line numbers stay those of the file."""
    documents = list(read_documents(["\ufeff{}", "", "   ", '{"a": 1}']))
    assert [document.line for document in documents] == [1, 4]


def test_numbers_of_records_have_their_prefix_and_seven_digits(site: OpenSite) -> None:
    """A2: INC, CS, TASK and ALERT with seven digits, each unique."""
    _receive(site, OUTAGE)
    shown = show_incident(site, "INC0000001")
    assert shown.alerts[0].number == "ALERT0000001"
    assert shown.tasks[0].number == "TASK0000001"
    numbers = [case.number for case in list_cases(site)]
    assert sorted(numbers) == [f"CS{number:07}" for number in range(1, 7)]


def test_notifications_are_staged_for_the_primary_contacts(site: OpenSite) -> None:
    """One notification a customer and case, in the transaction that made the case; the major case tells nobody."""
    _receive(site, OUTAGE)
    staged = [one for case in list_cases(site) for one in show_case(site, case.number).notifications]
    assert {(one.event, one.recipient, one.address) for one in staged} == {
        ("case created", "Priya Raman", "priya.raman@avid.example.com"),
        ("case created", "Jonas Weber", "jonas.weber@tomtom.example.com"),
        ("case created", "Mei Tanaka", "mei.tanaka@unity.example.com"),
        ("case created", "Carla Mendes", "carla.mendes@harbour.example.com"),
        ("case created", "Daniel Osei", "daniel.osei@northwind.example.com"),
    }
    assert len({one.event_id for one in staged}) == len(staged) == 5


_STREAM = [
    OUTAGE,
    {**OUTAGE, "id": "a-2", "name": "tunnel down", "severity": "minor"},
    {**OUTAGE, "id": "b-1", "ci": "Vmanage_10002"},
    {**OUTAGE, "id": "c-1", "ci": None},
]


def _what_stands(site: OpenSite) -> Any:
    """What a run left, without numbers and times, which depend on the order."""
    incidents = sorted(
        (
            str(one["configuration_item"]),
            str(one["major_case_handling"]),
            len(show_incident(site, one.number).alerts),
            sorted(str(case["account"]) for case in show_incident(site, one.number).cases),
        )
        for one in list_incidents(site)
    )
    return incidents, table_counts(site)["notifications"], table_counts(site)["journal"]


# Each example opens sites in folders of its own: the fixture only closes them at the end.
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_split_and_any_repeats_give_what_one_run_gives(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, make_open_site: Callable[..., OpenSite]
) -> None:
    """Alerts in any order, repeated and split over any runs, leave what one run of each leaves."""
    once = make_open_site(tmp_path_factory.mktemp("once"))
    _receive(once, *_STREAM)
    order = data.draw(st.lists(st.sampled_from(_STREAM), max_size=4).map(lambda more: [*more, *_STREAM]))
    order = data.draw(st.permutations(order))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=2)))
    often = make_open_site(tmp_path_factory.mktemp("often"))
    for start, end in itertools.pairwise([0, *cuts, len(order)]):
        _receive(often, *order[start:end])
    assert _what_stands(often) == _what_stands(once)


def test_every_delivery_names_its_case_and_customer(site: OpenSite, sink: RecordingSink) -> None:
    """What reaches a sink is rendered from the message file: subject, text and data speak of that customer's case."""
    _receive(site, OUTAGE)
    report = deliver(site)
    assert (report.delivered, report.waiting) == (5, 0)
    for one in sink.got:
        assert one.record in one.subject
        assert one.recipient in one.body
        assert one.data["case"] == one.record
        assert one.data["incident"] == "INC0000001"
    assert all(case["communication_sent_at"] for case in list_cases(site) if case["account"])
