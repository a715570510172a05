"""Posting records to a REST proxy, and what its answers mean: each record of a request has an answer of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SpokeAnswer, SpokeRequest
from forewarn.plugins.stock.sinks.documents import waves
from forewarn.plugins.stock.sinks.posting import CREDENTIALS_WANTED, LONGEST_BATCH, TRY_AGAIN, retry_after

LONGEST_ANSWER = 4 * 1024 * 1024
LATER = frozenset({404, *TRY_AGAIN})
"""That a topic is not there is no fault of the record: made later, it takes the same record."""
TOPIC_EXISTS = 40002


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What became of one record: a status as HTTP has them, and a text where it failed."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Api:
    """One version of the proxy's API: how records are written, and how its answers are read, one a record."""

    name: str
    content_type: str
    request: Callable[[Sequence[Notification]], bytes]
    answers: Callable[[str], Iterator[RecordAnswer]]


class _NotPosted(Exception):
    """The request as a whole did not do; ``silent`` where the other side does not answer at all."""

    def __init__(self, result: DeliveryResult, *, silent: bool = False) -> None:
        super().__init__(result.reason)
        self.result = result
        self.silent = silent


@dataclass(slots=True)
class RestProxySink:
    """Posts to the proxy at ``url``; records for which no topic was picked go to ``topic``.

    It is a spoke too: it makes topics where ``api`` can.
    """

    url: str = field(repr=False)
    client: httpx.Client = field(repr=False)
    api: Api
    topic: str | None
    cluster: str | None

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Post the batch, topic by topic, of each record one after the other; behind one that is to come later none is
        posted, and once the proxy does not answer the rest is left for later.
        """
        results: dict[str, DeliveryResult] = {}
        held: set[str] = set()
        silent: str | None = None
        ends = time.monotonic() + LONGEST_BATCH
        for wave in waves(batch):
            if silent is None and time.monotonic() > ends:
                silent = f"the other side took longer than {LONGEST_BATCH:.0f} s for a batch"
            topics: dict[str | None, list[Notification]] = {}
            for one in wave:
                if one.record in held:
                    behind = "an earlier notification of the same record waits"
                    results[one.event_id] = DeliveryResult(one.event_id, Outcome.RETRY, behind)
                else:
                    topics.setdefault(one.topic or self.topic, []).append(one)
            for topic, records in topics.items():
                if silent is not None:
                    results |= {one.event_id: DeliveryResult(one.event_id, Outcome.RETRY, silent) for one in records}
                    continue
                try:
                    results |= self._post_records(topic, records)
                except _NotPosted as fault:
                    results |= {one.event_id: _same(fault.result, one) for one in records}
                    silent = fault.result.reason if fault.silent else None
            held |= {one.record for one in wave if results[one.event_id].outcome in _WAITING}
        return list(results.values())

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        """Make the topic that ``request`` names (operation ``create topic``); one that is there already is as good."""
        if request.operation != "create topic":
            return SpokeAnswer(Outcome.REFUSED, reason=f"a REST proxy knows no operation {request.operation!r}")
        try:
            return self._make_topic(request) if self.api.name == "v3" else self._look_for(request.target)
        except _NotPosted as fault:
            return SpokeAnswer(fault.result.outcome, {}, fault.result.reason, fault.result.retry_after)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _post_records(self, topic: str | None, records: Sequence[Notification]) -> dict[str, DeliveryResult]:
        """Post records of one topic in one request; where it is refused as a whole, one by one."""
        if topic is None:
            reason = "no topic was picked for it, and the sink has no option 'topic'"
            return {one.event_id: DeliveryResult(one.event_id, Outcome.REFUSED, reason) for one in records}
        try:
            text = self._ask("POST", self._records_path(topic), self.api.request(records), self.api.content_type)
        except _NotPosted as fault:
            if fault.result.outcome is not Outcome.REFUSED or len(records) == 1:
                raise
            # One of them may be to blame: it must not take the others with it.
            return {one.event_id: result for one in records for result in self._post_single(topic, one)}
        answers: list[RecordAnswer] = []
        try:
            for answer in self.api.answers(text):
                answers.append(answer)  # noqa: PERF402 - what came before the answer breaks off counts
        except ValueError:
            pass
        results = {}
        for number, one in enumerate(records):
            answer = answers[number] if number < len(answers) else RecordAnswer(0, "the proxy gave no answer for it")
            results[one.event_id] = _result(one.event_id, answer)
        return results

    def _post_single(self, topic: str, one: Notification) -> Iterator[DeliveryResult]:
        try:
            yield from self._post_records(topic, [one]).values()
        except _NotPosted as fault:
            yield _same(fault.result, one)

    def _make_topic(self, request: SpokeRequest) -> SpokeAnswer:
        wanted = {
            "topic_name": request.target,
            "partitions_count": request.payload["partitions"],
            "replication_factor": request.payload["replication"],
        }
        path = f"/v3/clusters/{quote(self._cluster(), safe='')}/topics"
        response, text = self._answer("POST", path, json.dumps(wanted).encode(), "application/json")
        if response.is_success or _code_of(text) == TOPIC_EXISTS:
            return SpokeAnswer(Outcome.DELIVERED)
        raise _NotPosted(_of_response(response, text))

    def _look_for(self, topic: str) -> SpokeAnswer:
        response, text = self._answer("GET", f"/topics/{quote(topic, safe='')}", None, None)
        if response.status_code == 404:
            return SpokeAnswer(Outcome.REFUSED, reason=f"make the topic {topic} on the bus: API v2 cannot")
        if not response.is_success:
            raise _NotPosted(_of_response(response, text))
        return SpokeAnswer(Outcome.DELIVERED)

    def _records_path(self, topic: str) -> str:
        name = quote(topic, safe="")
        if self.api.name == "v2":
            return f"/topics/{name}"
        return f"/v3/clusters/{quote(self._cluster(), safe='')}/topics/{name}/records"

    def _cluster(self) -> str:
        """The id of the cluster: what the settings say, or the one that the proxy serves."""
        if self.cluster is None:
            text = self._ask("GET", "/v3/clusters", None, None)
            try:
                found = json.loads(text)["data"][0]["cluster_id"]
            except (ValueError, KeyError, IndexError, TypeError):
                reason = 'GET /v3/clusters named no cluster: write cluster = "…", or api = "v2"'
                raise _NotPosted(DeliveryResult("", Outcome.RETRY, reason)) from None
            self.cluster = str(found)
        return self.cluster

    def _ask(self, method: str, path: str, body: bytes | None, content_type: str | None) -> str:
        response, text = self._answer(method, path, body, content_type)
        if not response.is_success:
            raise _NotPosted(_of_response(response, text))
        return text

    def _answer(
        self, method: str, path: str, body: bytes | None, content_type: str | None
    ) -> tuple[httpx.Response, str]:
        """One request and the text of its answer, read as far as an answer may be long."""
        headers = {"Accept": "application/json, application/vnd.kafka.v2+json"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        try:
            with self.client.stream(method, self.url + path, content=body, headers=headers) as response:
                read = b""
                for part in response.iter_bytes():
                    read += part
                    if len(read) > LONGEST_ANSWER:
                        break
                return response, read.decode("utf-8", "replace")
        except httpx.HTTPError as error:
            reason = f"no answer: {type(error).__name__} {error}".strip()
            raise _NotPosted(DeliveryResult("", Outcome.RETRY, reason), silent=True) from None


_WAITING = frozenset({Outcome.RETRY, Outcome.NEEDS_CREDENTIALS})


def _outcome(status: int) -> Outcome:
    """What a status means for a record; 0 stands for no answer."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status in CREDENTIALS_WANTED:
        return Outcome.NEEDS_CREDENTIALS
    return Outcome.RETRY if status in LATER or status >= 500 or status == 0 else Outcome.REFUSED


def _result(event_id: str, answer: RecordAnswer) -> DeliveryResult:
    outcome = _outcome(answer.status)
    reason = answer.message or f"the proxy answered {answer.status} for it"
    return DeliveryResult(event_id, outcome, None if outcome is Outcome.DELIVERED else reason)


def _of_response(response: httpx.Response, text: str) -> DeliveryResult:
    """What the answer to a whole request means, in the proxy's own words where it has any."""
    reason = f"answered {response.status_code} {response.reason_phrase}".strip()
    if response.is_redirect:
        reason += ", redirects are not followed: write the new address into 'url'"
    try:
        said = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        said = ""
    if said:
        reason += f": {said}"
    outcome = _outcome(response.status_code)
    return DeliveryResult("", outcome, reason, retry_after(response) if outcome is Outcome.RETRY else None)


def _same(result: DeliveryResult, one: Notification) -> DeliveryResult:
    return DeliveryResult(one.event_id, result.outcome, result.reason, result.retry_after)


def _code_of(text: str) -> int | None:
    """The error code of a document that tells a fault."""
    try:
        code = json.loads(text)["error_code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None
