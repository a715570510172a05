"""``forewarn deliver``: hand waiting notifications to the sinks."""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stdout

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import of, say, show_json, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions import delivery
from forewarn.engine.reports import DeliveryReport


@click.command(
    cls=TaughtCommand,
    short_help="Send the notifications that are waiting.",
    examples="""
        forewarn deliver
    """,
)
@json_option
@needs_site
def deliver(caller: Caller, as_json: bool) -> None:
    """Hand every notification that is waiting, and due, to every sink.

    The sinks stand in forewarn.toml. What a sink could not take is tried
    again at the next call, a little later each time; what it refused is not.
    Exit 1 if a sink could not be used.
    """
    with caller.site() as site, ExitStack() as stack:
        if as_json:
            # The console sink writes to standard output, which belongs to the JSON document alone.
            stack.enter_context(redirect_stdout(sys.stderr))
        report = delivery.deliver(site, progress=stack.enter_context(progress_bar()))
    if as_json:
        show_json(report)
    else:
        show_delivery(report)
    if any(sink.failure for sink in report.sinks):
        click.get_current_context().exit(1)


def show_delivery(report: DeliveryReport) -> None:
    """Print a line a sink that had something to do, and what is still waiting."""
    for sink in report.sinks:
        counts = [
            (sink.delivered, "delivered"),
            (sink.retry, "to be tried again"),
            (sink.refused, "refused"),
        ]
        told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
        if told:
            say(f"sink {sink.sink}: {told}")
        if sink.failure:
            warn(f"sink {sink.sink}: {sink.failure}")
        for reason in sink.reasons:
            warn(f"sink {sink.sink}: {reason}")
    say(f"{of(report.delivered, 'delivery', 'deliveries')} made, {report.waiting:,} waiting")
