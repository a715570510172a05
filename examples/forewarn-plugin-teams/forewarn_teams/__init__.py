"""Forewarn tells a chat channel: the hooks of this plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from forewarn.plugins.api import Flow, SinkFactory
from forewarn.plugins.hookspecs import hookimpl
from forewarn_teams.bridge import open_a_bridge
from forewarn_teams.cards import open_channel


@hookimpl
def forewarn_sinks() -> Mapping[str, SinkFactory]:
    """``kind = "teams"`` in a ``[sinks.NAME]`` table."""
    return {"teams": open_channel}


@hookimpl
def forewarn_flows() -> Mapping[str, Flow]:
    """The name that the escalation sheet calls."""
    return {"Teams - Open A Bridge": open_a_bridge}


@hookimpl
def forewarn_message_directories() -> Sequence[Path]:
    """The instructions of the flow."""
    return [Path(__file__).parent / "messages"]
