"""``forewarn status``: the site on one page."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.deliver import show_queues
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, heading, say, show_fields, show_json, show_table, time_of
from forewarn.commands.teaching import TaughtCommand
from forewarn.commands.topics import publisher_line
from forewarn.engine.actions.working import status as site_status
from forewarn.engine.delivery_reports import EventsState


@click.command(
    cls=TaughtCommand,
    short_help="The site on one page: queues, workers, what is wrong.",
    examples="""
        forewarn status
        forewarn status --json
    """,
)
@json_option
@needs_site
def status(caller: Caller, as_json: bool) -> None:
    """Show store, rules, queues, sinks, workers, and what needs somebody.

    A publisher is on where the workbooks choose it and a sink of
    forewarn.toml carries it. Trouble ticket events are kept only where a
    sink takes them.
    """
    with caller.site() as site:
        found = site_status(site)
    if as_json:
        show_json(found)
        return
    rules = "none" if found.rules_version is None else found.rules_version
    if found.rules_live_since is not None:
        rules += f", live since {time_of(found.rules_live_since)}"
    show_fields(
        [
            ("Site", found.name),
            ("Store", found.database),
            ("Rules", rules),
            ("Events go to", _events(found.events)),
            *((f"Publisher {one.publisher}", publisher_line(one)) for one in found.publishers),
            ("Open incidents", f"{found.open_incidents:,}"),
            ("Event rules due", f"{found.rules_due:,}"),
        ]
    )
    if found.queues:
        heading("Queues")
        show_queues(found.queues)
    heading("Workers")
    if not found.workers:
        say("none: start one with forewarn work")
    else:
        columns = (
            Column("Worker"),
            Column("Started"),
            Column("Seen"),
            Column("Delivered", right=True),
            Column("Rules", right=True),
            Column("State"),
        )
        show_table(
            columns,
            [
                (
                    one.name,
                    time_of(one.started_at),
                    time_of(one.seen_at),
                    one.delivered,
                    one.rules_looked_at,
                    "alive" if one.alive else "not seen for a while",
                )
                for one in found.workers
            ],
        )
    heading("Needs somebody")
    wrong = [f"{count:,} {what}" for what, count in found.attention.items() if count]
    for line in [*wrong, *found.warnings] or ["nothing"]:
        say(line)


def _events(events: EventsState) -> str:
    """Where trouble ticket events go, and why nowhere where they do not."""
    if not events.rules:
        return "nowhere: the site has no table Trouble Ticket Events"
    return ", ".join(events.sinks) or "nowhere: no sink of forewarn.toml takes them, or its publisher is off"
