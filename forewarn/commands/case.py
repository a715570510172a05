"""``forewarn case``: work on customers' cases."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.records import (
    limit_option,
    phase_option,
    show_change,
    show_record,
    show_records,
    show_stream,
    stream_option,
)
from forewarn.commands.rendering import Column, heading, show_json, show_table, time_of
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import cases
from forewarn.engine.reports import CaseReport

LIST_COLUMNS = (
    ("number", Column("Number")),
    ("parent", Column("Parent")),
    ("account/consumer", Column("Customer", folds=True)),
    ("state", Column("State", folds=True)),
    ("resolution_code", Column("Resolution code", folds=True)),
    ("incident", Column("Incident")),
    ("short_description", Column("Short description", folds=True)),
)

number_argument = click.argument("number", metavar="CS")


@click.group(cls=TaughtGroup, short_help="Work on customers' cases, major ones too.")
def case() -> None:
    """Cases: what a customer is told, and answers.

    A major case stands over the cases of all customers of an outage, and
    has no customer of its own.
    """


@case.command(
    "list",
    short_help="List cases, newest first.",
    examples="""
        forewarn case list --incident INC0000001 --phase open
    """,
)
@click.option("--incident", metavar="INC", help="Those of one incident alone.")
@phase_option
@limit_option
@json_option
@needs_site
def list_(caller: Caller, incident: str | None, phase: str | None, limit: int | None, as_json: bool) -> None:
    """List cases, newest first."""
    with caller.site() as site:
        found = cases.list_cases(site, incident=incident, phase=phase, limit=limit)
    show_records(found, LIST_COLUMNS, as_json=as_json)


@case.command(
    "show",
    short_help="Show one case, its children and its stream.",
    examples="""
        forewarn case show CS0000001 --stream comment
    """,
)
@number_argument
@stream_option
@json_option
@needs_site
def show(caller: Caller, number: str, stream: str, as_json: bool) -> None:
    """Show one case: its parent or children, what was sent, what was said."""
    with caller.site() as site:
        report = cases.show_case(site, number)
    if as_json:
        show_json(report)
    else:
        _show_page(report, stream)


@case.command(
    "generate",
    short_help="Make cases for an incident's customers.",
    examples="""
        forewarn case generate INC0000001
        forewarn case generate INC0000001 --account ACCT0000002 --quiet
    """,
)
@click.argument("incident", metavar="INC")
@click.option("--account", "accounts", multiple=True, metavar="NUMBER", help="This account alone; may be repeated.")
@click.option("--consumer", "consumers", multiple=True, metavar="NUMBER", help="This consumer alone; may be repeated.")
@click.option("--service-definition", metavar="TEXT", help="The type of service. Else the table decides.")
@click.option("--quiet", is_flag=True, help="Tell the customers nothing.")
@json_option
@needs_site
def generate(
    caller: Caller,
    incident: str,
    *,
    accounts: tuple[str, ...],
    consumers: tuple[str, ...],
    service_definition: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make proactive cases for all affected customers of an incident, or chosen ones.

    Whether they stand under a major case is what the Major Case Policy says.
    A customer who has a case of this incident gets no second one.
    """
    with caller.site() as site:
        change = cases.generate_cases(
            site,
            incident,
            accounts=accounts or None,
            consumers=consumers or None,
            service_definition=service_definition,
            communicate=not quiet,
            asked_by=caller.asked_by,
        )
    show_change(change, "cases generated", as_json=as_json)


@case.command(
    "comment",
    short_help="Say something on a case.",
    examples="""
        forewarn case comment CS0000002 "We are on it."
        forewarn case comment CS0000002 "It works again." --by-customer
    """,
)
@number_argument
@click.argument("text")
@click.option("--by-customer", is_flag=True, help="The customer says it; it lands on the incident too.")
@json_option
@needs_site
def comment(caller: Caller, number: str, text: str, by_customer: bool, as_json: bool) -> None:
    """Say TEXT on a case; the customer reads it and is notified."""
    with caller.site() as site:
        change = cases.comment_case(site, number, text, asked_by=caller.asked_by, by_customer=by_customer)
    show_change(change, "comment added", as_json=as_json)


@case.command(
    "resolve",
    short_help="Resolve a case.",
    examples="""
        forewarn case resolve CS0000002 --code "Solved permanently" \\
            --notes "The tunnel is up again."
    """,
)
@number_argument
@click.option("--code", metavar="TEXT", help="Resolution code. Else the one that came from the incident.")
@click.option("--notes", metavar="TEXT", help="What was done. Else the notes that came from the incident.")
@click.option("--cause", metavar="TEXT", help="Probable cause.")
@json_option
@needs_site
def resolve(
    caller: Caller, number: str, *, code: str | None, notes: str | None, cause: str | None, as_json: bool
) -> None:
    """Resolve a case; what is not given stays as the incident's resolution wrote it."""
    with caller.site() as site:
        change = cases.resolve_case(site, number, code, notes, cause, asked_by=caller.asked_by)
    show_change(change, "resolved", as_json=as_json)


@case.command(
    "close",
    short_help="Close a case; a major case with its children.",
    examples="""
        forewarn case close CS0000001 --as major.manager
    """,
)
@number_argument
@json_option
@needs_site
def close(caller: Caller, number: str, as_json: bool) -> None:
    """Close a case. Closing a major case closes its children."""
    with caller.site() as site:
        change = cases.close_case(site, number, asked_by=caller.asked_by)
    show_change(change, "closed", as_json=as_json)


def _show_page(report: CaseReport, stream: str) -> None:
    show_record(report.case)
    if report.children:
        heading("Child cases")
        show_records(report.children, LIST_COLUMNS[:1] + LIST_COLUMNS[2:5])
    if report.notifications:
        heading("Notifications")
        columns = (
            Column("Staged", style="dim"),
            Column("Event"),
            Column("Recipient", folds=True),
            Column("Outcome", folds=True),
        )
        rows = [
            (time_of(told.staged_at), told.event, told.recipient or "", told.outcomes or "no sink took it")
            for told in report.notifications
        ]
        show_table(columns, rows)
    show_stream(report.activity, stream)
