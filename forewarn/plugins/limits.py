"""A bound in time for code that is not ours: imports, hooks, flows, sinks.

The call runs in a thread of its own. One that does not come back is left behind: Python cannot end a thread, so it
goes on until the process ends, may keep a processor busy, and keeps what it holds. What holds the interpreter itself
(a C extension that never lets go of it, a catastrophic regular expression) cannot be bounded this way.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Result = TypeVar("Result")


class TookTooLong(Exception):
    """The call did not come back in its time, and was left behind in its thread."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it did not come back within {seconds:g} s, and was left behind")


@dataclass(slots=True)
class _Call(Generic[Result]):
    """One call in a thread: what it returned or raised, once it is over."""

    call: Callable[[], Result]
    over: threading.Event = field(default_factory=threading.Event)
    result: Result | None = None
    raised: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.call()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is waited for
            self.raised = error
        finally:
            self.over.set()


def within(seconds: float, call: Callable[[], Result], *, name: str) -> Result:
    """What ``call`` returns, or raises, if it comes back within ``seconds``; raises `TookTooLong` otherwise.

    ``name`` is that of the thread, for whoever looks at a dump of a process that is stuck. Context variables of the
    caller are seen by the call.
    """
    running = _Call(call)
    context = contextvars.copy_context()
    # A daemon: one that hangs must not keep the process from ending.
    threading.Thread(target=context.run, args=(running.run,), name=name, daemon=True).start()
    if not running.over.wait(seconds):
        raise TookTooLong(seconds)
    if running.raised is not None:
        raise running.raised
    return running.result  # type: ignore[return-value]
