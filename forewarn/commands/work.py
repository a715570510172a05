"""``forewarn work``: event rules, timers and deliveries, for as long as the process lives."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.health import serving
from forewarn.commands.options import json_option
from forewarn.commands.rendering import of, say, show_json, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions.working import Working
from forewarn.engine.actions.working import status as site_status
from forewarn.engine.actions.working import work as do_work

_LOOK = 0.5
"""So many seconds lie between two looks at the files."""

_FILES = ("forewarn.toml", "decision_tables/*", "rules/*", "messages/*", "plugins/*.py")


@click.command(
    cls=TaughtCommand,
    short_help="Deliver and look at due rules, all the time.",
    examples="""
        forewarn work
        forewarn work --port 9464
        forewarn work --once
    """,
)
@click.option("--once", is_flag=True, help="End when nothing is due any more.")
@click.option("--every", "pause", default=1.0, show_default=True, metavar="SECONDS", help="Wait so long between looks.")
@click.option("--port", type=int, help="Serve /health and /metrics on this port of 127.0.0.1.")
@click.option("--log", "log_form", type=click.Choice(["text", "json"]), default="text", help="Form of the log's lines.")
@json_option
@needs_site
def work(caller: Caller, as_json: bool, *, once: bool, pause: float, port: int | None, log_form: str) -> None:
    """Deliver what is due and look at event rules whose time has come.

    Start as many processes as you like on one database: each takes what no
    other holds. Changed workbooks, messages and settings count from the next
    look on. SIGTERM or Ctrl-C: the process finishes what it is doing, lets go
    of the rest and ends; a second one ends it at once. What it logs of
    deliveries is a property: sn_api_notif_mgmt.event.log
    """
    stop, done = threading.Event(), Working()
    with ExitStack() as stack:
        stack.enter_context(_logging(log_form))
        stack.enter_context(_stopping(stop))
        if as_json:
            stack.enter_context(redirect_stdout(sys.stderr))
        while True:
            seen = _stamps(caller.root)
            with caller.site() as site, ExitStack() as serving_stack:
                if port is not None:
                    where = serving_stack.enter_context(serving(port, lambda: site_status(site)))
                    warn(f"health and metrics: http://127.0.0.1:{where}/health and /metrics")
                changed = _Changed(stop, caller.root, seen)
                report = do_work(site, stop=changed, once=once, pause=pause, asked_by="event rules", done=done)
            if once or stop.is_set():
                break
    if as_json:
        show_json(report)
        return
    say(
        f"{of(report.delivered, 'delivery', 'deliveries')} made, {of(report.rules_looked_at, 'due rule')} looked at, "
        f"in {of(report.passes, 'pass', 'passes')}"
    )


class _Changed(threading.Event):
    """Set where the process is to stop, or where a file of the site has changed: then it is opened anew."""

    def __init__(self, stop: threading.Event, root: Path, seen: frozenset[tuple[str, int, int]]) -> None:
        super().__init__()
        self._stop = stop
        self._root = root
        self._seen = seen
        self._looked_at = time.monotonic()

    def is_set(self) -> bool:
        if not super().is_set() and time.monotonic() - self._looked_at > _LOOK:
            self._looked_at = time.monotonic()
            if _stamps(self._root) != self._seen:
                self.set()
        return self._stop.is_set() or super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        return self._stop.wait(timeout) or self.is_set()


def _stamps(root: Path) -> frozenset[tuple[str, int, int]]:
    """When each file of a site was changed last, and how long it is."""
    found = set()
    for pattern in _FILES:
        for path in root.glob(pattern):
            try:
                status = path.stat()
            except OSError:
                continue
            if not path.name.startswith(("~$", ".")):
                found.add((str(path), status.st_mtime_ns, status.st_size))
    return frozenset(found)


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C set ``stop``; the second of them ends the process as it otherwise would."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    former = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _logging(form: str) -> Iterator[None]:
    """Write what the product logs to standard error, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger = logging.getLogger("forewarn")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _told(record: logging.LogRecord) -> dict[str, str]:
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": " ".join(record.getMessage().split()),
    }


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "{at} {level} {message}".format(**_told(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_told(record), ensure_ascii=False)
