"""Sink ``eml``: one ``.eml`` file a notification, for a mail gateway that watches a folder, and for looking.

Options: ``directory`` (``outbox``), ``from`` (``forewarn@localhost``). The file's name comes from the event id: a
repeat writes the same file again. A file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.mail import Unaddressable, email_bytes, sender_of
from forewarn.plugins.stock.sinks.options import Options

LONGEST_NAME = 100
FLUSHED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class EmlSink:
    """Writes messages from ``sender`` into ``directory``."""

    directory: Path
    sender: Address

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Write the batch; without an address one is refused, an unwritable folder is tried again.

        All files are written before any is flushed, and then several at a time: a journalling file system takes them
        together. None gets its name, nor counts as delivered, before its content is safe.
        """
        results: dict[str, DeliveryResult] = {}
        written: list[_Unfinished] = []
        for notification in {one.event_id: one for one in batch}.values():
            try:
                content = email_bytes(notification, self.sender)
                self.directory.mkdir(parents=True, exist_ok=True)
                path = self.directory / f"{file_name(notification.event_id)}.eml"
                written.append(_Unfinished(notification.event_id, path, content))
            except Unaddressable as error:
                results[notification.event_id] = DeliveryResult(notification.event_id, Outcome.REFUSED, str(error))
            except OSError as error:
                results[notification.event_id] = self._later(notification.event_id, error)
        with ThreadPoolExecutor(FLUSHED_AT_ONCE) as pool:
            flushed = list(pool.map(lambda one: self._try(one, one.flush, results), written))
        finished = [one for one, good in zip(written, flushed, strict=True) if good]
        named = [one for one in finished if self._try(one, one.give_name, results)]
        if named:
            try:
                _sync_directory(self.directory)
            except OSError as error:
                results |= {one.event_id: self._later(one.event_id, error) for one in named}
        results = {one.event_id: DeliveryResult(one.event_id, Outcome.DELIVERED) for one in named} | results
        return [results[one.event_id] for one in batch]

    def _try(self, file: _Unfinished, step: Callable[[], None], results: dict[str, DeliveryResult]) -> bool:
        """Take one step with a file; where that fails the file goes away, and is written again later."""
        try:
            step()
        except OSError as error:
            file.discard()
            results[file.event_id] = self._later(file.event_id, error)
            return False
        return True

    def _later(self, event_id: str, error: OSError) -> DeliveryResult:
        return DeliveryResult(event_id, Outcome.RETRY, f"{self.directory}: {error.strerror or error}")

    def close(self) -> None:
        """Nothing to let go of."""


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


class _Unfinished:
    """A file that stands under another name until its content is on the disk; raises OSError where it cannot."""

    def __init__(self, event_id: str, path: Path, content: bytes) -> None:
        self.event_id = event_id
        self._path = path
        self._part = path.with_suffix(f".{os.getpid()}.part")
        self._file = self._part.open("wb", buffering=0)
        try:
            left = memoryview(content)
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            self.discard()
            raise

    def flush(self) -> None:
        """Make the content durable."""
        os.fsync(self._file.fileno())
        self._file.close()

    def give_name(self) -> None:
        """Let the file appear, whole."""
        self._part.replace(self._path)

    def discard(self) -> None:
        """Take away what was begun."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    """Make the names of new files as durable as their content."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
