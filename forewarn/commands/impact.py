"""``forewarn impact``: which customers a record affects, and how much."""

from __future__ import annotations

from collections.abc import Sequence

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, heading, money, of, say, show_fields, show_json, show_table
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions.impact import CustomerImpact, Pill, show_impact
from forewarn.engine.customer_impact import AccountImpact, ConsumerImpact

MOST_ROWS = 50
"""So many customers are printed; --json has all of them."""


@click.command(
    cls=TaughtCommand,
    short_help="Whom an incident, problem or change hits.",
    examples="""
        forewarn impact INC0000001
        forewarn impact CHG0000001 --pill "No proactive records"
    """,
)
@click.argument("number", metavar="NUMBER")
@click.option(
    "--pill",
    type=click.Choice([pill.value for pill in Pill], case_sensitive=False),
    metavar="PILL",
    default=Pill.ALL.value,
    show_default=True,
    help="Which customers to list: All, Critical service impact, No proactive records or No customer communication.",
)
@json_option
@needs_site
def impact(caller: Caller, number: str, pill: str, as_json: bool) -> None:
    """Show the customer impact of an incident (INC…), problem (PRB…) or change
    request (CHG…): four figures, affected accounts, affected consumers.

    The figures count all customers, whichever pill is chosen.
    """
    with caller.site() as site:
        report = show_impact(site, number, pill=Pill(pill))
    if as_json:
        show_json(report)
        return
    show_figures(report)
    show_accounts(report.accounts)
    show_consumers(report.consumers)
    if not report.accounts and not report.consumers:
        say("\nno affected customers" if report.pill is Pill.ALL else f"\nno customers under {report.pill.value!r}")


def show_figures(report: CustomerImpact) -> None:
    """Print the four indicators."""
    figures = report.indicators
    show_fields(
        [
            ("Affected total contract value", money(figures.affected_total_contract_value)),
            ("Affected products", figures.affected_products),
            ("Affected install base", figures.affected_install_base),
            ("Total reactive cases", figures.total_reactive_cases),
        ]
    )


def show_accounts(accounts: Sequence[AccountImpact]) -> None:
    """Print the accounts tab."""
    if not accounts:
        return
    heading("Accounts")
    columns = (
        Column("Account", folds=True),
        Column("Contract value", right=True),
        Column("Account escalated"),
        Column("Reactive cases", right=True),
        Column("Proactive record"),
        Column("Communication sent"),
        Column("Critical affected services", right=True),
        Column("Major record"),
    )
    rows = [
        (
            one.account,
            money(one.contract_value),
            one.account_escalated,
            one.reactive_cases,
            one.proactive_record,
            one.communication_sent,
            one.critical_affected_services,
            one.major_record,
        )
        for one in accounts[:MOST_ROWS]
    ]
    show_table(columns, rows)
    _say_rest(len(accounts))


def show_consumers(consumers: Sequence[ConsumerImpact]) -> None:
    """Print the consumers tab."""
    if not consumers:
        return
    heading("Consumers")
    columns = (
        Column("Consumer", folds=True),
        Column("Communication sent"),
        Column("Reactive cases", right=True),
        Column("Proactive case"),
        Column("Contract value", right=True),
    )
    rows = [
        (one.consumer, one.communication_sent, one.reactive_cases, one.proactive_case, money(one.contract_value))
        for one in consumers[:MOST_ROWS]
    ]
    show_table(columns, rows)
    _say_rest(len(consumers))


def _say_rest(count: int) -> None:
    if count > MOST_ROWS:
        say(f"… and {of(count - MOST_ROWS, 'more customer')}; --json has all of them")
