"""Every hook that a plugin may implement, with when it is called and what it may return.

All hooks fire once, when a site is opened; what they return is collected into an `Extensions` value.
A hook that raises is reported with the plugin's name and left out; the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pluggy

from forewarn.plugins.api import Flow, SinkFactory

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
