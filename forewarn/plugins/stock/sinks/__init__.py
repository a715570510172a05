"""The sinks that come with Forewarn: console, jsonl, eml, smtp, webhook, slack, kafka, rest_proxy and spokes.

Each factory imports its module when a site first asks for that kind: none pays for the libraries of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from forewarn.plugins.api import Sink, SinkFactory, SinkSettings
from forewarn.plugins.hookspecs import hookimpl

KINDS = ("console", "jsonl", "eml", "smtp", "webhook", "slack", "kafka", "rest_proxy", "spokes")
"""Each kind is a module of this package with a function ``open_sink(settings)``."""


@hookimpl
def forewarn_sinks() -> Mapping[str, SinkFactory]:
    """One factory a kind."""
    return {kind: _factory(kind) for kind in KINDS}


def _factory(kind: str) -> SinkFactory:
    def open_sink(settings: SinkSettings) -> Sink:
        sink: Sink = import_module(f"{__name__}.{kind}").open_sink(settings)
        return sink

    return open_sink
