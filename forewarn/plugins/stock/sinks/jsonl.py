"""Sink ``jsonl``: one JSON object a line, appended to a file.

Options: ``path`` (``notifications.jsonl``). An event id that stands in the file already is not written again, as far as
the last 16 MiB tell. Several processes may share the file: a batch is written under a lock.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.documents import document_bytes
from forewarn.plugins.stock.sinks.options import Options

REMEMBERED_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class JsonLinesSink:
    """Appends notifications to ``path``. ``read_to`` is how far the file was read for event ids."""

    path: Path
    seen: set[str] = field(default_factory=set)
    read_to: int = 0
    inode: int | None = None

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Append the batch and flush it to the disk; a file that cannot be written is tried again later."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._catch_up(file)
                self._append(file, batch)
        except OSError as error:
            reason = f"{self.path}: {error.strerror or error}"
            return [DeliveryResult(notification.event_id, Outcome.RETRY, reason) for notification in batch]
        return [DeliveryResult(notification.event_id, Outcome.DELIVERED) for notification in batch]

    def close(self) -> None:
        """Nothing to let go of: the file is opened for each batch."""

    def _catch_up(self, file: FileIO) -> None:
        """Learn the event ids that were written since the last look, and mend a line that a crash cut off."""
        status = os.fstat(file.fileno())
        if status.st_ino != self.inode or status.st_size < self.read_to:
            self.inode, self.read_to = status.st_ino, max(0, status.st_size - REMEMBERED_BYTES)
            self.seen.clear()
        end = self.read_to
        with os.fdopen(os.dup(file.fileno()), "rb") as reader:
            reader.seek(self.read_to)
            for line in reader:
                event_id = _event_id(line)
                if event_id is not None:
                    self.seen.add(event_id)
                if line.endswith(b"\n"):
                    end += len(line)
                elif event_id is not None:
                    file.write(b"\n")
                    end += len(line) + 1
                else:
                    file.truncate(end)  # what a crash left of a line was never counted as delivered
        self.read_to = end

    def _append(self, file: FileIO, batch: Sequence[Notification]) -> None:
        new = {one.event_id: one for one in batch if one.event_id not in self.seen}
        text = b"".join(_line(notification) for notification in new.values())
        rest = memoryview(text)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), self.read_to)  # a full disk must not leave half a batch
            raise
        self.read_to += len(text)
        self.seen.update(new)


def open_sink(settings: SinkSettings) -> JsonLinesSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "jsonl"``."""
    return JsonLinesSink(Options(settings, ("path",)).path("path", "notifications.jsonl"))


def _line(notification: Notification) -> bytes:
    return document_bytes(notification) + b"\n"


def _event_id(line: bytes) -> str | None:
    """The event id of a line, ``None`` for what is not one of ours."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    event_id = value.get("event_id", value.get("eventId")) if isinstance(value, dict) else None
    return event_id if isinstance(event_id, str) else None
