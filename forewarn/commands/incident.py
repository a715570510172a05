"""``forewarn incident``: work on incidents."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.incident_page import show_incident_page
from forewarn.commands.options import assignments, json_option
from forewarn.commands.records import limit_option, phase_option, show_change, show_records, stream_option
from forewarn.commands.rendering import Column, show_json
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import incidents

LIST_COLUMNS = (
    ("number", Column("Number")),
    ("priority", Column("Priority", folds=True)),
    ("state", Column("State", folds=True)),
    ("stage", Column("Stage", folds=True)),
    ("assignment_group", Column("Group", folds=True)),
    ("configuration_item", Column("CI", folds=True)),
    ("affected_account_count", Column("Accounts", right=True)),
    ("short_description", Column("Short description", folds=True)),
)

number_argument = click.argument("number", metavar="INC")


@click.group(
    cls=TaughtGroup,
    short_help="Work on incidents: escalate, resolve, tell customers.",
    examples="""
        forewarn incident list --phase open
        forewarn incident show INC0000001
        forewarn incident escalate INC0000001 --note "Restart did not help."
        forewarn incident resolve INC0000001 --code "Solved permanently" \\
            --notes "Line card replaced."
    """,
)
def incident() -> None:
    """Incidents: what is broken, whom it hits, who works on it."""


@incident.command(
    "list",
    short_help="List incidents, newest first.",
    examples="""
        forewarn incident list --phase open --limit 20
    """,
)
@phase_option
@limit_option
@json_option
@needs_site
def list_(caller: Caller, phase: str | None, limit: int | None, as_json: bool) -> None:
    """List incidents, newest first."""
    with caller.site() as site:
        found = incidents.list_incidents(site, phase=phase, limit=limit)
    show_records(found, LIST_COLUMNS, as_json=as_json)


@incident.command(
    "show",
    short_help="Show one incident and all that hangs on it.",
    examples="""
        forewarn incident show INC0000001 --stream "work note"
    """,
)
@number_argument
@stream_option
@json_option
@needs_site
def show(caller: Caller, number: str, stream: str, as_json: bool) -> None:
    """Show one incident: services and customers that it hits, cases, tasks, stream."""
    with caller.site() as site:
        report = incidents.show_incident(site, number)
    if as_json:
        show_json(report)
    else:
        show_incident_page(report, stream)


@incident.command(
    "create",
    short_help="Open an incident by hand.",
    examples="""
        forewarn incident create --short-description "Controller down" \\
            --ci Vmanage_10001 --category SD-WAN \\
            --subcategory "Device failure" --set channel=Phone
    """,
)
@click.option("--short-description", required=True, metavar="TEXT", help="What is wrong, in a line.")
@click.option("--ci", metavar="NAME", help="The configuration item that fails; its customers are found.")
@click.option("--category", metavar="TEXT", help="With the subcategory, decides who works on it first.")
@click.option("--subcategory", metavar="TEXT", help="The narrower kind of issue.")
@click.option("--set", "others", multiple=True, metavar="FIELD=VALUE", help="Any further field; may be repeated.")
@json_option
@needs_site
def create(
    caller: Caller,
    *,
    short_description: str,
    ci: str | None,
    category: str | None,
    subcategory: str | None,
    others: tuple[str, ...],
    as_json: bool,
) -> None:
    """Open an incident by hand.

    Customers get cases when you ask for it: forewarn case generate.
    """
    named = {
        "short_description": short_description,
        "configuration_item": ci,
        "category": category,
        "subcategory": subcategory,
    }
    fields = {name: text for name, text in named.items() if text is not None}
    extra = assignments(others, what="field=value")
    for name in extra.keys() & fields.keys():
        raise click.UsageError(f"{name!r} is given twice")
    with caller.site() as site:
        change = incidents.create_incident(site, {**fields, **extra}, asked_by=caller.asked_by)
    show_change(change, "opened", as_json=as_json)


@incident.command(
    "update",
    short_help="Change fields of an incident.",
    examples="""
        forewarn incident update INC0000001 --set subcategory="Device failure"
        forewarn incident update INC0000001 --set urgency=High --if-version 4
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
@click.option(
    "--if-version",
    type=int,
    metavar="N",
    help="Only if its field version is still N: nobody changed it since it was shown.",
)
@json_option
@needs_site
def update(caller: Caller, number: str, others: tuple[str, ...], if_version: int | None, as_json: bool) -> None:
    """Change fields of an incident. "field=null" empties a field.

    A new configuration item finds the affected customers again; a new impact
    or urgency decides the priority again.
    """
    fields = assignments(others, what="field=value")
    with caller.site() as site:
        change = incidents.update_incident(site, number, fields, asked_by=caller.asked_by, if_version=if_version)
    show_change(change, "changed", as_json=as_json)


@incident.command(
    "escalate",
    short_help="Hand an incident to the next level.",
    examples="""
        forewarn incident escalate INC0000001 --note "Restart did not help."
    """,
)
@number_argument
@click.option("--note", required=True, metavar="TEXT", help="Why, for those who take over; closes the present task.")
@json_option
@needs_site
def escalate(caller: Caller, number: str, note: str, as_json: bool) -> None:
    """Hand an incident to the next level, as the Incident Escalation Policy says.

    The present task is closed with the note, a task is opened for the next
    group, and the level's instructions are posted. Refused, with nothing
    changed, where no row of the table matches or the incident is at the top.
    """
    with caller.site() as site:
        change = incidents.escalate_incident(site, number, note, asked_by=caller.asked_by)
    show_change(change, "escalated", as_json=as_json)


@incident.command(
    "refresh",
    short_help="Find the affected customers again.",
    examples="""
        forewarn incident refresh INC0000001
    """,
)
@number_argument
@json_option
@needs_site
def refresh(caller: Caller, number: str, as_json: bool) -> None:
    """Find the services and customers that the incident's CI affects, again.

    The Major Case Policy is decided anew: a major case may come of it, with
    the cases that are there as its children.
    """
    with caller.site() as site:
        change = incidents.refresh_impact(site, number, asked_by=caller.asked_by)
    show_change(change, "impact refreshed", as_json=as_json)


@incident.command(
    "message",
    short_help="Write to customers through their cases.",
    examples="""
        forewarn incident message INC0000001 "Please restart your edge." \\
            --case CS0000004
    """,
)
@number_argument
@click.argument("text")
@click.option("--case", "cases", multiple=True, metavar="CS", help="This case's customer alone; may be repeated.")
@json_option
@needs_site
def message(caller: Caller, number: str, text: str, cases: tuple[str, ...], as_json: bool) -> None:
    """Write TEXT to the customers of an incident's open cases, or of chosen ones.

    It lands in the stream of the incident and of each case, and the
    customers are notified.
    """
    with caller.site() as site:
        change = incidents.message_customers(site, number, text, cases or None, asked_by=caller.asked_by)
    show_change(change, "customers written to", as_json=as_json)


@incident.command(
    "note",
    short_help="Add a work note, or a comment.",
    examples="""
        forewarn incident note INC0000001 "Vendor ticket 4711 opened."
    """,
)
@number_argument
@click.argument("text")
@click.option("--comment", is_flag=True, help="A comment that everybody who sees the incident may read.")
@json_option
@needs_site
def note(caller: Caller, number: str, text: str, comment: bool, as_json: bool) -> None:
    """Add TEXT to the stream of an incident: an internal work note, or a comment."""
    add = incidents.add_comment if comment else incidents.add_work_note
    with caller.site() as site:
        change = add(site, number, text, asked_by=caller.asked_by)
    show_change(change, "comment added" if comment else "work note added", as_json=as_json)


@incident.command(
    "resolve",
    short_help="Resolve an incident; its cases get the resolution.",
    examples="""
        forewarn incident resolve INC0000001 --code "Solved permanently" \\
            --notes "Controller restarted." --cause Software
    """,
)
@number_argument
@click.option("--code", required=True, metavar="TEXT", help="Resolution code, as the vocabulary lists them.")
@click.option("--notes", required=True, metavar="TEXT", help="What was done, for the customers' cases too.")
@click.option("--cause", metavar="TEXT", help="Probable cause.")
@json_option
@needs_site
def resolve(caller: Caller, number: str, *, code: str, notes: str, cause: str | None, as_json: bool) -> None:
    """Resolve an incident and hand its resolution on to the cases.

    Without a major case every case is resolved. With one, the resolution is
    copied to all of them and the major case's manager resolves and closes.
    """
    with caller.site() as site:
        change = incidents.resolve_incident(site, number, code, notes, cause, asked_by=caller.asked_by)
    show_change(change, "resolved", as_json=as_json)


@incident.command(
    "close",
    short_help="Close a resolved incident.",
    examples="""
        forewarn incident close INC0000001
    """,
)
@number_argument
@json_option
@needs_site
def close(caller: Caller, number: str, as_json: bool) -> None:
    """Close a resolved incident and its open tasks."""
    with caller.site() as site:
        change = incidents.close_incident(site, number, asked_by=caller.asked_by)
    show_change(change, "closed", as_json=as_json)
