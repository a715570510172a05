"""All findings of a site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from forewarn.decision_tables import Library, Vocabulary
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.codes import UNKNOWN_NAME
from forewarn.decision_tables.table_tests import test_findings
from forewarn.decision_tables.vocabulary import NamedSet
from forewarn.engine.case_types import message_fields
from forewarn.engine.checks.names import KnownNames, unknown_names
from forewarn.engine.checks.plugin_checks import plugin_findings
from forewarn.engine.checks.vocabulary_rows import vocabulary_rows
from forewarn.engine.field_map import TARGETS
from forewarn.engine.messages import MessageLibrary, with_message_flows
from forewarn.engine.notifications import ACCOUNT_CONTACTS, CONSUMER, PRIMARY_CONTACT
from forewarn.engine.policies import Handling
from forewarn.engine.producer import DEFAULTS, fault
from forewarn.engine.rulebook import Contents, Read, read, workbooks_on_disk
from forewarn.engine.scenarios import read_scenarios
from forewarn.engine.tickets.payload import EVENT_TYPES
from forewarn.engine.tickets.status import STATUSES
from forewarn.engine.views import CHANGE_FIELDS, INCIDENT_FIELDS, PROBLEM_FIELDS
from forewarn.engine.vocabulary import attributes
from forewarn.errors import Finding, Place, Severity
from forewarn.plugins.api import Extensions
from forewarn.rules.model import ActionKind, RuleSet


def check(
    root: Path, extensions: Extensions, *, since: datetime | None = None, contents: Contents | None = None
) -> tuple[Finding, ...]:
    """Every finding of the site in ``root``: workbooks, whole tables, event rules, names, messages, plugins.

    With ``since``, an aware moment, rules count from then on, and those whose time is over are told. ``contents`` are
    workbooks by name, read in place of those on disk.
    """
    # numpy is worth its import here only, not where a site is opened.
    from forewarn.decision_tables.analysis import analyse_library  # noqa: PLC0415

    messages = MessageLibrary([root / "messages", *extensions.message_directories])
    flows = with_message_flows(extensions, messages).flows
    contents = workbooks_on_disk(root) if contents is None else contents
    book = read(contents, functions=extensions.cell_functions)
    known = {
        "flow.name": KnownNames("FW403", "flow", tuple(flows)),
        "message.key": KnownNames("FW404", "message", messages.keys),
        "notification.recipient": KnownNames("FW405", "recipient", (PRIMARY_CONTACT, ACCOUNT_CONTACTS, CONSUMER)),
        "major_case.handling": KnownNames("FW406", "handling", tuple(Handling)),
        "ticket.event": KnownNames("FW412", "trouble ticket event", tuple(EVENT_TYPES)),
        "ticket.status": KnownNames("FW412", "status of a trouble ticket", STATUSES),
        "transfer.from_field": KnownNames(
            "FW407", "field of a task", tuple({*INCIDENT_FIELDS, *PROBLEM_FIELDS, *CHANGE_FIELDS})
        ),
        "transfer.to_field": KnownNames(
            "FW407", "field of a case that can be filled,", (*TARGETS, *extensions.fields_of_case_types)
        ),
    }
    return (
        *book.findings,
        *analyse_library(book.library, since=since),
        *test_findings(book.library),
        *unknown_names(book.library, known),
        *_unknown_beside_other_errors(contents, extensions, book, known),
        *vocabulary_rows(book.library),
        *_producer_properties(book.library),
        *read_scenarios(book.library.reserved_sheets)[1],
        *_rule_actions(book.rule_set, (*flows, *extensions.event_actions)),
        *messages.check(message_fields(extensions)),
        *_plugin_failures(extensions),
        *plugin_findings(book.library, extensions.table_checks),
    )


def _unknown_beside_other_errors(
    contents: Contents, extensions: Extensions, book: Read, known: Mapping[str, KnownNames]
) -> Iterator[Finding]:
    """Unknown names in tables that are refused for something else: their cells are told all at once."""
    if not book.errors:
        return
    named = {binding: NamedSet(one.what, frozenset(one.names)) for binding, one in known.items()}
    wider = read(contents, vocabulary=Vocabulary(attributes(), named), functions=extensions.cell_functions)
    decided = {(table.model.place.workbook, table.model.place.sheet) for table in book.library.tables}
    for finding in wider.findings:
        if finding.code == UNKNOWN_NAME.code and (finding.place.workbook, finding.place.sheet) not in decided:
            # What kind of name it is stands in the message alone.
            found = next(one for one in known.values() if finding.message.startswith(f"no {one.what} of that name"))
            yield replace(finding, code=found.code, message=f"there is no {found.what} {finding.text!r}")


def _rule_actions(rule_set: RuleSet, flows: tuple[str, ...]) -> Iterator[Finding]:
    """Event rules that run an unknown flow."""
    for rule in rule_set.rules:
        if rule.action.kind is ActionKind.RUN_FLOW and rule.action.target not in flows:
            near = nearest(rule.action.target or "", flows)
            yield Finding(
                "FW403",
                Severity.ERROR,
                f"there is no flow {rule.action.target!r}",
                place=rule.place,
                rule=rule.id,
                text=str(rule.action),
                hint=f"did you mean {near!r}?" if near else None,
                suggestion=near,
            )


def _producer_properties(library: Library) -> Iterator[Finding]:
    """Values that the producer cannot work with: it goes on as by default."""
    for name, default in DEFAULTS.items():
        entry = library.definitions.properties.get(name)
        wrong = fault(name, entry.value) if entry is not None and entry.value is not None else None
        if entry is not None and wrong is not None:
            yield Finding(
                "FW413",
                Severity.ERROR,
                f"property {name!r} {wrong}",
                place=entry.place,
                text=str(entry.value),
                hint=f"by default: {default}",
            )


def _plugin_failures(extensions: Extensions) -> Iterator[Finding]:
    for failure in extensions.failures:
        yield Finding(
            "FW409",
            Severity.ERROR,
            str(failure),
            place=Place(workbook=failure.origin),
            hint="mend the plugin, or take it away",
        )
