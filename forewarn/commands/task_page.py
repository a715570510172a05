"""A problem or a change request as a page: fields, services, customers, cases, stream."""

from __future__ import annotations

from forewarn.commands.impact import show_accounts, show_consumers
from forewarn.commands.records import show_record, show_records, show_stream
from forewarn.commands.rendering import Column, heading, show_table
from forewarn.engine.reading_planned import TaskReport

LIST_COLUMNS = (
    ("number", Column("Number")),
    ("priority", Column("Priority", folds=True)),
    ("state", Column("State", folds=True)),
    ("assignment_group", Column("Group", folds=True)),
    ("configuration_item", Column("CI", folds=True)),
    ("affected_account_count", Column("Accounts", right=True)),
    ("short_description", Column("Short description", folds=True)),
)


def show_task_page(report: TaskReport, stream: str) -> None:
    """Print a problem or a change request and all that hangs on it."""
    show_record(report.task)
    if report.services:
        heading("Impacted services")
        columns = (Column("Service", folds=True), Column("Class"), Column("Critical"), Column("Effect"))
        rows = [(one.name, one.service_class, one.is_critical, one.effect) for one in report.services]
        show_table(columns, rows)
    show_accounts(report.accounts)
    show_consumers(report.consumers)
    if report.cases:
        heading("Cases")
        columns_of_cases = (
            ("number", Column("Number")),
            ("account/consumer", Column("Customer", folds=True)),
            ("state", Column("State")),
            ("resolution_code", Column("Resolution code", folds=True)),
        )
        show_records(report.cases, columns_of_cases)
    show_stream(report.activity, stream)
