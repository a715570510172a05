"""``forewarn run``: take alerts in, and deliver what that gives rise to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import IO

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.deliver import show_delivery
from forewarn.commands.event import show_tick
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import of, say, show_json, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions.alerts import read_alerts, receive_alerts
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import show_incident
from forewarn.engine.actions.timers import run_due
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import AlertResult, DeliveryReport, ReceiveReport, Reception
from forewarn.errors import NotFound

MOST_LINES = 40
"""So many alerts are told one by one; of more, those with something to note and the sums."""


@click.command(
    cls=TaughtCommand,
    short_help="Take in alerts and do what the workbooks decide.",
    examples="""
        forewarn run alerts.jsonl
        tail -n 100 alerts.jsonl | forewarn run - --source monitoring

        A line of alerts.jsonl (one line, shown in three):
          {"id": "a-1", "ci": "edge-7", "name": "link_failure",
           "severity": "Critical", "category": "SD-WAN",
           "subcategory": "Link failure", "short_description": "Link down"}
    """,
)
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--source",
    metavar="NAME",
    default="cli",
    show_default=True,
    help="Where the alerts come from, for those that do not say so themselves.",
)
@click.option(
    "--format",
    "chosen",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="The shape of the alerts: auto, product, alertmanager, tmf642, cloudevents, or a plugin's.",
)
@click.option("--no-deliver", is_flag=True, help="Leave the notifications waiting; see: forewarn deliver.")
@json_option
@needs_site
def run(caller: Caller, file: Path, *, source: str, chosen: str, no_deliver: bool, as_json: bool) -> None:
    """Take in the alerts of FILE, a JSON object a line ("-" is standard input).

    FILE may also be one JSON document, or hold what other systems send:
    Alertmanager webhooks, TMF642 alarms, CloudEvents; each document is
    recognised by itself unless --format names its shape.

    Each alert is dealt with to the end before the next: it opens an incident
    or joins one, the customers that are hit are found, they get cases, and
    notifications are staged; then all of them are delivered. An alert that
    was taken in before, by source and id, changes nothing, from whatever file
    it comes. A line that is not JSON is named, and the others go on. At the
    end, rules whose time has passed are looked at. Exit 1 if any was refused.
    """
    with caller.site() as site:
        with _lines(file) as lines, progress_bar() as progress:
            documents = read_alerts(lines, site.extensions.alert_formats, chosen=chosen)
            received = receive_alerts(site, documents, source=source, asked_by=caller.asked_by, progress=progress)
            ticked = run_due(site, asked_by=caller.asked_by, progress=progress)
        with ExitStack() as stack:
            if as_json:
                # The console sink writes to standard output, which belongs to the JSON document alone.
                stack.enter_context(redirect_stdout(sys.stderr))
            delivered = None
            if not no_deliver:
                delivered = deliver(site, progress=stack.enter_context(progress_bar()))
        major_cases = _major_cases(site, received) if as_json else {}
    if as_json:
        show_json({**_as_json(received, major_cases, delivered), "due_rules": ticked})
    else:
        _show(received)
        if ticked.fired or ticked.notes:
            show_tick(ticked)
        if delivered is not None:
            show_delivery(delivered)
    if received.count(Reception.REFUSED):
        click.get_current_context().exit(1)


@contextmanager
def _lines(file: Path) -> Iterator[IO[bytes]]:
    """The lines of a file, or of standard input; raises NotFound where there is none to read."""
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise NotFound(
            f"{file} cannot be read: {error.strerror}", hint="name a file of JSON lines, or - for standard input"
        ) from error
    with stream:
        yield stream


def _major_cases(site: OpenSite, received: ReceiveReport) -> dict[str, str]:
    """The major case of each incident that got cases from these alerts, by the incident's number."""
    incidents = dict.fromkeys(result.incident for result in received.results if result.incident and result.cases)
    found = {number: show_incident(site, number).major_case for number in incidents}
    return {number: case.number for number, case in found.items() if case is not None}


def _show(received: ReceiveReport) -> None:
    few = len(received.results) <= MOST_LINES
    for result in received.results:
        if result.outcome is Reception.REFUSED:
            warn(f"line {result.line}: refused: {result.reason}")
        elif few or result.notes:
            say("; ".join((f"{result.alert or f'line {result.line}'}: {_what_it_did(result)}", *result.notes)))
    say(_sums(received))


def _what_it_did(result: AlertResult) -> str:
    if result.outcome is Reception.REPEATED:
        return "repeated, changed nothing" + (f" ({result.incident})" if result.incident else "")
    if result.incident is None:
        return "kept; no incident"
    done = f"{'opened' if result.opened else 'joined'} {result.incident}"
    return done + (f", {of(result.cases, 'case')}" if result.cases else "")


def _sums(received: ReceiveReport) -> str:
    results = received.results
    opened = sum(result.opened for result in results)
    cases = sum(result.cases for result in results)
    line = (
        f"{of(len(results), 'alert')}: {received.count(Reception.ACCEPTED):,} accepted, "
        f"{received.count(Reception.REPEATED):,} repeated, {received.count(Reception.REFUSED):,} refused; "
    )
    if received.changed_nothing:
        return line + "nothing was changed"
    return line + f"{of(opened, 'incident')} opened, {of(cases, 'case')} created"


def _as_json(
    received: ReceiveReport, major_cases: dict[str, str], delivered: DeliveryReport | None
) -> dict[str, object]:
    results = received.results
    return {
        "alerts": results,
        "summary": {
            **{outcome.value: received.count(outcome) for outcome in Reception},
            "changed_nothing": received.changed_nothing,
            "incidents_opened": sum(result.opened for result in results),
            "cases_created": sum(result.cases for result in results),
            "major_cases": major_cases,
        },
        "delivery": delivered,
    }
