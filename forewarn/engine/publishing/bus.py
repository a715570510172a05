"""The open message bus: an event goes to each topic that takes it, and is done when all of them have it.

What a topic took, or refused, is kept until the others have an end too, so that a topic that failed is tried again by
itself and no other gets a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import and_, delete, insert, or_, select

from forewarn.engine.open_site import OPEN_MESSAGE_BUS, OpenSite, SinkConfiguration
from forewarn.engine.publishing import spokes, topics
from forewarn.engine.schema.publishing import topic_posts
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

SETTLED = frozenset({Outcome.DELIVERED, Outcome.REFUSED})
Posts = dict[str, dict[str, DeliveryResult]]
"""What became of events, by event id and topic."""


def open_calls(site: OpenSite, name: str, configuration: SinkConfiguration) -> SinkCalls:
    """The sink, opened: as it is, or as the open message bus. Raises `SinkFailed`."""
    kind = BusCalls if configuration.publisher == OPEN_MESSAGE_BUS else SinkCalls
    return kind(site, name, configuration)


class BusCalls(SinkCalls):
    """A sink as the open message bus: the topic picker before it, and the spoke selector."""

    def deliver(self, batch: Sequence[Notification]) -> Mapping[str, DeliveryResult]:
        """Post each event to every topic that takes it, a topic at a time; what none takes is done."""
        with self.site.store.read() as txn:
            known = topics.every(txn, self.site.domain)
        taken = {one.event_id: [topic.name for topic in topics.taking(known, one)] for one in batch}
        posts = self._posts(batch)
        kept = {event_id for event_id, done in posts.items() if done}
        for topic in known:
            ready = [one for one in batch if topic.name in taken[one.event_id]]
            untold = [one for one in ready if topic.name not in posts[one.event_id]]
            answers = self._post(topic.name, untold) if untold else {}
            for event_id, answer in answers.items():
                posts[event_id][topic.name] = answer
            kept |= self._keep(topic.name, [one for event_id, one in answers.items() if len(taken[event_id]) > 1])
        results = {event_id: _together(event_id, picked, posts[event_id]) for event_id, picked in taken.items()}
        self._forget([results[event_id] for event_id in kept])
        return results

    def _post(self, topic: str, events: Sequence[Notification]) -> Mapping[str, DeliveryResult]:
        """What becomes of events at one topic: by the spoke that a plugin chose, or by the sink in one request."""
        results: dict[str, DeliveryResult] = {}
        own: list[Notification] = []
        for one in events:
            request = spokes.publish_request(topic, one)
            spoke = spokes.chosen(self.site, self, request)
            if spoke is None:
                own.append(replace(one, topic=topic))
            else:
                answer = spokes.post(self, spoke, request)
                results[one.event_id] = self.told(
                    DeliveryResult(one.event_id, answer.outcome, answer.reason, answer.retry_after)
                )
        return results | (dict(self._post_itself(own)) if own else {})

    def _post_itself(self, events: Sequence[Notification]) -> Mapping[str, DeliveryResult]:
        """One request for all; where the sink raises, one by one, so that one event does not hold the others."""
        try:
            return super().deliver(events)
        except SinkFailed as failure:
            if failure.hung:
                raise
            if len(events) == 1:
                return {one.event_id: DeliveryResult(one.event_id, Outcome.RETRY, str(failure)) for one in events}
            return {event_id: result for one in events for event_id, result in self._post_itself([one]).items()}

    def _posts(self, batch: Sequence[Notification]) -> Posts:
        """What former tries got done."""
        posts: Posts = {one.event_id: {} for one in batch}
        query = select(topic_posts).where(topic_posts.c.sink == self.name, topic_posts.c.event_id.in_(list(posts)))
        with self.site.store.read() as txn:
            for row in txn.execute(query).mappings():
                posts[row["event_id"]][row["topic"]] = DeliveryResult(
                    row["event_id"], Outcome(row["outcome"]), row["reason"]
                )
        return posts

    def _keep(self, topic: str, answers: Sequence[DeliveryResult]) -> set[str]:
        """Keep what has an end at this topic; the ids of those events."""
        ended = [one for one in answers if one.outcome in SETTLED]
        if ended:
            with self.site.store.write() as txn:
                txn.execute(
                    insert(topic_posts),
                    [
                        {
                            "sink": self.name,
                            "topic": topic,
                            "event_id": one.event_id,
                            "outcome": one.outcome.value,
                            "reason": one.reason,
                        }
                        for one in ended
                    ],
                )
        return {one.event_id for one in ended}

    def _forget(self, results: Sequence[DeliveryResult]) -> None:
        """Forget all of an event that every topic took; of one that a topic refused keep who took it, so that sending
        it again is for the others.
        """
        taken = [one.event_id for one in results if one.outcome is Outcome.DELIVERED]
        refused = [one.event_id for one in results if one.outcome is Outcome.REFUSED]
        if taken or refused:
            ended = or_(
                topic_posts.c.event_id.in_(taken),
                and_(topic_posts.c.event_id.in_(refused), topic_posts.c.outcome == Outcome.REFUSED.value),
            )
            with self.site.store.write() as txn:
                txn.execute(delete(topic_posts).where(topic_posts.c.sink == self.name, ended))


def _together(event_id: str, taken: Sequence[str], posts: Mapping[str, DeliveryResult]) -> DeliveryResult:
    """What became of an event: the worst of its topics, where to be tried again comes before refused."""
    if not taken:
        return DeliveryResult(event_id, Outcome.DELIVERED, "no topic takes it")
    found = {topic: posts[topic] for topic in taken}
    for outcome in (Outcome.RETRY, Outcome.NEEDS_CREDENTIALS, Outcome.REFUSED):
        ill = {topic: result for topic, result in found.items() if result.outcome is outcome}
        if ill:
            reason = "; ".join(f"topic {topic}: {result.reason or outcome.value}" for topic, result in ill.items())
            waits = [result.retry_after for result in ill.values() if result.retry_after is not None]
            return DeliveryResult(event_id, outcome, reason, max(waits) if waits else None)
    return DeliveryResult(event_id, Outcome.DELIVERED)
