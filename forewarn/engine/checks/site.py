"""All findings of a site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from forewarn.decision_tables.allowed_values import nearest
from forewarn.engine.checks.names import KnownNames, unknown_names
from forewarn.engine.checks.plugin_checks import plugin_findings
from forewarn.engine.field_map import TARGETS
from forewarn.engine.messages import MessageLibrary, with_message_flows
from forewarn.engine.notifications import ACCOUNT_CONTACTS, CONSUMER, PRIMARY_CONTACT
from forewarn.engine.policies import Handling
from forewarn.engine.rendering import MESSAGE_FIELDS
from forewarn.engine.rulebook import Contents, read, workbooks_on_disk
from forewarn.engine.views import INCIDENT_FIELDS
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
    book = read(workbooks_on_disk(root) if contents is None else contents, functions=extensions.cell_functions)
    known = {
        "flow.name": KnownNames("FW403", "flow", tuple(flows)),
        "message.key": KnownNames("FW404", "message", messages.keys),
        "notification.recipient": KnownNames("FW405", "recipient", (PRIMARY_CONTACT, ACCOUNT_CONTACTS, CONSUMER)),
        "major_case.handling": KnownNames("FW406", "handling", tuple(Handling)),
        "transfer.from_field": KnownNames("FW407", "field of an incident", INCIDENT_FIELDS),
        "transfer.to_field": KnownNames("FW407", "field of a case that can be filled,", TARGETS),
    }
    return (
        *book.findings,
        *analyse_library(book.library, since=since),
        *unknown_names(book.library, known),
        *_rule_actions(book.rule_set, (*flows, *extensions.event_actions)),
        *messages.check(MESSAGE_FIELDS),
        *_plugin_failures(extensions),
        *plugin_findings(book.library, extensions.table_checks),
    )


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


def _plugin_failures(extensions: Extensions) -> Iterator[Finding]:
    for failure in extensions.failures:
        yield Finding(
            "FW409",
            Severity.ERROR,
            str(failure),
            place=Place(workbook=failure.origin),
            hint="mend the plugin, or take it away",
        )
