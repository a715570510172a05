"""A site with everything composed: what every action takes as its first argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from forewarn.engine.clock import Clock, SystemClock
from forewarn.engine.messages import MessageLibrary, with_message_flows
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.store import Store
from forewarn.plugins.api import Extensions, Flow

CUSTOMER_NOTIFICATIONS = "customer notifications"
TICKET_EVENTS = "trouble ticket events"
TAKEN = (CUSTOMER_NOTIFICATIONS, TICKET_EVENTS)
"""What a sink may take."""

OPEN_MESSAGE_BUS = "openMessageBus"
HERMES = "hermes"
"""The publishers that a sink may carry."""


@dataclass(frozen=True, slots=True)
class SinkConfiguration:
    """A ``[sinks.NAME]`` table of forewarn.toml: the sink's kind, its options, and how it is used.

    ``time_limit`` (seconds) bounds each call of it; ``batch`` is the most it is handed at once, ``per_minute`` the most
    in a minute (``None``: as much as there is); after ``rest_after`` failures in a row it rests. ``takes`` says what it
    gets, of `TAKEN`; ``tmf621`` is the version in which it gets trouble tickets. ``publisher`` is the one whose events
    it carries, if any: of the open message bus each event goes to the topics that take it.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    time_limit: float = 120.0
    batch: int = 200
    per_minute: int | None = None
    rest_after: int = 5
    takes: tuple[str, ...] = (CUSTOMER_NOTIFICATIONS,)
    tmf621: str = "v4"
    publisher: str | None = None


@dataclass(frozen=True)
class OpenSite:
    """A site: its folder, store, workbooks, plugins, clock and sinks, for one domain.

    ``warnings`` are lines that every surface prints once: a workbook whose last good version stays live,
    a plugin that was left out, what a nearer plugin replaced. ``flow_seconds`` is how long a flow, event action or
    observer may take: the transaction waits for it, and with it everybody else who wants to write. What
    ``paused_sinks`` would get is queued for them all the same, until they are enabled again.
    """

    root: Path
    store: Store
    rulebook: Rulebook
    extensions: Extensions
    clock: Clock = field(default_factory=SystemClock)
    sinks: Mapping[str, SinkConfiguration] = field(default_factory=dict)
    paused_sinks: Mapping[str, SinkConfiguration] = field(default_factory=dict)
    domain: str = ""
    flow_seconds: float = 10.0

    @cached_property
    def messages(self) -> MessageLibrary:
        """The site's own message files before those of plugins."""
        own = self.root / "messages"
        nearest = [own] if own.is_dir() else []
        return MessageLibrary([*nearest, *(path for path in self.extensions.message_directories if path != own)])

    @cached_property
    def flows(self) -> Mapping[str, Flow]:
        """Every flow that the escalation sheet can name: those of plugins, and those of the site's message files."""
        return with_message_flows(self.extensions, self.messages).flows

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong but contained, a line each."""
        failures = (str(failure) for failure in self.extensions.failures)
        return (*self.rulebook.warnings, *failures, *self.extensions.notes)
