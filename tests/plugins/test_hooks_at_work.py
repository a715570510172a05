"""Hooks at work in a site: flows that hang, observers that refuse, and what becomes of the transaction."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from forewarn.engine import cell_functions
from forewarn.engine.actions.incidents import add_work_note
from forewarn.engine.actions.timers import run_due
from forewarn.engine.actions.topics import add_topic
from forewarn.errors import BadPlugin, DecisionError, Refused, Severity
from forewarn.plugins.api import CaseType, EventContext, FlowContext, Outcome, RecordChange, SpokeAnswer, SpokeRequest
from forewarn.plugins.hookspecs import hookimpl
from forewarn.testing import TrialSite

ESCALATION = ("decision_tables/incident_escalation_policy.xlsx", "Incident Escalation Policy")
Alert = Callable[..., dict[str, Any]]


class Offering:
    """A plugin that offers what it is given."""

    def __init__(self, **offers: Any) -> None:
        for name, value in offers.items():
            setattr(self, f"forewarn_{name}", hookimpl(self._hook(value)))

    @staticmethod
    def _hook(value: Any) -> Any:
        def hook() -> Any:
            return value

        return hook


class Observer:
    """Remembers what it was told; does what ``before`` and ``after`` say."""

    def __init__(self) -> None:
        self.before: Callable[[Sequence[RecordChange]], Any] = lambda changes: None
        self.after: Callable[[Sequence[RecordChange]], Any] = lambda changes: None
        self.told: list[tuple[str, Sequence[RecordChange]]] = []

    def before_commit(self, changes: Sequence[RecordChange]) -> None:
        self.told.append(("before", changes))
        self.before(changes)

    def after_commit(self, changes: Sequence[RecordChange]) -> None:
        self.told.append(("after", changes))
        self.after(changes)


def names_flow(site: TrialSite, flow: str, stage: str) -> None:
    """Write the flow's name into the sheet, for link failures at a stage."""
    site.set_cell(*ESCALATION, site.cell(*ESCALATION, "Flow", Subcategory="Link failure", Stage=stage), flow)


def test_check_names_the_cell_of_a_flow_until_a_plugin_provides_it(
    forewarn_site: TrialSite, forewarn_alert: Alert
) -> None:
    """A new flow in the sheet is a finding with its cell; with a plugin in the site's folder it runs."""
    names_flow(forewarn_site, "Our New Flow", "Triage")
    (finding,) = [one for one in forewarn_site.check() if one.code == "FW403"]
    assert "Our New Flow" in f"{finding.message} {finding.text}"
    cell = forewarn_site.cell(*ESCALATION, "Flow", Subcategory="Link failure", Stage="Triage")
    assert finding.place.cell == cell
    (forewarn_site.root / "plugins" / "ours.py").write_text(
        "from forewarn.plugins.hookspecs import hookimpl\n\n\n@hookimpl\ndef forewarn_flows():\n"
        "    return {'Our New Flow': lambda context: context.work_note('ours ran')}\n"
    )
    assert [one for one in forewarn_site.check() if one.code == "FW403"] == []
    forewarn_site.receive(forewarn_alert())
    forewarn_site.escalate("INC0000001")
    assert "ours ran" in forewarn_site.notes("INC0000001")


def test_a_flow_that_hangs_refuses_the_escalation_and_nothing_is_changed(
    forewarn_site: TrialSite, forewarn_alert: Alert
) -> None:
    """What it wrote before it hung is undone; what it writes afterwards goes nowhere; mended, the escalation works."""
    hold, ended = threading.Event(), threading.Event()
    late: list[str] = []

    def hangs(context: FlowContext) -> None:
        context.work_note("begun")
        hold.wait(60)
        try:
            context.work_note("too late")
        except RuntimeError as error:
            late.append(str(error))
        ended.set()

    settings = forewarn_site.root / "forewarn.toml"
    settings.write_text(settings.read_text() + "\n[plugins]\nflow_seconds = 0.3\n")
    names_flow(forewarn_site, "Hangs", "Triage")
    forewarn_site.plugins["ours"] = Offering(flows={"Hangs": hangs})
    forewarn_site.receive(forewarn_alert())
    before = forewarn_site.show("INC0000001")
    with pytest.raises((BadPlugin, Refused), match=r"'Hangs' failed: it did not come back within 0\.3 s"):
        forewarn_site.escalate("INC0000001")
    hold.set()
    assert ended.wait(10)
    assert late == ["the flow is over: its context cannot be used any more"]
    assert forewarn_site.show("INC0000001") == before
    forewarn_site.plugins["ours"] = Offering(flows={"Hangs": lambda context: context.work_note("mended")})
    forewarn_site.escalate("INC0000001")
    assert "mended" in forewarn_site.notes("INC0000001")


def test_an_alert_is_kept_although_its_flow_hangs(forewarn_site: TrialSite, forewarn_alert: Alert) -> None:
    """The incident stands, needs attention, and a work note says why; its cases are there."""
    hold = threading.Event()
    settings = forewarn_site.root / "forewarn.toml"
    settings.write_text(settings.read_text() + "\n[plugins]\nflow_seconds = 0.3\n")
    names_flow(forewarn_site, "Hangs", "empty")
    forewarn_site.plugins["ours"] = Offering(flows={"Hangs": lambda context: hold.wait(60)})
    (result,) = forewarn_site.receive(forewarn_alert()).results
    hold.set()
    report = forewarn_site.show("INC0000001")
    assert (result.incident, report.incident["needs_attention"], len(report.cases)) == ("INC0000001", True, 5)
    assert any("it did not come back within 0.3 s" in note for note in forewarn_site.notes("INC0000001"))


def test_forewarn_record_observers_see_what_a_transaction_changed(
    forewarn_site: TrialSite, forewarn_alert: Alert
) -> None:
    """Once before and once after the commit: the alert, the incident, its tasks and every case, new ones marked."""
    observer = Observer()
    forewarn_site.plugins["ours"] = Offering(record_observers=[observer])
    forewarn_site.receive(forewarn_alert())
    (before, first), (after, second) = observer.told
    assert (before, after, first) == ("before", "after", second)
    by_kind: dict[str, list[RecordChange]] = {}
    for change in first:
        by_kind.setdefault(change.record.kind, []).append(change)
    assert {kind: len(changes) for kind, changes in by_kind.items()}["case"] >= 5
    assert all(change.created for changes in by_kind.values() for change in changes)
    (incident,) = by_kind["incident"]
    assert incident.record["assignment_group"] == "Network Coordinators"
    observer.told.clear()
    with forewarn_site.open() as site:
        add_work_note(site, "INC0000001", "looked at it", asked_by="eva")
    ((_, (noted,)), _) = observer.told
    assert (noted.record.number, noted.created, noted.asked_by) == ("INC0000001", False, "eva")
    observer.told.clear()
    forewarn_site.escalate("INC0000001")
    changed = next(one for one in observer.told[0][1] if one.record.kind == "incident").changes
    assert changed["stage"] == ("Triage", "L1 investigation")


def test_an_observer_may_refuse_before_the_commit(forewarn_site: TrialSite, forewarn_alert: Alert) -> None:
    """Nothing of the transaction remains, who asked is told why, and nobody is told of a commit."""
    observer = Observer()
    forewarn_site.plugins["ours"] = Offering(record_observers=[observer])
    forewarn_site.receive(forewarn_alert())
    standing = forewarn_site.show("INC0000001")
    observer.told.clear()

    def refuse(changes: Sequence[RecordChange]) -> None:
        raise Refused("freeze: no escalations today")

    observer.before = refuse
    with pytest.raises(Refused, match="freeze: no escalations today"):
        forewarn_site.escalate("INC0000001")
    (result,) = forewarn_site.receive(forewarn_alert(ci="Vmanage_10002")).results
    assert (result.outcome, result.reason) == ("refused", "freeze: no escalations today")
    assert forewarn_site.show("INC0000001") == standing
    assert {moment for moment, _ in observer.told} == {"before"}


def _exits(changes: Sequence[RecordChange]) -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_observer_that_fails_undoes_nothing(
    forewarn_site: TrialSite, forewarn_alert: Alert, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    """One that exits is one line in the log; the observers beside it are told, the alert is taken."""
    broken, good = Observer(), Observer()
    setattr(broken, moment, _exits)
    forewarn_site.plugins["ours"] = Offering(record_observers=[broken, good])
    with caplog.at_level(logging.ERROR, logger="forewarn.plugins"):
        (result,) = forewarn_site.receive(forewarn_alert()).results
    assert result.incident == "INC0000001"
    assert [moment for moment, _ in good.told] == ["before", "after"]
    (line,) = caplog.messages
    assert f"{moment}_commit: SystemExit: 3" in line


def test_an_observer_cannot_refuse_what_is_committed(
    forewarn_site: TrialSite, forewarn_alert: Alert, caplog: pytest.LogCaptureFixture
) -> None:
    """It is too late, and the log says so."""
    observer = Observer()

    def refuse(changes: Sequence[RecordChange]) -> None:
        raise Refused("too late")

    observer.after = refuse
    forewarn_site.plugins["ours"] = Offering(record_observers=[observer])
    (result,) = forewarn_site.receive(forewarn_alert()).results
    assert result.incident == "INC0000001"
    assert "it cannot refuse what is committed: too late" in caplog.text


def rules_of_ours(site: TrialSite, action: str) -> None:
    """A workbook with one rule for alerts and one for clears, each with a value."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Our Rules"
    for row in (
        ["Our Rules"],
        ["Event rules", "Event", "Do", "With"],
        ["Rule", "Event", "Do", "notification.text"],
        ["X01", "alert", action, "look at {alert.ci}"],
        ["X02", "clear", action, None],
    ):
        sheet.append(row)
    book.save(site.root / "rules" / "ours.xlsx")


def test_forewarn_event_actions_run_with_and_without_an_incident(
    forewarn_site: TrialSite, forewarn_alert: Alert
) -> None:
    """Named by an event rule, unknown until a plugin offers it; it sees rule, values, alert and incident."""
    rules_of_ours(forewarn_site, "run page the NOC")
    assert [one.place.sheet for one in forewarn_site.check() if one.code == "FW403"] == ["Our Rules", "Our Rules"]
    seen: list[tuple[Any, ...]] = []

    def page(context: EventContext) -> None:
        alert, incident = context.alert, context.incident
        seen.append((context.rule, context.values.get("notification.text"), alert and alert.number, incident is None))
        if incident is not None:
            context.work_note(f"paged for {incident.number}")
            context.set(short_description="The NOC knows")

    forewarn_site.plugins["ours"] = Offering(event_actions={"page the NOC": page})
    assert not [one for one in forewarn_site.check() if one.code == "FW403"]
    forewarn_site.receive(forewarn_alert(), forewarn_alert(state="cleared", name="never raised", ci="Vmanage_10002"))
    assert seen == [("X01", "look at Vmanage_10001", "ALERT0000001", False), ("X02", None, None, True)]
    assert "paged for INC0000001" in forewarn_site.notes("INC0000001")
    assert forewarn_site.show("INC0000001").incident["short_description"] == "The NOC knows"


def test_an_event_action_that_fails_harms_nothing_else(forewarn_site: TrialSite, forewarn_alert: Alert) -> None:
    """What it did is undone, the incident stands and says so, the operator sees a line."""
    rules_of_ours(forewarn_site, "run page the NOC")

    def page(context: EventContext) -> None:
        context.work_note("begun")
        raise SystemExit(2)

    forewarn_site.plugins["ours"] = Offering(event_actions={"page the NOC": page})
    (result,) = forewarn_site.receive(forewarn_alert()).results
    assert (result.incident, result.cases) == ("INC0000001", 6)
    assert any("the event action 'page the NOC' failed: SystemExit: 2" in note for note in result.notes)
    notes = forewarn_site.notes("INC0000001")
    assert "begun" not in notes
    assert any("Needs attention: rule X01" in note for note in notes)


def table_that_computes(site: TrialSite, expression: str) -> None:
    """A table of the site's own whose one rule computes."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Worth"
    for row in (
        ["Worth"],
        ["First", "If", "Then expression"],
        ["Rule", "incident.short_description", "incident.description"],
        ["Values", None, None],
        ["W1", "-", expression],
    ):
        sheet.append(row)
    book.save(site.root / "decision_tables" / "worth.xlsx")


def test_forewarn_cell_functions_are_called_by_expressions(forewarn_site: TrialSite) -> None:
    """By a name with spaces, by position or by name, with what the cells hold; unknown until a plugin offers it."""
    table_that_computes(forewarn_site, 'worth of("Avid") + worth of(customer: "Unity") + incident.short_description')
    with forewarn_site.open() as site, pytest.raises(DecisionError, match="there is nothing named 'worth of'"):
        site.rulebook.library.table("Worth").decide({"incident.short_description": "abc"})

    def worth(customer: str) -> str:
        return {"Avid": "much, ", "Unity": "little, "}[customer]

    forewarn_site.plugins["ours"] = Offering(cell_functions={"worth of": worth})
    assert not [one for one in forewarn_site.check() if one.place.sheet == "Worth" and one.severity is Severity.ERROR]
    with forewarn_site.open() as site:
        table = site.rulebook.library.table("Worth")
        decision = table.decide({"incident.short_description": "abc"})
        assert decision.outputs == {"incident.description": "much, little, abc"}


def _answers_nonsense(customer: str) -> Any:
    return object()


def _raises(customer: str) -> Any:
    raise KeyError(customer)


def _leaves(customer: str) -> Any:
    raise SystemExit(4)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_raises, "the function 'worth of' failed: KeyError: 'abc'"),
        (_leaves, "the function 'worth of' failed: RuntimeError: it called sys.exit(4)"),
        (_answers_nonsense, "the function 'worth of' answered object, which is no value of a cell"),
    ],
)
def test_a_cell_function_that_fails_is_an_error_of_the_decision(
    forewarn_site: TrialSite, function: Any, said: str
) -> None:
    """It names the function; a decision that needs it is not made, and nothing else is touched."""
    table_that_computes(forewarn_site, "worth of(incident.short_description)")
    forewarn_site.plugins["ours"] = Offering(cell_functions={"worth of": function})
    with forewarn_site.open() as site, pytest.raises(DecisionError) as caught:
        site.rulebook.library.table("Worth").decide({"incident.short_description": "abc"})
    assert said in str(caught.value)


def test_a_cell_function_that_hangs_is_bounded(forewarn_site: TrialSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision fails after the limit."""
    hold = threading.Event()
    monkeypatch.setattr(cell_functions, "SECONDS", 0.2)
    table_that_computes(forewarn_site, "worth of(incident.short_description)")
    forewarn_site.plugins["ours"] = Offering(cell_functions={"worth of": lambda customer: hold.wait(60)})
    with forewarn_site.open() as site, pytest.raises(DecisionError, match=r"within 0\.2 s"):
        site.rulebook.library.table("Worth").decide({"incident.short_description": "abc"})
    hold.set()


def test_forewarn_case_types_bring_fields_of_their_own(forewarn_site: TrialSite, forewarn_alert: Alert) -> None:
    """The Field Map fills them when a case is made, messages speak of them; unknown until a plugin offers the type."""
    sheet = ("decision_tables/field_map.xlsx", "Field Map")
    path = forewarn_site.root / sheet[0]
    book = openpyxl.load_workbook(path)
    of_type = "Technology Product Support case"
    book[sheet[1]].append(["F99", "incident", "case created", of_type, "configuration_item", "router_serial"])
    book.save(path)
    (forewarn_site.root / "messages" / "email_to_proactive_case.md").write_text(
        "---\nsubject: Your case {{ case.number }}\n---\nIt is about {{ case.router_serial }}.\n"
    )
    codes = {one.code for one in forewarn_site.check() if one.severity is Severity.ERROR}
    assert codes == {"FW407", "FW606"}
    types = {of_type: CaseType("Cases about routers", ("router_serial",))}
    forewarn_site.plugins["ours"] = Offering(case_types=types)
    assert not [one for one in forewarn_site.check() if one.severity is Severity.ERROR]
    forewarn_site.receive(forewarn_alert())
    cases = [one for one in forewarn_site.show("INC0000001").cases if one["account"]]
    assert [case["router_serial"] for case in cases] == ["Vmanage_10001"] * 5
    forewarn_site.deliver()
    assert {one.body for one in forewarn_site.sink.delivered} == {"It is about Vmanage_10001."}


def test_a_rule_at_its_time_that_an_observer_refuses_is_looked_at_again(
    forewarn_site: TrialSite, forewarn_alert: Alert
) -> None:
    """The tick ends, says why, and does the rule's work when the observer lets it."""
    observer = Observer()
    forewarn_site.plugins["ours"] = Offering(record_observers=[observer])
    forewarn_site.receive(forewarn_alert())
    forewarn_site.clock.advance(timedelta(minutes=20))

    def refuse(changes: Sequence[RecordChange]) -> None:
        raise Refused("freeze")

    observer.before = refuse
    with forewarn_site.open() as site:
        refused = run_due(site, asked_by="t")
    assert refused.fired == ()
    assert "freeze" in refused.notes
    assert forewarn_site.show("INC0000001").incident["stage"] == "Triage"
    observer.before = lambda changes: None
    forewarn_site.clock.advance(timedelta(minutes=6))
    with forewarn_site.open() as site:
        assert run_due(site, asked_by="t").fired
    assert forewarn_site.show("INC0000001").incident["stage"] == "L1 investigation"


class Spoke:
    """Another system that takes what it is posted, and says whether it does."""

    def __init__(self) -> None:
        self.asked: list[SpokeRequest] = []
        self.answer = SpokeAnswer(Outcome.DELIVERED)

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        self.asked.append(request)
        return self.answer


def test_forewarn_spoke_selectors_choose_who_posts_to_a_bus(forewarn_site: TrialSite, forewarn_alert: Alert) -> None:
    """With a bus of the kind spokes a plugin makes topics and posts events; what it leaves waits and says so."""
    spoke = Spoke()
    forewarn_site.plugins["mine"] = Offering(spoke_selectors=[lambda one: spoke if one.target == "mine" else None])
    forewarn_site.configure("bus", kind="spokes", publisher="openMessageBus")
    with forewarn_site.open() as site:
        assert add_topic(site, "mine", header_query="eventType=TroubleTicketCreateEvent", asked_by="t").failures == ()
        (failure,) = add_topic(site, "nobodys", content_query="troubleTicket.id=INC0000001", asked_by="t").failures
    assert failure == "topic nobodys: sink bus: no plugin's spoke selector took it"
    assert [(one.target, one.operation) for one in spoke.asked] == [("mine", "create topic")]
    forewarn_site.receive(forewarn_alert())
    bus = {one.sink: one for one in forewarn_site.deliver().sinks}["bus"]
    posted = [one for one in spoke.asked if one.operation == "publish"]
    assert {one.target for one in posted} == {"mine"}
    assert all(one.key == one.payload["eventId"] for one in posted)
    assert len(posted) == len({one.key for one in posted}) == bus.delivered + 1
    # The incident's event is for both topics: the one has it, the other has nobody who posts to it.
    assert (bus.retry, bus.reasons) == (1, ("topic nobodys: no plugin's spoke selector took it",))
