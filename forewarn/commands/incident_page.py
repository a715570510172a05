"""An incident as a page: fields, impact, cases, tasks, stream."""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.commands.event import show_parked
from forewarn.commands.records import show_record, show_records, show_stream
from forewarn.commands.rendering import Column, heading, money, of, say, show_table
from forewarn.engine.reports import AffectedCustomer, IncidentReport

MOST_ROWS = 50
"""So many customers and cases are printed; --json has all of them."""


def show_incident_page(report: IncidentReport, stream: str) -> None:
    """Print an incident and all that hangs on it; of its stream the entries of one kind, all, or none."""
    major_case = report.major_case
    also = [] if major_case is None else [("major case", f"{major_case.number}, {major_case['major_case_state']}")]
    show_record(report.incident, also=also)
    if report.services:
        heading("Impacted services")
        columns = (Column("Service", folds=True), Column("Class"), Column("Critical"), Column("Effect"))
        rows = [
            (service.name, service.service_class, service.is_critical, service.effect) for service in report.services
        ]
        show_table(columns, rows)
    show_customers("Affected accounts", report.accounts)
    show_customers("Affected consumers", report.consumers)
    if report.cases:
        heading("Cases")
        columns_of_cases = (
            ("number", Column("Number")),
            ("parent", Column("Parent")),
            ("account/consumer", Column("Customer", folds=True)),
            ("case_type", Column("Type", folds=True)),
            ("state", Column("State")),
            ("resolution_code", Column("Resolution code", folds=True)),
        )
        show_records(report.cases[:MOST_ROWS], columns_of_cases)
        _say_rest(len(report.cases), "case")
    if report.tasks:
        heading("Tasks")
        columns_of_tasks = (
            ("number", Column("Number")),
            ("assignment_group", Column("Assignment group")),
            ("state", Column("State")),
            ("short_description", Column("Short description", folds=True)),
        )
        show_records(report.tasks, columns_of_tasks)
    if report.parked:
        heading("Held up by a table")
        show_parked(report.parked, title="")
    show_stream(report.activity, stream)


def show_customers(title: str, customers: Sequence[AffectedCustomer]) -> None:
    """Print affected customers with the case that tells each of them."""
    if not customers:
        return
    heading(title)
    columns = (
        Column("Number"),
        Column("Name", folds=True),
        Column("Contract value", right=True),
        Column("Items", right=True),
        Column("Critical services", right=True),
        Column("Reactive cases", right=True),
        Column("Case"),
        Column("State"),
        Column("Contact", folds=True),
    )
    rows = [
        (
            customer.number,
            customer.name,
            money(customer.contract_value),
            customer.install_base,
            customer.critical_services,
            customer.reactive_cases,
            customer.case,
            customer.case_state,
            customer.contact,
        )
        for customer in customers[:MOST_ROWS]
    ]
    show_table(columns, rows)
    _say_rest(len(customers), "customer")


def _say_rest(count: int, thing: str) -> None:
    if count > MOST_ROWS:
        say(f"… and {of(count - MOST_ROWS, f'more {thing}')}; --json has all of them")
