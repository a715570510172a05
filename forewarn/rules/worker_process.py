"""The worker's side of the pipe: loads rule sets and runs sessions, one line of JSON in, one line out.

It is started by `forewarn.rules.worker` and may die at any time without harm. An alarm ends it where the library
hangs: the library holds the interpreter's lock, so nothing within Python could, and a parent may be gone.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from forewarn.errors import RulesUnavailable
from forewarn.rules.durable_adapter import RuleHost, UnsafeMessage

MEMORY_LIMIT = 2 * 1024**3
"""Bytes of address space. A session takes some megabytes; what needs more has run away."""

LOAD_SECONDS = 20.0
"""What loading rules may take, the library's own loading included, on a busy machine."""

OUT_OF_MEMORY = 71
"""The code with which a worker ends that reached its memory limit."""

Answer = Mapping[str, Any]


class Worker:
    """The rules that are loaded, and the answers to requests."""

    def __init__(self, host: Callable[[list[Any]], RuleHost] = RuleHost) -> None:
        self._make_host = host
        self._host: RuleHost | None = None

    def answer(self, request: Mapping[str, Any]) -> Answer:
        """Answer ``{"load": definitions}`` or ``{"run": [[shard, messages], …]}``."""
        try:
            if "load" in request:
                self._host = self._make_host(request["load"])
                return {"loaded": len(request["load"])}
            if self._host is None:
                return {"refused": "no rules are loaded"}
            fired = [firing for shard, messages in request["run"] for firing in self._host.run(shard, messages)]
        except RulesUnavailable as error:
            return {"unavailable": error.message, "hint": error.hint}
        except UnsafeMessage as error:
            return {"refused": error.message}
        return {"fired": fired}


def serve(requests: BinaryIO, answers: BinaryIO, seconds: float, worker: Worker) -> None:
    """Answer requests until the parent closes the pipe; one that takes longer than ``seconds`` ends the process."""
    for line in requests:
        request = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, LOAD_SECONDS if "load" in request else seconds)
        answer = json.dumps(worker.answer(request), separators=(",", ":"))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(answer.encode("ascii") + b"\n")
        answers.flush()


def main(arguments: list[str], worker: Worker | None = None) -> None:
    """Run a worker on standard input and output; ``arguments`` are the seconds that a request may take."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when a worker ends
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    try:
        serve(sys.stdin.buffer, answers, float(arguments[0]), worker or Worker())
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # whatever the library holds is half made


if __name__ == "__main__":
    main(sys.argv[1:])
