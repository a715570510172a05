"""``forewarn major``: who becomes a major case, and who does not."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.records import show_change
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import majors

number_argument = click.argument("number", metavar="CS")
reason_option = click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the streams.")


@click.group(cls=TaughtGroup, short_help="Propose, approve and reject major cases.")
def major() -> None:
    """Major cases: one stands over the cases of all customers of an outage."""


@major.command(
    "propose",
    short_help="Propose a case as major case.",
    examples="""
        forewarn major propose CS0000002 --reason "Third call in an hour."
    """,
)
@number_argument
@reason_option
@json_option
@needs_site
def propose(caller: Caller, number: str, reason: str, as_json: bool) -> None:
    """Propose an open case as the major case of its incident."""
    with caller.site() as site:
        change = majors.propose_major(site, number, reason, asked_by=caller.asked_by)
    show_change(change, "proposed", as_json=as_json)


@major.command(
    "approve",
    short_help="Approve a candidate: make the major case.",
    examples="""
        forewarn major approve CS0000002 --reason "All of the west is down."
    """,
)
@number_argument
@reason_option
@json_option
@needs_site
def approve(caller: Caller, number: str, reason: str, as_json: bool) -> None:
    """Approve a candidate. A new major case is made, without a customer.

    The candidate and the incident's other proactive cases become its children.
    """
    with caller.site() as site:
        change = majors.approve_major(site, number, reason, asked_by=caller.asked_by)
    show_change(change, "major case made", as_json=as_json)


@major.command(
    "reject",
    short_help="Reject a candidate: back to a normal case.",
    examples="""
        forewarn major reject CS0000002 --reason "One site only."
    """,
)
@number_argument
@reason_option
@json_option
@needs_site
def reject(caller: Caller, number: str, reason: str, as_json: bool) -> None:
    """Reject a candidate; it goes on as a normal case."""
    with caller.site() as site:
        change = majors.reject_major(site, number, reason, asked_by=caller.asked_by)
    show_change(change, "rejected", as_json=as_json)
