"""The spoke selector: plugins are asked who posts to a topic; where none answers, the sink itself does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from forewarn.engine.open_site import OpenSite
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.plugins.api import Notification, Outcome, Spoke, SpokeAnswer, SpokeRequest

MESSAGE_BUS = "message bus"
PUBLISH, CREATE_TOPIC = "publish", "create topic"

logger = logging.getLogger("forewarn.plugins")


def publish_request(topic: str, notification: Notification) -> SpokeRequest:
    """The wish that an event be posted to a topic."""
    return SpokeRequest(MESSAGE_BUS, topic, PUBLISH, notification.payload or {}, notification.event_id)


def create_request(topic: str, settings: Mapping[str, Any]) -> SpokeRequest:
    """The wish that a topic be made."""
    return SpokeRequest(MESSAGE_BUS, topic, CREATE_TOPIC, settings, topic)


def chosen(site: OpenSite, calls: SinkCalls, request: SpokeRequest) -> Spoke | None:
    """The first spoke that a plugin's selector answers with, the nearest plugin's first; a selector that fails is
    passed over.
    """
    for selector in site.extensions.spoke_selectors:
        try:
            spoke = calls.bounded(partial(selector, request))
        except SinkFailed as failure:
            logger.warning("a spoke selector failed and was passed over: %s", failure)
            continue
        if spoke is not None:
            return spoke
    return None


def post(calls: SinkCalls, spoke: Spoke, request: SpokeRequest) -> SpokeAnswer:
    """What the spoke answers; where it fails, that it is to be tried again."""
    try:
        answer: object = calls.bounded(partial(spoke.post, request), named=True)
    except SinkFailed as failure:
        return SpokeAnswer(Outcome.RETRY, reason=str(failure))
    if not isinstance(answer, SpokeAnswer) or not isinstance(answer.outcome, Outcome):
        return SpokeAnswer(Outcome.RETRY, reason=f"the spoke answered {answer!r:.80}, not a SpokeAnswer")
    return answer
