"""The story of the demo: who does what, one action after the other, through the actions that every surface uses.

The steps follow the documents' example (S3 "Example" under the workspace section). Names of people, groups and
customers come from the sample inventory; what follows from each step is read from the store, not written here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forewarn.engine.actions import alerts, cases, delivery, incidents
from forewarn.engine.actions.decisions import explain_record
from forewarn.engine.actions.inventory import load_files
from forewarn.engine.activity import COMMENT
from forewarn.engine.clock import SteppingClock
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import ActivityEntry, DeliveryReport, IncidentReport, RecordedDecision
from forewarn.errors import NotFound
from forewarn.plugins.api import RecordView

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

MONITORING = "fault management"
COORDINATOR = "nora.quinn"
FIRST_LEVEL = "elena.petrova"
SECOND_LEVEL = "lucy.chan"
MAJOR_ISSUE_MANAGER = "mara.lind"

ALERT = {
    "id": "vmanage-10001-restart",
    "ci": "Vmanage_10001",
    "name": "controller_restart_failed",
    "severity": "Critical",
    # The outside world's spellings: the Aliases sheet knows them.
    "category": "SD WAN",
    "subcategory": "Protocol Failure",
    "short_description": "Vmanage_10001 did not come back up after a change",
    "description": "The controller was restarted at the end of a change and has not answered since.",
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One step of the story: when, who, what they did; then what the store tells that followed.

    ``report`` is the incident as it stood after the step; ``activity`` (of the incident and its cases) and
    ``decisions`` are new with it; ``told`` counts by sink what was delivered.
    """

    at: datetime
    who: str
    title: str
    report: IncidentReport
    activity: tuple[ActivityEntry, ...]
    decisions: tuple[RecordedDecision, ...]
    told: Mapping[str, int]
    customers: bool = False


def act(site: OpenSite, inventory: Sequence[Path]) -> list[Chapter]:
    """Play the whole story on an empty site; returns its chapters."""
    load_files(site, inventory, strict=True, asked_by="demo")
    story = _Story(site)
    story.step(MONITORING, "sends an alert", story.alert, customers=True)
    story.step(
        COORDINATOR,
        "finds no quick way out and escalates",
        story.escalate("A restart changes nothing; the control connections stay down."),
    )
    story.step(
        FIRST_LEVEL,
        "tells the major issue manager",
        story.note(f"{MAJOR_ISSUE_MANAGER} is told: five customers are down."),
    )
    story.step(FIRST_LEVEL, "sees that the device itself has failed: subcategory Device failure", story.device_failure)
    story.step(
        FIRST_LEVEL, "escalates again", story.escalate("The box does not boot any more; this is no protocol fault.")
    )
    story.step(
        SECOND_LEVEL,
        "brings the controller back",
        story.note("Controller started from its standby image; tunnels come up."),
    )
    story.step("four customers", "report that it works again", story.four_report)
    story.step(SECOND_LEVEL, "writes to the fifth", story.ask_fifth)
    story.step("the fifth customer", "answers on the case", story.fifth_answers)
    story.step(SECOND_LEVEL, "resolves the incident", story.resolve)
    story.step(MAJOR_ISSUE_MANAGER, "resolves the major case, and with it the customers' cases", story.resolve_major)
    story.step(MAJOR_ISSUE_MANAGER, "closes the major case, and with it the others", story.close_major)
    story.step(SECOND_LEVEL, "closes the incident", story.close)
    return story.chapters


class _Story:
    """The site that the story plays on, and what has been told so far."""

    def __init__(self, site: OpenSite) -> None:
        self.site = site
        self.chapters: list[Chapter] = []
        self._clock = site.clock
        self._known: dict[str, int] = {}
        self._decided = 0

    def step(self, who: str, title: str, action: Callable[[str], object], *, customers: bool = False) -> None:
        """Do one step, deliver what it gave rise to, and keep what is new in the store."""
        at = self._clock.now()
        action(who)
        told = {sink.sink: sink.delivered for sink in deliver_quietly(self.site).sinks if sink.delivered}
        report = self.report
        activity = self._activity(report)
        decisions = recorded_decisions(self.site, report)
        self.chapters.append(
            Chapter(
                at=at,
                who=who,
                title=title,
                report=report,
                activity=activity,
                decisions=tuple(decisions[self._decided :]),
                told=told,
                customers=customers,
            )
        )
        self._decided = len(decisions)
        if isinstance(self._clock, SteppingClock):
            self._clock.advance(timedelta(minutes=1))

    def _activity(self, report: IncidentReport) -> tuple[ActivityEntry, ...]:
        """What is new in the streams of the incident and, for what happens there alone, of its cases."""
        streams = {report.incident.number: report.activity}
        for case in related_cases(report):
            told = cases.show_case(self.site, case.number).activity
            # What is said on a case stands on the incident too, where it is told once.
            streams[case.number] = tuple(entry for entry in told if entry.kind != COMMENT)
        new = [entry for number, stream in streams.items() for entry in stream[self._known.get(number, 0) :]]
        self._known = {number: len(stream) for number, stream in streams.items()}
        return tuple(new)

    @property
    def number(self) -> str:
        """The number of the one incident."""
        return incidents.list_incidents(self.site)[0].number

    @property
    def report(self) -> IncidentReport:
        """The one incident as it stands."""
        return incidents.show_incident(self.site, self.number)

    @property
    def children(self) -> list[RecordView]:
        """The customers' cases, by number."""
        return children(self.report)

    @property
    def major_case(self) -> RecordView:
        """The major case; raises NotFound where the policy made none, for the story cannot go on then."""
        found = self.report.major_case
        if found is None:
            raise NotFound("the Major Case Policy made no major case", hint="the demo plays on the stock workbooks")
        return found

    def alert(self, who: str) -> None:
        """The alert comes in, with the outside world's spellings."""
        alerts.receive_alerts(self.site, [ALERT], source=who, asked_by=who)

    def escalate(self, note: str) -> Callable[[str], object]:
        """Escalate with a note."""
        return lambda who: incidents.escalate_incident(self.site, self.number, note, asked_by=who)

    def note(self, text: str) -> Callable[[str], object]:
        """Add a work note."""
        return lambda who: incidents.add_work_note(self.site, self.number, text, asked_by=who)

    def device_failure(self, who: str) -> None:
        """The subcategory turns out to be another."""
        incidents.update_incident(self.site, self.number, {"subcategory": "Device Failure"}, asked_by=who)

    def four_report(self, who: str) -> None:
        """All customers but the last say that it works."""
        for case in self.children[:-1]:
            cases.comment_case(self.site, case.number, "It works again here.", asked_by=contact(case), by_customer=True)

    def ask_fifth(self, who: str) -> None:
        """A message to the last customer alone."""
        text = "The controller is up again. Please restart the edge device of your main site and tell us what you see."
        incidents.message_customers(self.site, self.number, text, [self.children[-1].number], asked_by=who)

    def fifth_answers(self, who: str) -> None:
        """The last customer answers on the case; it lands on the incident."""
        case = self.children[-1]
        text = "Restarted as you said: the tunnels are up and all our sites are online."
        cases.comment_case(self.site, case.number, text, asked_by=contact(case), by_customer=True)

    def resolve(self, who: str) -> None:
        """Resolve the incident; the resolution goes to every case."""
        incidents.resolve_incident(
            self.site,
            self.number,
            "Fixed by Support/Guidance provided",
            "The controller was started from its standby image and the edges connected again.",
            "Change",
            asked_by=who,
        )

    def resolve_major(self, who: str) -> None:
        """The major issue manager resolves the major case with what the incident's resolution wrote on it."""
        cases.resolve_case(self.site, self.major_case.number, asked_by=who)

    def close_major(self, who: str) -> None:
        """The major issue manager closes the major case, and with it its children."""
        cases.close_case(self.site, self.major_case.number, asked_by=who)

    def close(self, who: str) -> None:
        """Close the incident."""
        incidents.close_incident(self.site, self.number, asked_by=who)


def contact(case: RecordView) -> str:
    """The contact of a customer's case, who speaks for the customer."""
    return str(case["contact"])


def children(report: IncidentReport) -> list[RecordView]:
    """The customers' cases of an incident, by number."""
    return sorted((case for case in report.cases if case["parent"]), key=lambda case: case.number)


def related_cases(report: IncidentReport) -> list[RecordView]:
    """The major case, where there is one, and all other cases of an incident, by number."""
    found = {case.number: case for case in report.cases}
    if report.major_case is not None:
        found[report.major_case.number] = report.major_case
    return [found[number] for number in sorted(found)]


def recorded_decisions(site: OpenSite, report: IncidentReport) -> list[RecordedDecision]:
    """Every decision about an incident, its alerts and its cases, in the order of time."""
    numbers = [alert.number for alert in report.alerts]
    numbers.append(report.incident.number)
    numbers += [case.number for case in related_cases(report)]
    found = [made.decision for number in numbers for made in explain_record(site, number)]
    return sorted(found, key=lambda decision: decision.at)


def deliver_quietly(site: OpenSite) -> DeliveryReport:
    """Deliver, while the console sink's lines go nowhere: the story tells them in its own way."""
    nowhere = io.StringIO()
    with redirect_stdout(nowhere), redirect_stderr(nowhere):
        return delivery.deliver(site)
