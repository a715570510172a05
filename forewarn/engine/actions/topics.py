"""Topics of the open message bus: made here, registered by the bus, listed, made on the bus, removed."""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.engine.open_site import OpenSite
from forewarn.engine.publishing import publisher, synchronising
from forewarn.engine.publishing import topics as engine_topics
from forewarn.engine.reports import Progress, PublisherState, Topic, TopicReport
from forewarn.engine.work import begin


def list_topics(site: OpenSite) -> tuple[Topic, ...]:
    """All topics, by name."""
    with site.store.read() as txn:
        return engine_topics.every(txn, site.domain)


def add_topic(
    site: OpenSite,
    name: str,
    *,
    header_query: str = "",
    content_query: str = "",
    description: str = "",
    partitions: int = 1,
    replication: int = 1,
    asked_by: str,
) -> TopicReport:
    """Make an egress topic here (``user_created`` true), and at once try to make it on the bus (S3 "Outbound trouble
    ticket notifications via open message bus").

    It takes the events that both queries match (`forewarn.engine.publishing.queries`). ``partitions`` and
    ``replication`` are what the bus is asked for. A bus that fails is told among the report's failures, and the topic
    stays: `sync_topics` tries again. Raises `BadRecord` for a name, query or number that cannot be, `Refused` where
    there is a topic of that name.
    """
    wanted = engine_topics.Wanted(name, header_query, content_query, description, partitions, replication)
    with begin(site, asked_by) as work:
        engine_topics.add(work, wanted)
    report = synchronising.synchronise(site, [name], asked_by=asked_by)
    return TopicReport(topics=report.topics, changed=1, failures=report.failures)


def register_topic(
    site: OpenSite,
    name: str,
    *,
    type: str = engine_topics.EGRESS,
    header_query: str = "",
    content_query: str = "",
    description: str = "",
    asked_by: str,
) -> TopicReport:
    """Take note of a topic that the bus has (``user_created`` false), as its topic API does; said again it changes what
    is known of it, and ``changed`` is 1 only for one that is new.

    Raises `BadRecord`, and `Refused` for the name of a topic that was made here.
    """
    wanted = engine_topics.Wanted(name, header_query, content_query, description, type=type, user_created=False)
    with begin(site, asked_by) as work:
        new = engine_topics.register(work, wanted)
        topic = engine_topics.find(work.txn, site.domain, name)
    return TopicReport(topics=() if topic is None else (topic,), changed=int(new))


def remove_topic(site: OpenSite, name: str, *, asked_by: str) -> TopicReport:
    """Forget a topic; what the bus holds of it stays there. Raises `NotFound`."""
    with begin(site, asked_by) as work:
        topic = engine_topics.find(work.txn, site.domain, name)
        engine_topics.remove(work, name)
    return TopicReport(topics=() if topic is None else (topic,), changed=1)


def sync_topics(
    site: OpenSite, names: Sequence[str] = (), *, asked_by: str, progress: Progress | None = None
) -> TopicReport:
    """Make on the bus what was made here and is not there yet, or the topics of these names; done twice it changes
    nothing. A bus that fails is told among the report's failures. Raises `NotFound`.
    """
    return synchronising.synchronise(site, names, asked_by=asked_by, progress=progress)


def publishers(site: OpenSite) -> tuple[PublisherState, ...]:
    """Whether each publisher is on, over which sinks, and if not, why not."""
    return publisher.states(site)
