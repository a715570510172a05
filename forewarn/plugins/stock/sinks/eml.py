"""Sink ``eml``: one ``.eml`` file a notification, for a mail gateway that watches a folder, and for looking.

Options: ``directory`` (``outbox``), ``from`` (``forewarn@localhost``). The file's name comes from the event id: a
repeat writes the same file again. A file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.mail import Unaddressable, email_bytes, sender_of
from forewarn.plugins.stock.sinks.options import Options

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class EmlSink:
    """Writes messages from ``sender`` into ``directory``."""

    directory: Path
    sender: Address

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Write each notification; without an address it is refused, an unwritable folder is tried again."""
        results = [self._deliver_one(notification) for notification in batch]
        if any(result.outcome is Outcome.DELIVERED for result in results):
            _sync_directory(self.directory)
        return results

    def close(self) -> None:
        """Nothing to let go of."""

    def _deliver_one(self, notification: Notification) -> DeliveryResult:
        try:
            content = email_bytes(notification, self.sender)
            self.directory.mkdir(parents=True, exist_ok=True)
            _write_whole(self.directory / f"{file_name(notification.event_id)}.eml", content)
        except Unaddressable as error:
            return DeliveryResult(notification.event_id, Outcome.REFUSED, str(error))
        except OSError as error:
            reason = f"{self.directory}: {error.strerror or error}"
            return DeliveryResult(notification.event_id, Outcome.RETRY, reason)
        return DeliveryResult(notification.event_id, Outcome.DELIVERED)


def open_sink(settings: SinkSettings) -> EmlSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "eml"``."""
    options = Options(settings, ("directory", "from"))
    return EmlSink(options.path("directory", "outbox"), sender_of(options, "forewarn@localhost"))


def file_name(event_id: str) -> str:
    """A name for a file that tells event ids apart, whatever characters they hold."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", event_id)[:LONGEST_NAME]
    if safe == event_id:
        return safe
    return f"{safe}-{hashlib.sha256(event_id.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, flush it, and move it to its own."""
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _sync_directory(directory: Path) -> None:
    """Make the names of new files as durable as their content."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
