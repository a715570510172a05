"""Sinks as an operator sees them: how each is doing, sending again what was given up, and trying one."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from sqlalchemy import func, select

from forewarn.engine import sink_health
from forewarn.engine.delivery_queue import DEAD, count_waiting
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.publishing.choosing import carries
from forewarn.engine.reports import SinkState
from forewarn.engine.schema.delivery import deliveries
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.errors import NotFound
from forewarn.plugins.api import DeliveryResult, Notification, Outcome


def states(site: OpenSite) -> tuple[SinkState, ...]:
    """How each sink of the site is doing."""
    with site.store.read() as txn:
        counted = select(deliveries.c.sink, deliveries.c.outcome, func.count()).group_by(
            deliveries.c.sink, deliveries.c.outcome
        )
        counts: Mapping[tuple[str, str], int] = {
            (sink, outcome): count for sink, outcome, count in txn.execute(counted)
        }
        found = []
        for name, configuration in site.sinks.items():
            health = sink_health.health_of(txn, name)
            found.append(
                SinkState(
                    sink=name,
                    kind=configuration.kind,
                    publisher=configuration.publisher,
                    off=not carries(site, configuration),
                    waiting=count_waiting(txn, name),
                    delivered=counts.get((name, Outcome.DELIVERED.value), 0),
                    refused=counts.get((name, Outcome.REFUSED.value), 0),
                    dead=counts.get((name, DEAD), 0),
                    failures=health.failures,
                    reason=health.reason,
                    resting_until=health.resting_until if health.rests(site.clock.now()) else None,
                )
            )
    return tuple(found)


def try_sink(site: OpenSite, name: str, *, address: str | None) -> DeliveryResult:
    """Open one sink and hand it one notification that is about nobody's case."""
    configuration = configuration_of(site, name)
    now = site.clock.now()
    test: dict[str, Any] = {"kind": "test", "sink": name}
    notification = Notification(
        event_id=f"test:{name}:{now:%Y%m%dT%H%M%S%f}",
        event="test",
        recipient="whoever tries the sink",
        subject=f"A test of the sink {name}",
        body="This is a test. No case and no customer is concerned.\n",
        record="TEST",
        created_at=now,
        address=address,
        data=test,
    )
    try:
        sink = SinkCalls(site, name, configuration)
        answer = sink.deliver([notification])[notification.event_id]
        sink.close()
    except SinkFailed as failure:
        return DeliveryResult(notification.event_id, Outcome.RETRY, str(failure))
    return answer


def configuration_of(site: OpenSite, name: str) -> SinkConfiguration:
    """The table of a sink in the settings; raises `NotFound` with the nearest name."""
    if name not in site.sinks:
        near = get_close_matches(name, site.sinks, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(site.sinks) or 'none'}"
        raise NotFound(f"no sink {name!r} is on in forewarn.toml", hint=hint)
    return site.sinks[name]
