"""Sink ``console``: what was sent, one line each, for the person who watches.

Options: ``limit`` (lines of one batch that are written out, 10), ``stream`` (``stderr`` or ``stdout``; standard
output belongs to what a command answers, so ``stderr`` unless told otherwise).
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.options import Options


@dataclass(frozen=True, slots=True)
class ConsoleSink:
    """Writes the first ``limit`` notifications of a batch and the number of the others."""

    limit: int
    stream: str

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Write the batch; nothing can go wrong that a later try would mend."""
        lines = [_line(notification) for notification in batch[: self.limit]]
        if len(batch) > self.limit:
            lines.append(f"… and {len(batch) - self.limit} more" if lines else f"{len(batch)} notifications")
        stream = sys.stderr if self.stream == "stderr" else sys.stdout
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()
        return [DeliveryResult(notification.event_id, Outcome.DELIVERED) for notification in batch]

    def close(self) -> None:
        """Nothing to let go of."""


def open_sink(settings: SinkSettings) -> ConsoleSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "console"``."""
    options = Options(settings, ("limit", "stream"))
    limit = options.whole("limit", 10, least=0, most=100_000)
    return ConsoleSink(
        limit, "stdout" if options.choice("stream", "stderr", ("stderr", "stdout")) == "stdout" else "stderr"
    )


def _line(notification: Notification) -> str:
    address = f" <{notification.address}>" if notification.address else ""
    who = f"{notification.recipient}{address}"
    return _plain(f"{notification.record}  {notification.event} → {who}: {notification.subject}")


def _plain(text: str) -> str:
    """Without control characters: a customer's words must not steer the terminal."""
    unwanted = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    return "".join(" " if unicodedata.category(character) in unwanted else character for character in text)
