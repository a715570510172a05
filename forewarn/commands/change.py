"""``forewarn change``: work on change requests."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import assignments, json_option
from forewarn.commands.records import limit_option, phase_option, show_change, show_records, stream_option
from forewarn.commands.rendering import show_json
from forewarn.commands.task_page import LIST_COLUMNS, show_task_page
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import changes

number_argument = click.argument("number", metavar="CHG")

set_option = click.option(
    "--set", "others", multiple=True, metavar="FIELD=VALUE", help="A further field to write; may be repeated."
)


@click.group(
    cls=TaughtGroup,
    short_help="Work on change requests: planned work.",
    examples="""
        forewarn change list --phase open
        forewarn change show CHG0000001
        forewarn change authorize CHG0000001
    """,
)
def change() -> None:
    """Change requests: work that is planned, and whom it will hit.

    What can be done in which state, and what becomes of the cases, stands in
    problems_and_changes.xlsx.
    """


@change.command(
    "list",
    short_help="List change requests, newest first.",
    examples="""
        forewarn change list --phase open --limit 20
    """,
)
@phase_option
@limit_option
@json_option
@needs_site
def list_(caller: Caller, phase: str | None, limit: int | None, as_json: bool) -> None:
    """List change requests, newest first."""
    with caller.site() as site:
        found = changes.list_changes(site, phase=phase, limit=limit)
    show_records(found, LIST_COLUMNS, as_json=as_json)


@change.command(
    "show",
    short_help="Show one change request and all that hangs on it.",
    examples="""
        forewarn change show CHG0000001 --stream "work note"
    """,
)
@number_argument
@stream_option
@json_option
@needs_site
def show(caller: Caller, number: str, stream: str, as_json: bool) -> None:
    """Show one change request: services and customers that it hits, cases, stream."""
    with caller.site() as site:
        report = changes.show_change_request(site, number)
    if as_json:
        show_json(report)
    else:
        show_task_page(report, stream)


@change.command(
    "create",
    short_help="Open a change request.",
    examples="""
        forewarn change create --ci Vmanage_10001 \\
            --short-description "Firmware 20.9" \\
            --set planned_start=2026-03-01T22:00+01:00 \\
            --set planned_end=2026-03-02T02:00+01:00
    """,
)
@click.option("--short-description", required=True, metavar="TEXT", help="What it is about, in a line.")
@click.option("--ci", metavar="NAME", help="The configuration item; its customers are found.")
@set_option
@json_option
@needs_site
def create(caller: Caller, *, short_description: str, ci: str | None, others: tuple[str, ...], as_json: bool) -> None:
    """Open a change request. Its first state stands in the table Task Transitions."""
    fields = dict(assignments(others, what="field=value"))
    named = {"short_description": short_description, **({"configuration_item": ci} if ci is not None else {})}
    for name in fields.keys() & named.keys():
        raise click.UsageError(f"{name!r} is given twice")
    with caller.site() as site:
        change = changes.create_change(site, {**named, **fields}, asked_by=caller.asked_by)
    show_change(change, "opened", as_json=as_json)


@change.command(
    "update",
    short_help="Change fields of a change request.",
    examples="""
        forewarn change update CHG0000001 --set configuration_item=Vmanage_10001
    """,
)
@number_argument
@click.option(
    "--set",
    "others",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE",
    help="A field and its new value; may be repeated.",
)
@json_option
@needs_site
def update(caller: Caller, number: str, others: tuple[str, ...], as_json: bool) -> None:
    """Change fields. "field=null" empties a field.

    A new configuration item finds the affected customers again; a new
    assignment group clears who it was assigned to.
    """
    fields = assignments(others, what="field=value")
    with caller.site() as site:
        change = changes.update_change(site, number, fields, asked_by=caller.asked_by)
    show_change(change, "changed", as_json=as_json)


@change.command(
    "refresh",
    short_help="Find the affected customers again.",
    examples="""
        forewarn change refresh CHG0000001
    """,
)
@number_argument
@json_option
@needs_site
def refresh(caller: Caller, number: str, as_json: bool) -> None:
    """Find the services and customers that the CI affects, again.

    Refused where the configuration item is not filled.
    """
    with caller.site() as site:
        change = changes.refresh_change(site, number, asked_by=caller.asked_by)
    show_change(change, "impact refreshed", as_json=as_json)


@change.command(
    "move",
    short_help="Do any step of the table Task Transitions.",
    examples="""
        forewarn change move CHG0000001 schedule
        forewarn change move CHG0000001 implement
    """,
)
@number_argument
@click.argument("action")
@set_option
@json_option
@needs_site
def move(caller: Caller, number: str, action: str, others: tuple[str, ...], as_json: bool) -> None:
    """Take the step ACTION that the table Task Transitions has for its state.

    Refused, with the steps that are possible, where it has none, and where a
    field that the step needs is empty.
    """
    fields = assignments(others, what="field=value")
    with caller.site() as site:
        change = changes.move_change(site, number, action, fields, asked_by=caller.asked_by)
    show_change(change, f"done: {action}", as_json=as_json)


@change.command(
    "authorize",
    short_help="Authorize a change; cases are made.",
    examples="""
        forewarn change authorize CHG0000001
    """,
)
@number_argument
@json_option
@needs_site
def authorize(caller: Caller, number: str, as_json: bool) -> None:
    """Take a change request to Authorize.

    With the stock tables every affected customer gets a case, and is told.
    """
    with caller.site() as site:
        change = changes.move_change(site, number, "authorize", asked_by=caller.asked_by)
    show_change(change, "authorized", as_json=as_json)


@change.command(
    "close",
    short_help="Close a change; its cases get the resolution.",
    examples="""
        forewarn change close CHG0000001 --code "Solved permanently" \\
            --notes "Firmware installed."
    """,
)
@number_argument
@click.option("--code", metavar="TEXT", help="Resolution code, as the vocabulary lists them.")
@click.option("--notes", metavar="TEXT", help="What was done, for the customers' cases too.")
@json_option
@needs_site
def close(caller: Caller, number: str, *, code: str | None, notes: str | None, as_json: bool) -> None:
    """Close a change request that was reviewed, with its resolution.

    The resolution is copied to the cases that were made for it.
    """
    given = {"resolution_code": code, "resolution_notes": notes}
    fields = {name: text for name, text in given.items() if text is not None}
    with caller.site() as site:
        change = changes.move_change(site, number, "close", fields, asked_by=caller.asked_by)
    show_change(change, "closed", as_json=as_json)
