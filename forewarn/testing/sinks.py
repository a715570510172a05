"""A sink that remembers what it was given, and answers as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from forewarn.plugins.api import DeliveryResult, Notification, Outcome


@dataclass
class RecordingSink:
    """Keeps what it delivered in ``delivered``, and all that it was ever handed in ``handed``.

    ``answer`` says what becomes of a notification (delivered unless a test sets it); it may raise.
    """

    answer: Callable[[Notification], DeliveryResult] | None = None
    delivered: list[Notification] = field(default_factory=list)
    handed: list[Notification] = field(default_factory=list)
    closed: int = 0

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Remember the batch and answer for each."""
        results: list[DeliveryResult] = []
        for notification in batch:
            self.handed.append(notification)
            if self.answer is None:
                result = DeliveryResult(notification.event_id, Outcome.DELIVERED)
            else:
                result = self.answer(notification)
            if result.outcome is Outcome.DELIVERED:
                self.delivered.append(notification)
            results.append(result)
        return results

    def close(self) -> None:
        """Count how often it was closed."""
        self.closed += 1
