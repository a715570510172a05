"""The story of the demo as a timeline for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.text import Text

from forewarn.commands.demo.story import Chapter, children
from forewarn.commands.explain import output_rows
from forewarn.commands.records import what_happened
from forewarn.commands.rendering import Column, console, heading, money, of, say, show_table, text_of
from forewarn.decision_tables.explaining import show
from forewarn.engine.actions.cases import show_case
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import AffectedCustomer, IncidentReport, RecordedDecision
from forewarn.plugins.api import Outcome, RecordView

SHORTEST_NOTE = 100
"""A note longer than this, in characters, is told by its first line: the level's instructions have many."""


def tell(site: OpenSite, chapters: list[Chapter], *, kept: Path | None) -> None:
    """Print the chapters, the customers, how it ended, and where to look next."""
    say("An outage, from alert to closure", style="bold")
    say("Every decision below was read from a workbook of a site that was made a moment ago.", style="dim")
    for chapter in chapters:
        _tell_chapter(chapter)
        if chapter.customers:
            _tell_customers(site, chapter.report)
    _tell_end(chapters[-1].report)
    _tell_workbooks(site, chapters)
    _tell_next(chapters[-1].report, kept)


def _tell_chapter(chapter: Chapter) -> None:
    line = Text.assemble("\n", (f"{chapter.at:%H:%M}  ", "cyan"), (chapter.who, "bold"), f" {chapter.title}")
    console().print(line, soft_wrap=True)
    for entry in _events(chapter):
        console().print(Text(f"       · {entry}"), soft_wrap=True)
    for decision in chapter.decisions:
        console().print(Text.assemble("       ", ("decided  ", "green"), _decided(decision)), soft_wrap=True)


def _events(chapter: Chapter) -> Iterator[str]:
    """What followed from a step, in lines: what changed on the incident, what was said, who was told."""
    for entry in chapter.activity:
        if entry.field is not None or entry.text:
            yield _shortened(what_happened(entry))
    if chapter.told:
        yield f"{of(chapter.told, 'notification')} delivered"


def _shortened(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(text) <= SHORTEST_NOTE and first == text.strip() else first[:SHORTEST_NOTE].rstrip() + " …"


def _decided(decision: RecordedDecision) -> str:
    rows = output_rows(decision)
    answers = "; ".join(", ".join(f"{name} {show(value)}" for name, value in row.items()) for row in rows)
    rules = ", ".join(decision.rules) or "no rule"
    return f"{decision.table} {rules}: {answers or 'nothing'}"


def _tell_customers(site: OpenSite, report: IncidentReport) -> None:
    heading("Affected customers")
    columns = (
        Column("Account", folds=True),
        Column("Contract value", right=True),
        Column("Account escalated"),
        Column("Proactive record"),
        Column("Communication sent"),
        Column("Major record"),
    )
    by_number = {case.number: case for case in report.cases}
    show_table(columns, [_customer_row(site, customer, by_number) for customer in report.accounts])


def _customer_row(site: OpenSite, customer: AffectedCustomer, cases: Mapping[str, RecordView]) -> list[str]:
    case = cases.get(customer.case or "")
    return [
        customer.name,
        money(customer.contract_value),
        text_of(case is not None),
        customer.case or "",
        text_of(case is not None and _was_told(site, case.number)),
        text_of(None if case is None else case["parent"]),
    ]


def _was_told(site: OpenSite, case: str) -> bool:
    return any(Outcome.DELIVERED in told.outcomes.values() for told in show_case(site, case).notifications)


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
        (
            record.number,
            record.get("account")
            or (f"major case, {record['major_case_state']}" if record.get("major_case") else record.kind),
            record["state"],
            record["assignment_group"],
            record["resolution_code"],
        )
        for record in records
    ]
    show_table(columns, rows)


def _tell_workbooks(site: OpenSite, chapters: list[Chapter]) -> None:
    heading("What decided")
    names = sorted({decision.table for chapter in chapters for decision in chapter.decisions})
    counts = {
        name: sum(decision.table == name for chapter in chapters for decision in chapter.decisions) for name in names
    }
    rows = [(name, site.rulebook.library.table(name).model.place, counts[name]) for name in names]
    show_table((Column("Table"), Column("Where it stands", folds=True), Column("Decisions", right=True)), rows)


def _tell_next(report: IncidentReport, kept: Path | None) -> None:
    heading("Where to look next")
    number = report.incident.number
    if kept is None:
        say("  forewarn demo --keep demo-site        play it again and keep the site to look around")
        say("  forewarn init mysite                  a site of your own, its workbooks yours to edit")
        return
    say(f"  forewarn incident show {number} --site {kept}")
    say(f"  forewarn explain {number} --site {kept}      each rule, and the cell that stopped it")
    say(f"  {kept / 'decision_tables'}      change a cell, then run an alert of your own")
