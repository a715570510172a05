"""A worker whose rules are poisoned: it hangs, crashes, refuses or cannot import, as its first argument says.

A session is poisoned where one of its facts carries a count of 666 (a rule that counts to 666 sees to it); the
word after the colon is a file that is written once the first poison was met: with it, later sessions are well.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from forewarn.errors import RulesUnavailable
from forewarn.rules.durable_adapter import BUILD_HINT, Firing, RuleHost, UnsafeMessage
from forewarn.rules.worker_process import Worker, main

how, _, once = sys.argv[1].partition(":")


class PoisonedHost(RuleHost):
    """Runs sessions as ever, but for the poisoned ones."""

    def __init__(self, definitions: Any) -> None:
        if how == "no import":
            raise RulesUnavailable("durable-rules cannot be imported (test)", hint=BUILD_HINT)
        if how == "load":
            os.kill(os.getpid(), signal.SIGSEGV)
        super().__init__(definitions)

    def run(self, shard: int, messages: Any) -> list[Firing]:
        """Do what the poison does."""
        poisoned = any(message.get("f0") and message["id"] == "p6" for message in messages)
        if poisoned and not (once and Path(once).exists()):
            if once:
                Path(once).touch()
            if how == "hang":
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])  # a hang that no alarm ends
                time.sleep(3600)
            if how == "loop":
                while True:
                    pass
            if how == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            if how == "memory":
                bytearray(64 * 1024**3)
            raise UnsafeMessage("poisoned")
        return super().run(shard, messages)


main(sys.argv[2:], Worker(PoisonedHost))
