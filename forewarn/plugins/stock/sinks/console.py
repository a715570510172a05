"""Sink ``console``: what was sent, one line each, for the person who watches.

Options: ``limit`` (lines of one round of delivery that are written out, 10), ``stream`` (``stderr`` or ``stdout``;
standard output belongs to what a command answers, so ``stderr`` unless told otherwise).
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.options import Options


@dataclass(slots=True)
class ConsoleSink:
    """Writes the first ``limit`` notifications of a round of delivery, and at its end the number of the others."""

    limit: int
    stream: str
    _unwritten: int = 0
    _written: int = 0

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Write what still fits under the limit; nothing can go wrong that a later try would mend."""
        shown = batch[: max(0, self.limit - self._written)]
        self._written += len(shown)
        self._unwritten += len(batch) - len(shown)
        self._write([_line(notification) for notification in shown])
        return [DeliveryResult(notification.event_id, Outcome.DELIVERED) for notification in batch]

    def close(self) -> None:
        """Say how many were not written out."""
        if self._unwritten:
            count = f"{self._unwritten:,}"
            self._write([f"… and {count} more" if self._written else f"{count} notifications"])
            self._unwritten = 0

    def _write(self, lines: Sequence[str]) -> None:
        stream = sys.stderr if self.stream == "stderr" else sys.stdout
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()


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
