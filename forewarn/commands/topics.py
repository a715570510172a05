"""``forewarn topics``: the topics of the open message bus, which events each takes, and making them on the bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, of, say, show_json, show_table, time_of, warn
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import topics as actions
from forewarn.engine.reports import PublisherState, TopicReport

Command = TypeVar("Command", bound=Callable[..., Any])


def queries(command: Command) -> Command:
    """The options by which a topic says which events it takes."""
    for option in (
        click.option("--description", metavar="TEXT", default="", help="What the topic is for."),
        click.option(
            "--content", "content_query", metavar="QUERY", default="", help="Events whose content matches, alone."
        ),
        click.option(
            "--header", "header_query", metavar="QUERY", default="", help="Events whose header matches, alone."
        ),
    ):
        command = option(command)
    return command


@click.group(cls=TaughtGroup, short_help="Topics of a message bus: add, make on the bus, list.")
def topics() -> None:
    """The topics of the open message bus: each event goes to every topic that takes it.

    A query is name=value, with several values as a=1,2 and several terms
    as a=1&b=2; dots lead into the document: troubleTicket.status=resolved
    """


@topics.command(
    "list",
    short_help="List topics, their queries, and whether the bus has them.",
    examples="""
        forewarn topics list --json
    """,
)
@json_option
@needs_site
def list_(caller: Caller, as_json: bool) -> None:
    """List the topics, with the events that each takes, and say whether the publishers are on."""
    with caller.site() as site:
        found, publishers = actions.list_topics(site), actions.publishers(site)
    if as_json:
        show_json({"topics": found, "publishers": publishers})
        return
    columns = (
        Column("Topic"),
        Column("Type"),
        Column("Made"),
        Column("Header query", folds=True),
        Column("Content query", folds=True),
        Column("On the bus", folds=True),
    )
    rows = []
    for one in found:
        made = f"here, {one.created_by}" if one.user_created else "by the bus"
        since = time_of(one.synchronised_at) if one.synchronised_at else "not yet"
        on_bus = since if one.reason is None else f"{since}: {one.reason}"
        rows.append((one.name, one.type, made, one.header_query, one.content_query, on_bus))
    if rows:
        show_table(columns, rows)
    else:
        say("no topics")
    for state in publishers:
        say(f"publisher {state.publisher}: {publisher_line(state)}")


def publisher_line(state: PublisherState) -> str:
    """Whether a publisher is on, over which sinks, and what is to be known of that."""
    over = f"on over {', '.join(state.sinks)}" if state.on else "off"
    return "; ".join(part for part in (over, state.reason) if part)


@topics.command(
    "add",
    short_help="Add a topic, and make it on the bus.",
    examples="""
        forewarn topics add tickets
        forewarn topics add resolved --partitions 6 \\
          --content "troubleTicket.status=resolved,closed"
    """,
)
@click.argument("name", metavar="NAME")
@queries
@click.option("--partitions", type=int, default=1, show_default=True, help="How many the bus is to give it.")
@click.option("--replication", type=int, default=1, show_default=True, help="On how many brokers it is to be kept.")
@json_option
@needs_site
def add(
    caller: Caller,
    name: str,
    *,
    header_query: str,
    content_query: str,
    description: str,
    partitions: int,
    replication: int,
    as_json: bool,
) -> None:
    """Add an egress topic, and try at once to make it on the bus.

    Without queries it takes every event. Where the bus cannot be reached
    the topic stays, exit 1 says so, and forewarn topics sync tries again.
    """
    with caller.site() as site:
        report = actions.add_topic(
            site,
            name,
            header_query=header_query,
            content_query=content_query,
            description=description,
            partitions=partitions,
            replication=replication,
            asked_by=caller.asked_by,
        )
    _show(report, f"topic {name}: added", as_json=as_json)


@topics.command(
    "register",
    short_help="Note a topic that the bus has already.",
    examples="""
        forewarn topics register noc --header eventType=TroubleTicketCreateEvent
    """,
)
@click.argument("name", metavar="NAME")
@queries
@click.option("--type", "type_", metavar="TYPE", default="Egress", show_default=True, help="Egress or Ingress.")
@json_option
@needs_site
def register(
    caller: Caller,
    name: str,
    *,
    header_query: str,
    content_query: str,
    description: str,
    type_: str,
    as_json: bool,
) -> None:
    """Note a topic that was made on the bus, as the bus's topic API does.

    Said again, it changes what is known of the topic.
    """
    with caller.site() as site:
        report = actions.register_topic(
            site,
            name,
            type=type_,
            header_query=header_query,
            content_query=content_query,
            description=description,
            asked_by=caller.asked_by,
        )
    _show(report, f"topic {name}: {'registered' if report.changed else 'known, and noted as told'}", as_json=as_json)


@topics.command(
    "sync",
    short_help="Make on the bus the topics that are not there yet.",
    examples="""
        forewarn topics sync
        forewarn topics sync tickets
    """,
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
@needs_site
def sync(caller: Caller, names: tuple[str, ...], as_json: bool) -> None:
    """Make the topics that were added here on the bus, those that it is not known to have, or those named.

    A topic that is there already is left as it is. Exit 1 if one could not be made.
    """
    with caller.site() as site, progress_bar() as progress:
        report = actions.sync_topics(site, names, asked_by=caller.asked_by, progress=progress)
    _show(report, f"{of(report.changed, 'topic')} on the bus", as_json=as_json)


@topics.command(
    "remove",
    short_help="Forget a topic; the bus keeps what it has of it.",
    examples="""
        forewarn topics remove tickets
    """,
)
@click.argument("name", metavar="NAME")
@json_option
@needs_site
def remove(caller: Caller, name: str, as_json: bool) -> None:
    """Forget a topic: no event goes to it any more. Nothing is taken from the bus."""
    with caller.site() as site:
        report = actions.remove_topic(site, name, asked_by=caller.asked_by)
    _show(report, f"topic {name}: removed; what the bus holds of it stays there", as_json=as_json)


def _show(report: TopicReport, done: str, *, as_json: bool) -> None:
    """Print what was done and what failed; exit 1 where something did."""
    if as_json:
        show_json(report)
    else:
        say(done)
    for failure in report.failures:
        warn(failure)
    if report.failures:
        click.get_current_context().exit(1)
