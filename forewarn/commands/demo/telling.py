"""The story of the demo as a timeline for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from rich.table import Table
from rich.text import Text

from forewarn.commands.demo.story import Chapter, children
from forewarn.commands.explain import output_rows
from forewarn.commands.rendering import Column, heading, money, of, say, show, show_table, text_of
from forewarn.engine.activity import SYSTEM
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import ActivityEntry, AffectedCustomer, IncidentReport, RecordedDecision
from forewarn.engine.table_names import ACTION_STATES, FIELD_MAP, STATE_PHASES
from forewarn.plugins.api import RecordView

Thing = TypeVar("Thing")

LONGEST_TEXT = 96
"""Of a longer text, in characters, the beginning is told: a level's instructions have many lines."""

BOOKKEEPING = (ACTION_STATES, STATE_PHASES, FIELD_MAP)
"""Tables that are asked at every turn; the timeline names their rules, the answers stand in the records."""

NOTHING = (None, "", "0", "false")


def tell(site: OpenSite, chapters: list[Chapter], *, kept: Path | None) -> None:
    """Print the chapters, the customers, how it ended, and where to look next."""
    say("An outage, from alert to closure", style="bold")
    say("Every decision was read from a workbook of a site that was made a moment ago.", style="dim")
    for chapter in chapters:
        _tell_chapter(chapter)
        if chapter.customers:
            _tell_customers(chapter.report)
    _tell_end(chapters[-1].report)
    _tell_workbooks(site, chapters)
    _tell_next(chapters[-1].report, kept)


def _tell_chapter(chapter: Chapter) -> None:
    lines = Table.grid(padding=(0, 1))
    lines.add_column(width=5, no_wrap=True)
    lines.add_column(width=1, no_wrap=True)
    lines.add_column(overflow="fold")
    lines.add_row(
        Text(f"{chapter.at:%H:%M}", style="cyan"), "", Text.assemble((chapter.who, "bold"), f" {chapter.title}")
    )
    for line in _happenings(chapter):
        lines.add_row("", "·", Text(line))
    for line in _decided(chapter.decisions):
        lines.add_row("", Text("↳", style="green"), Text(line, style="green"))
    if chapter.told:
        lines.add_row("", Text("✉", style="yellow"), Text(_deliveries(chapter.told), style="yellow"))
    say()
    show(lines)


def _happenings(chapter: Chapter) -> Iterator[str]:
    """What followed from a step, a line a thing: what was said, and what changed on which records."""
    incident = chapter.report.incident.number
    said = [(entry.record, (entry.kind, _said(entry, chapter.who))) for entry in chapter.activity if entry.text]
    for (kind, text), records in _grouped(said).items():
        yield f"{_named(records, incident)}: {text}" if kind == SYSTEM else text
    changed: dict[str, list[str]] = {}
    for entry in chapter.activity:
        if entry.field is not None and not entry.field.endswith("_at"):
            changed.setdefault(entry.record, []).append(_change(entry))
    for text, records in _grouped((record, ", ".join(parts)) for record, parts in changed.items()).items():
        yield f"{_named(records, incident)}: {text}"


def _grouped(pairs: Iterable[tuple[str, Thing]]) -> dict[Thing, list[str]]:
    """Records by what happened to them, in the order in which it did."""
    groups: dict[Thing, list[str]] = {}
    for record, thing in pairs:
        groups.setdefault(thing, []).append(record)
    return groups


def _named(records: list[str], incident: str) -> str:
    return records[0] if len(records) == 1 or incident in records else of(len(records), "case")


def _said(entry: ActivityEntry, who: str) -> str:
    text = (entry.text or "").strip().splitlines()[0].strip("*# ")
    whole = text == (entry.text or "").strip()
    text = text if whole and len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rstrip() + " …"
    return text if entry.who == who else f"{entry.who}: {text}"


def _change(entry: ActivityEntry) -> str:
    name = (entry.field or "").replace("_", " ")
    new = _beginning(text_of(entry.new) or "(empty)")
    return f"{name} {new}" if entry.old in NOTHING else f"{name} {_beginning(text_of(entry.old))} → {new}"


def _beginning(text: str) -> str:
    return text if len(text) <= 40 else text[:40].rstrip() + " …"


def _decided(decisions: tuple[RecordedDecision, ...]) -> Iterator[str]:
    """A line a decision, alike ones once; what is asked at every turn in one line with the rules alone."""
    often: dict[str, dict[str, None]] = {}
    told: dict[str, None] = {}
    for decision in decisions:
        if decision.table in BOOKKEEPING:
            often.setdefault(decision.table, {}).update(dict.fromkeys(decision.rules))
        else:
            told[_answer(decision)] = None
    yield from told
    if often:
        yield "; ".join(f"{table} {', '.join(rules)}" for table, rules in often.items())


def _answer(decision: RecordedDecision) -> str:
    rows = [" · ".join(text_of(value) or "nothing" for value in row.values()) for row in output_rows(decision)]
    return f"{decision.table} {', '.join(decision.rules) or '(no rule)'}: {'; '.join(rows) or 'nothing'}"


def _deliveries(told: Mapping[str, int]) -> str:
    sinks = ", ".join(told)
    if len(set(told.values())) == 1:
        return f"{of(next(iter(told.values())), 'notification')} delivered, to each sink: {sinks}"
    return "delivered: " + ", ".join(f"{count:,} to {sink}" for sink, count in told.items())


def _tell_customers(report: IncidentReport) -> None:
    heading("Affected customers")
    columns = (
        Column("Account", folds=True),
        Column("Contract value", right=True),
        Column("Account escalated"),
        Column("Reactive cases", right=True),
        Column("Proactive record"),
        Column("Communication sent"),
        Column("Critical affected services", right=True),
        Column("Major record"),
    )
    proactive = {case.number: case for case in report.cases}
    rows = [_customer_row(customer, proactive.get(customer.case or "")) for customer in report.accounts]
    show_table(columns, rows)


def _customer_row(customer: AffectedCustomer, case: RecordView | None) -> list[str]:
    return [
        customer.name,
        money(customer.contract_value),
        text_of(case is not None),
        str(customer.reactive_cases),
        customer.case or "",
        text_of(case is not None and case["communication_sent_at"] is not None),
        str(customer.critical_services),
        text_of(None if case is None else case["parent"]),
    ]


def _tell_end(report: IncidentReport) -> None:
    heading("How it ended")
    records = [report.incident, *([] if report.major_case is None else [report.major_case]), *children(report)]
    columns = (
        Column("Record"),
        Column("What", folds=True),
        Column("State"),
        Column("Assignment group", folds=True),
        Column("Resolution code", folds=True),
    )
    rows = [
        (record.number, _what(record), record["state"], record["assignment_group"], record["resolution_code"])
        for record in records
    ]
    show_table(columns, rows)


def _what(record: RecordView) -> str:
    if record.get("major_case"):
        return f"major case, {record['major_case_state']}"
    return record.get("account") or record.kind


def _tell_workbooks(site: OpenSite, chapters: list[Chapter]) -> None:
    heading("What decided")
    made = [decision.table for chapter in chapters for decision in chapter.decisions]
    rows = [(name, site.rulebook.library.table(name).model.place, made.count(name)) for name in sorted(set(made))]
    show_table((Column("Table"), Column("Where it stands", folds=True), Column("Decisions", right=True)), rows)


def _tell_next(report: IncidentReport, kept: Path | None) -> None:
    heading("Where to look next")
    number = report.incident.number
    if kept is None:
        say("  forewarn demo --keep demo-site   play it again, and keep the site to look around")
        say("  forewarn init mysite             a site of your own, its workbooks yours to edit")
        return
    say("  everything about the incident; each rule, and the cell that stopped it:")
    say(f"    forewarn incident show {number} --site {kept}")
    say(f"    forewarn explain {number} --site {kept}")
    say("  the workbooks: change a cell, then run an alert of your own:")
    say(f"    {kept / 'decision_tables'}")
