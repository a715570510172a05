"""Running what a plugin does inside a transaction: in its own savepoint, under a limit of time, through a context."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forewarn.engine.work import Work
from forewarn.errors import BadPlugin
from forewarn.plugins.limits import TookTooLong, within


class RunContext:
    """What a flow or event action is handed; of no use when its run is over."""

    def __init__(self) -> None:
        self._open = True
        # The run has a thread of its own; what it has begun to write is written before the context is closed.
        self._lock = threading.RLock()

    def close(self) -> None:
        """End its use; waits for what is being written."""
        with self._lock:
            self._open = False

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While the run writes something; raises RuntimeError when it is over."""
        with self._lock:
            if not self._open:
                raise RuntimeError("the flow is over: its context cannot be used any more")
            yield


def run(work: Work, what: str, call: Callable[[], None], context: RunContext) -> None:
    """Run ``call``; what it changes through ``context`` is kept, or where it fails is undone, alone.

    Raises `BadPlugin`, naming ``what``, where it raises anything or does not come back in time.
    """
    try:
        with work.txn.begin_nested():
            try:
                within(work.site.flow_seconds, call, name=what)
            finally:
                # Before the changes are kept or undone: a run that was left behind must not add to them.
                context.close()
    except TookTooLong as problem:
        raise BadPlugin(f"{what} failed: {problem}") from problem
    except (Exception, SystemExit) as failure:
        raise BadPlugin(f"{what} failed: {_said(failure)}") from failure


def _said(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {text}" if text else type(failure).__name__
