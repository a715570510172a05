"""``forewarn alert``: list and show alerts."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.records import limit_option, show_record, show_records, show_stream, stream_option
from forewarn.commands.rendering import Column, show_json
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions.alerts import list_alerts, show_alert

LIST_COLUMNS = (
    ("number", Column("Number")),
    ("ci", Column("CI", folds=True)),
    ("name", Column("Name", folds=True)),
    ("severity", Column("Severity", folds=True)),
    ("state", Column("State", folds=True)),
    ("incident", Column("Incident")),
    ("short_description", Column("Short description", folds=True)),
)


@click.group(cls=TaughtGroup, short_help="List and show alerts.")
def alert() -> None:
    """Alerts that were taken in with: forewarn run."""


@alert.command(
    "list",
    short_help="List alerts, newest first.",
    examples="""
        forewarn alert list --incident INC0000001
    """,
)
@click.option("--incident", metavar="INC", help="Those of one incident alone.")
@limit_option
@json_option
@needs_site
def list_(caller: Caller, incident: str | None, limit: int | None, as_json: bool) -> None:
    """List alerts, newest first."""
    with caller.site() as site:
        found = list_alerts(site, incident=incident, limit=limit)
    show_records(found, LIST_COLUMNS, as_json=as_json)


@alert.command(
    "show",
    short_help="Show one alert and its stream.",
    examples="""
        forewarn alert show ALERT0000001
    """,
)
@click.argument("number", metavar="ALERT")
@stream_option
@json_option
@needs_site
def show(caller: Caller, number: str, stream: str, as_json: bool) -> None:
    """Show one alert, the fields that came with it, and what happened to it."""
    with caller.site() as site:
        report = show_alert(site, number)
    if as_json:
        show_json(report)
        return
    show_record(report.alert)
    show_stream(report.activity, stream)
