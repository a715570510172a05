"""``forewarn event``: go on with what was held up."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, of, say, show_json, show_table
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions.alerts import retry_parked
from forewarn.engine.reports import ParkedStep


@click.group(cls=TaughtGroup, short_help="Decide again what a faulty table held up.")
def event() -> None:
    """Steps that could not be decided wait, and are decided again on demand."""


@event.command(
    "retry",
    short_help="Decide parked steps again.",
    examples="""
        forewarn event retry
        forewarn event retry INC0000007
    """,
)
@click.argument("incident", metavar="[INC]", required=False)
@json_option
@needs_site
def retry(caller: Caller, incident: str | None, as_json: bool) -> None:
    """Decide parked steps again with the tables as they are now.

    A step is parked where its table could not decide: two rules matched
    under Unique, say. Mend the workbook, then retry; of one incident with
    INC. Exit 1 if a step still waits.
    """
    with caller.site() as site:
        report = retry_parked(site, asked_by=caller.asked_by, incident=incident)
    if as_json:
        show_json(report)
    else:
        say(f"{of(len(report.settled), 'step')} settled, {of(len(report.waiting), 'step')} still waiting")
        if report.settled:
            show_parked(report.settled, title="Settled")
        if report.waiting:
            show_parked(report.waiting, title="Still waiting")
    if report.waiting:
        click.get_current_context().exit(1)


def show_parked(steps: tuple[ParkedStep, ...], *, title: str) -> None:
    """Print parked steps with the table and the reason."""
    columns = (
        Column("Record"),
        Column("Step"),
        Column("Table"),
        Column("Reason", folds=True),
        Column("Attempts", right=True),
    )
    rows = [(step.record, step.step, step.table, step.reason, step.attempts) for step in steps]
    show_table(columns, rows, title=title)
