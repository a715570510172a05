"""Posting notifications to a URL one by one, and what the answers mean: for the sinks ``webhook`` and ``slack``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from forewarn.plugins.api import DeliveryResult, Notification, Outcome
from forewarn.plugins.stock.sinks.options import Options

LONGEST_BATCH = 60.0
LONGEST_ANSWER = 4096
LONGEST_WAIT = timedelta(days=1)
TRY_AGAIN = frozenset({408, 421, 425, 429})
CREDENTIALS_WANTED = frozenset({401, 403, 407})

Post = tuple[bytes, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PostingSink:
    """Posts to ``url`` over one kept connection what ``made`` makes of a notification: a body and its headers.

    Answers in ``credentials_wanted`` wait for an admin; other statuses are taken as `result_of` says.
    """

    url: str = field(repr=False)
    client: httpx.Client = field(repr=False)
    made: Callable[[Notification], Post] = field(repr=False)
    credentials_wanted: Collection[int] = CREDENTIALS_WANTED

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Post the batch; once the other side does not answer, the rest is left for later."""
        results: list[DeliveryResult] = []
        ends = time.monotonic() + LONGEST_BATCH
        reason: str | None = None
        for notification in batch:
            if reason is None and time.monotonic() > ends:
                reason = f"the other side took longer than {LONGEST_BATCH:.0f} s for a batch"
            if reason is None:
                try:
                    results.append(self._post(notification))
                    continue
                except httpx.HTTPError as error:
                    reason = f"no answer: {type(error).__name__} {error}".strip()
            results.append(DeliveryResult(notification.event_id, Outcome.RETRY, reason))
        return results

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _post(self, notification: Notification) -> DeliveryResult:
        body, headers = self.made(notification)
        with self.client.stream("POST", self.url, content=body, headers=headers) as response:
            _drain(response)
            return result_of(notification.event_id, response, self.credentials_wanted)


def open_client(options: Options, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A client with the option ``timeout`` (seconds) that follows no redirects: what is posted is for one URL."""
    # They log each URL, which may be the secret itself, and each answer, which may quote what was sent.
    for library in ("httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)
    return httpx.Client(
        timeout=options.whole("timeout", 10, least=1, most=60),
        follow_redirects=False,
        headers={"User-Agent": "forewarn", "Content-Type": "application/json", **(headers or {})},
    )


def url_of(options: Options) -> str:
    """The option ``url``, or what its reference ``env:NAME`` or ``file:PATH`` stands for; no error shows it."""
    text = options.secret("url")
    if text is None:
        raise options.fault("needs the option 'url'", hint='write url = "…"')
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise options.fault("option 'url' is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise options.fault("option 'url' must start with https:// or http://")
    if url.userinfo:
        raise options.fault("option 'url' holds a password", hint='write token = "env:NAME"')
    return text


def result_of(event_id: str, response: httpx.Response, credentials_wanted: Collection[int]) -> DeliveryResult:
    """What an answer means for the notification."""
    status = response.status_code
    reason = f"answered {status} {response.reason_phrase}".strip()
    if response.is_success:
        return DeliveryResult(event_id, Outcome.DELIVERED)
    if status in credentials_wanted:
        return DeliveryResult(event_id, Outcome.NEEDS_CREDENTIALS, reason)
    if status in TRY_AGAIN or status >= 500:
        return DeliveryResult(event_id, Outcome.RETRY, reason, retry_after(response))
    if response.is_redirect:
        reason += ", redirects are not followed: write the new address into 'url'"
    return DeliveryResult(event_id, Outcome.REFUSED, reason)


def _drain(response: httpx.Response) -> None:
    """Read a short answer, so that the connection can be used again; a long one, or one that may never end, is left."""
    length = response.headers.get("Content-Length", "")
    if response.status_code == httpx.codes.NO_CONTENT or (length.isdigit() and int(length[:9]) <= LONGEST_ANSWER):
        for _ in response.iter_raw():
            pass


def retry_after(response: httpx.Response) -> timedelta | None:
    """How long the other side asks to wait: seconds or a date, at most a day (RFC 9110 §10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
