"""Every hook that a plugin may implement, with when it is called and what it may return.

All hooks fire once, when a site is opened; what they return is collected into an `Extensions` value.
A hook that raises, hangs or returns nonsense is reported with the plugin's name and left out; the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pluggy

from forewarn.plugins.api import (
    AlertFormat,
    CaseType,
    CellFunction,
    EventAction,
    Flow,
    Recipients,
    RecordObserver,
    SinkFactory,
    SpokeSelector,
    Summarizer,
    TableCheck,
)

hookspec = pluggy.HookspecMarker("forewarn")
hookimpl = pluggy.HookimplMarker("forewarn")


@hookspec
def forewarn_flows() -> Mapping[str, Flow]:  # type: ignore[empty-body]
    """Return flows by the names that the escalation sheet uses; called when a site is opened."""


@hookspec
def forewarn_sinks() -> Mapping[str, SinkFactory]:  # type: ignore[empty-body]
    """Return sink factories by kind, the ``kind`` of a ``[sinks.NAME]`` table; called when a site is opened."""


@hookspec
def forewarn_message_directories() -> Sequence[Path]:  # type: ignore[empty-body]
    """Return folders of message files (``*.md``); a site's own ``messages/`` always comes before them."""


@hookspec
def forewarn_workbook_directories() -> Sequence[Path]:  # type: ignore[empty-body]
    """Return folders with ``decision_tables/`` and ``rules/`` workbooks that ``forewarn init`` copies into a site."""


@hookspec
def forewarn_event_actions() -> Mapping[str, EventAction]:  # type: ignore[empty-body]
    """Return actions by the names that event rules use in ``run NAME``; unlike a flow one needs no incident.

    Called when a site is opened; an action fires inside the transaction of the event that the rule matched.
    """


@hookspec
def forewarn_case_types() -> Mapping[str, CaseType]:  # type: ignore[empty-body]
    """Return case types by name, each with the fields that its cases have beside the common ones.

    Called when a site is opened; the Field Map may fill these fields.
    """


@hookspec
def forewarn_cell_functions() -> Mapping[str, CellFunction]:  # type: ignore[empty-body]
    """Return functions by the names that expressions in cells may call; called before workbooks are read.

    A function must be pure: the same arguments give the same value, or a decision could not be replayed.
    """


@hookspec
def forewarn_recipients() -> Mapping[str, Recipients]:  # type: ignore[empty-body]
    """Return recipients lists by name: functions that say which customers a record concerns.

    Called when a site is opened; a list is asked when it is attached to a major case.
    """


@hookspec
def forewarn_record_observers() -> Sequence[RecordObserver]:  # type: ignore[empty-body]
    """Return observers of changes to records; called when a site is opened.

    An observer's ``before_commit`` fires once at the end of each transaction that changed a record and may refuse it;
    ``after_commit`` fires when it is committed and may not.
    """


@hookspec
def forewarn_spoke_selectors() -> Sequence[SpokeSelector]:  # type: ignore[empty-body]
    """Return selectors that choose who talks to an external test system or message bus; called when a site is opened.

    Selectors are asked in order, the nearest plugin's first, until one answers with a spoke.
    """


@hookspec
def forewarn_summaries() -> Mapping[str, Summarizer]:  # type: ignore[empty-body]
    """Return summarizers by purpose (``case summary``, ``resolution notes``); called when a site is opened.

    One is asked when an agent wants a text drafted, and only where the record has words enough.
    """


@hookspec
def forewarn_alert_formats() -> Mapping[str, AlertFormat]:  # type: ignore[empty-body]
    """Return the shapes in which other systems send alerts, by the names of ``forewarn run --format``.

    Called when a site is opened; a format is asked about each document that comes in.
    """


@hookspec
def forewarn_checks() -> Mapping[str, TableCheck]:  # type: ignore[empty-body]
    """Return checks of decision tables by the codes of what they find (``ACME01``; those of ours begin with FW).

    Called when a site is opened; ``forewarn check`` calls each check once for every table that can decide.
    """
