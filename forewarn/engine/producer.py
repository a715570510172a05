"""The properties of the producer, with the defaults of S3 "Using the producer framework for outbound notifications".

They stand on the Properties sheet of a site; other spellings of a name are rows of its Aliases sheet.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forewarn.engine.open_site import HERMES, OPEN_MESSAGE_BUS

PREFIX = "sn_api_notif_mgmt."

EVENT_LOG = f"{PREFIX}event.log"
PUBLISHER = f"{PREFIX}publisher_messages"
MAX_RECORDS = f"{PREFIX}inboundqueue.maxrecords"
BATCH_LIMIT = f"{PREFIX}inboundqueue.batch.limit"
MAX_SPIN = f"{PREFIX}glide.mutex.maxspin"
MAX_TIME = f"{PREFIX}schedule.maxtime"
SLEEP = f"{PREFIX}glide.mutex.sleep"

DEFAULTS: Mapping[str, str | int] = {
    EVENT_LOG: "err",
    PUBLISHER: OPEN_MESSAGE_BUS,
    MAX_RECORDS: 200,
    BATCH_LIMIT: 200,
    MAX_SPIN: 100,
    MAX_TIME: 90_000,
    SLEEP: 100,
}

BOTH = "both"

LEVELS: Mapping[str, int] = {
    "emerg": 70,
    "alert": 60,
    "crit": logging.CRITICAL,
    "err": logging.ERROR,
    "warning": logging.WARNING,
    "notice": 25,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
"""The levels of logging by their names there."""

for _name in ("emerg", "alert", "notice"):
    logging.addLevelName(LEVELS[_name], _name.upper())

CHOICES: Mapping[str, tuple[str, ...]] = {EVENT_LOG: tuple(LEVELS), PUBLISHER: (OPEN_MESSAGE_BUS, HERMES, BOTH)}
"""What the properties that are words may say."""

LOG = logging.getLogger("forewarn.delivery")


@dataclass(frozen=True, slots=True)
class Producer:
    """How the producer works: counts of records, times in milliseconds.

    A run takes at most ``max_records`` for each sink, ``batch_limit`` at a time, and fails after ``max_time``.
    Where another process takes records of the same sink just then, it is tried again ``max_spin`` times at most,
    ``sleep`` apart. ``level`` is what is logged, ``publisher`` to which bus events go.
    """

    max_records: int
    batch_limit: int
    max_time: int
    max_spin: int
    sleep: int
    level: str
    publisher: str


def read_producer(properties: Mapping[str, Any]) -> Producer:
    """The producer as the properties of a site say; what is not there, or cannot be used, is as by default."""
    return Producer(
        max_records=_count(properties, MAX_RECORDS),
        batch_limit=_count(properties, BATCH_LIMIT),
        max_time=_count(properties, MAX_TIME),
        max_spin=_count(properties, MAX_SPIN),
        sleep=_count(properties, SLEEP),
        level=_word(properties, EVENT_LOG),
        publisher=_word(properties, PUBLISHER),
    )


def fault(name: str, value: Any) -> str | None:
    """What is wrong with the value of one of these properties, in words; None where nothing is."""
    choices = CHOICES.get(name)
    if choices is not None:
        return None if value in choices else f"must be one of {', '.join(choices)}"
    if isinstance(value, Decimal | int) and not isinstance(value, bool) and value == int(value) and value >= 1:
        return None
    return "must be a whole number of 1 or more"


def _count(properties: Mapping[str, Any], name: str) -> int:
    value = properties.get(name)
    return int(DEFAULTS[name] if value is None or fault(name, value) else value)


def _word(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    return str(DEFAULTS[name] if value is None or fault(name, value) else value)
