"""Topic synchronisation: what was made here is made on the bus, over the sinks that carry the open message bus."""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.engine.open_site import OPEN_MESSAGE_BUS, OpenSite
from forewarn.engine.publishing import spokes, topics
from forewarn.engine.publishing.choosing import sinks_of
from forewarn.engine.reports import Progress, Topic, TopicReport
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.engine.work import begin
from forewarn.plugins.api import Outcome


def synchronise(
    site: OpenSite, names: Sequence[str], *, asked_by: str, progress: Progress | None = None
) -> TopicReport:
    """Make topics on every bus, outside every transaction, and note what came of it.

    Without ``names``, those made here that no bus was found to have yet. Raises `NotFound` for a name that is none.
    """
    with site.store.read() as txn:
        known = topics.every(txn, site.domain)
        for name in names:
            if all(topic.name != name for topic in known):
                raise topics.missing(txn, site.domain, name)
    wanted = [
        topic
        for topic in known
        if topic.type == topics.EGRESS
        and topic.user_created
        and (topic.name in names or (not names and topic.synchronised_at is None))
    ]
    buses = sinks_of(site, OPEN_MESSAGE_BUS)
    failures: list[str] = []
    for number, topic in enumerate(wanted):
        reason = _make(site, buses, topic)
        with begin(site, asked_by) as work:
            topics.note_synchronised(work, topic.name, reason=reason)
        if reason is not None:
            failures.append(f"topic {topic.name}: {reason}")
        if progress is not None:
            progress("topics", number + 1, len(wanted))
    with site.store.read() as txn:
        after = [topics.find(txn, site.domain, topic.name) for topic in wanted]
    return TopicReport(
        topics=tuple(topic for topic in after if topic is not None),
        changed=len(wanted) - len(failures),
        failures=tuple(failures),
    )


def _make(site: OpenSite, buses: Sequence[str], topic: Topic) -> str | None:
    """Make a topic on each bus; why that failed, or ``None``."""
    if not buses:
        return f'no bus is configured: no sink of forewarn.toml has publisher = "{OPEN_MESSAGE_BUS}"'
    faults = [fault for name in buses if (fault := _make_on(site, name, topic)) is not None]
    return "; ".join(faults) or None


def _make_on(site: OpenSite, bus: str, topic: Topic) -> str | None:
    request = spokes.create_request(topic.name, {"partitions": topic.partitions, "replication": topic.replication})
    try:
        calls = SinkCalls(site, bus, site.sinks[bus])
    except SinkFailed as failure:
        return f"sink {bus}: {failure}"
    try:
        spoke = spokes.chosen(site, calls, request) or calls.as_spoke()
        if spoke is None:
            return f"sink {bus}: it cannot make topics, and no plugin's spoke selector took it"
        answer = spokes.post(calls, spoke, request)
        calls.close()
    except SinkFailed as failure:
        return f"sink {bus}: {failure}"
    if answer.outcome is Outcome.DELIVERED:
        return None
    return f"sink {bus}: {answer.reason or answer.outcome.value}"
