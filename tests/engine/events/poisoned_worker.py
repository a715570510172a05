"""A worker that loads rules and then hangs or crashes over every session, as its first argument says."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from forewarn.rules.durable_adapter import Firing, RuleHost
from forewarn.rules.worker_process import Worker, main


class PoisonedHost(RuleHost):
    """Loads, and never answers a session."""

    def run(self, shard: int, messages: Any) -> list[Firing]:
        """Do what the poison does."""
        while sys.argv[1] == "loop":
            pass
        os.kill(os.getpid(), signal.SIGSEGV)
        return []


main(sys.argv[2:], Worker(PoisonedHost))
