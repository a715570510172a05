"""Sending to Kafka: what was sent is what the broker acknowledged, and the order of each record is kept.

The producer is idempotent and waits for all replicas in sync: what librdkafka sends again by itself the broker takes
once. Only its delivery callback says that a message was sent. When the time is over, what is left is withdrawn before
it is reported: no message of a former try comes after those of a later one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SpokeAnswer, SpokeRequest
from forewarn.plugins.stock.sinks.documents import document_bytes, waves

logger = logging.getLogger("forewarn.kafka")

LINGER = 5
"""Milliseconds that the client waits for more messages to send along."""
GRACE = 2.0
"""Seconds beyond the time of a message in which the client reports it, before it is withdrawn."""

CREDENTIALS_WANTED = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError._INVALID_ARG,
    }
)
"""Errors that an admin mends: who we are, what we may, or files and settings that the client cannot use."""
REFUSING = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
        KafkaError.INVALID_PARTITIONS,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.TOPIC_EXCEPTION,
    }
)
"""Errors of what was asked for itself. That a topic is not there is none: made later, it takes the same message."""


STALE = frozenset({KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART})
"""A client remembers for a while that a topic is not there; a new one sees that it was made."""


class KafkaSink:
    """Sends to ``topic``, unless one was picked for a notification; a batch takes ``timeout`` seconds at most, and a
    little more for withdrawing what is left. ``client`` are settings of librdkafka: servers and security.
    """

    def __init__(self, client: Mapping[str, Any], topic: str, timeout: int) -> None:
        self._client = dict(client)
        self._topic = topic
        self._timeout = timeout
        self._producer: Producer | None = None
        self._trouble: KafkaError | None = None

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Send the batch, of each record one after the other; behind one that is to come later, none is sent."""
        results: dict[str, DeliveryResult] = {}
        ends = time.monotonic() + self._timeout
        held: set[str] = set()
        for wave in waves(batch):
            ready = [one for one in wave if one.record not in held]
            if time.monotonic() < ends:
                answers = self._send(ready, ends)
            else:
                late = f"the broker took longer than {self._timeout} s for a batch"
                answers = {one.event_id: DeliveryResult(one.event_id, Outcome.RETRY, late) for one in ready}
            for one in wave:
                behind = "an earlier notification of the same record waits"
                result = answers.get(one.event_id) or DeliveryResult(one.event_id, Outcome.RETRY, behind)
                results[one.event_id] = result
                if result.outcome in (Outcome.RETRY, Outcome.NEEDS_CREDENTIALS):
                    held.add(one.record)
        return list(results.values())

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        """Make the topic that ``request`` names (operation ``create topic``); one that is there already is as good."""
        if request.operation != "create topic":
            return SpokeAnswer(Outcome.REFUSED, reason=f"Kafka knows no operation {request.operation!r}")
        topic = NewTopic(
            request.target,
            num_partitions=request.payload["partitions"],
            replication_factor=request.payload["replication"],
        )
        try:
            admin = AdminClient({**self._client, "client.id": "forewarn", "log_level": 0}, logger=logger)
            admin.create_topics([topic], request_timeout=self._timeout)[request.target].result(self._timeout + GRACE)
        except KafkaException as failure:
            error: KafkaError = failure.args[0]
            if error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                return SpokeAnswer(_outcome(error), reason=error.str())
        except TimeoutError:
            return SpokeAnswer(Outcome.RETRY, reason=f"no answer within {self._timeout} s")
        return SpokeAnswer(Outcome.DELIVERED)

    def close(self) -> None:
        """Let go of the connections; nothing is on its way any more."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaException):  # a client that broke down cannot even be closed in order
                producer.purge()
                producer.close()

    def _send(self, wave: Sequence[Notification], ends: float) -> dict[str, DeliveryResult]:
        answers: dict[str, KafkaError | None] = {}
        try:
            producer = self._opened()
        except KafkaException as failure:
            unusable: KafkaError = failure.args[0]
            return {one.event_id: DeliveryResult(one.event_id, _outcome(unusable), unusable.str()) for one in wave}
        for one in wave:
            try:
                producer.produce(
                    one.topic or self._topic,
                    value=document_bytes(one),
                    key=one.record.encode(),
                    headers=[
                        ("event_id", one.event_id.encode()),
                        ("event_type", one.event.encode()),
                        ("content_type", b"application/json"),
                    ],
                    timestamp=int(one.created_at.timestamp() * 1000),
                    on_delivery=partial(_note, answers, one.event_id),
                )
            except KafkaException as error:
                answers[one.event_id] = error.args[0]
            except BufferError:
                answers[one.event_id] = KafkaError(KafkaError._QUEUE_FULL)
        self._wait(producer, lambda: len(answers) == len(wave), ends + GRACE)
        if len(answers) < len(wave):
            producer.purge()
            producer.flush(GRACE)
        results = {one.event_id: self._result(one.event_id, answers) for one in wave}
        failed = [error for error in answers.values() if error is not None]
        if self._trouble is not None or any(error.fatal() or error.code() in STALE for error in failed):
            # A client that could not do its work is not used again: what the next one sends stands for itself.
            self.close()
        return results

    def _wait(self, producer: Producer, done: Callable[[], bool], ends: float) -> None:
        """Wait for what becomes of the messages, until the time is over or the broker does not want us."""
        while not done() and time.monotonic() < ends:
            producer.poll(0.1)
            if self._trouble is not None and self._trouble.code() in CREDENTIALS_WANTED:
                return

    def _result(self, event_id: str, answers: Mapping[str, KafkaError | None]) -> DeliveryResult:
        error = answers.get(event_id, KafkaError(KafkaError._TIMED_OUT))
        if error is None:
            return DeliveryResult(event_id, Outcome.DELIVERED)
        outcome, reason = _outcome(error), error.str()
        if outcome is Outcome.RETRY and self._trouble is not None:
            outcome, reason = _outcome(self._trouble), f"{reason}: {self._trouble.str()}"
        return DeliveryResult(event_id, outcome, reason)

    def _opened(self) -> Producer:
        self._trouble = None
        if self._producer is None:
            milliseconds = self._timeout * 1000
            self._producer = Producer(
                {
                    **self._client,
                    "client.id": "forewarn",
                    "enable.idempotence": True,
                    "acks": "all",
                    "linger.ms": LINGER,
                    # Where clients in Java put the same key: who joins our topic with another finds both together.
                    "partitioner": "murmur2_random",
                    "message.timeout.ms": milliseconds,
                    "request.timeout.ms": max(1000, milliseconds // 2),
                    "socket.connection.setup.timeout.ms": max(1000, milliseconds // 2),
                    "reconnect.backoff.max.ms": 1000,
                    "retry.backoff.max.ms": 1000,
                    "topic.metadata.propagation.max.ms": min(5000, milliseconds),
                    "error_cb": self._note_trouble,
                    # What happens stands in the results: a line for each try to connect would bury the rest.
                    "log_level": 0,
                },
                logger=logger,
            )
        return self._producer

    def _note_trouble(self, error: KafkaError) -> None:
        """Remember why the client cannot reach the brokers; the first word is the best, but for one on credentials."""
        if self._trouble is None or error.code() in CREDENTIALS_WANTED:
            self._trouble = error


def _outcome(error: KafkaError) -> Outcome:
    """What an error means for whatever was asked for."""
    if error.code() in REFUSING:
        return Outcome.REFUSED
    return Outcome.NEEDS_CREDENTIALS if error.code() in CREDENTIALS_WANTED else Outcome.RETRY


def _note(answers: dict[str, KafkaError | None], event_id: str, error: KafkaError | None, _: Message) -> None:
    answers[event_id] = error
