"""``forewarn status``: the site on one page."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.deliver import show_queues
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, heading, say, show_fields, show_json, show_table, time_of
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions.working import status as site_status
from forewarn.engine.delivery_reports import PublisherState


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

    The publisher is on where a sink of forewarn.toml takes trouble ticket
    events; otherwise none are kept.
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
            ("Publisher", _publisher(found.publisher)),
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


def _publisher(publisher: PublisherState) -> str:
    """Whether events go out, and why not where they do not."""
    if publisher.on:
        return f"on ({publisher.messages}), to {', '.join(publisher.sinks)}"
    if not publisher.sinks:
        return 'off: no sink of forewarn.toml says takes = ["trouble ticket events"]'
    return "off: the site has no table Trouble Ticket Events"
