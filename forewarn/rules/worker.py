"""Event rules in a process of their own, watched: durable-rules may crash or hang, the service goes on.

The parent makes the messages and reads the firings; the worker sees integers only. A worker that dies or does not
answer in time is replaced, and the session that it was at is run again; a session over which it died too often
becomes a dead letter.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeAlias

from forewarn.errors import BadTable, Place, RulesUnavailable
from forewarn.rules import codes
from forewarn.rules.compiler import CompiledRules, compile_rules
from forewarn.rules.facts import DeadLetter, Fact, Intent, SessionRefused
from forewarn.rules.intents import finish
from forewarn.rules.model import RuleSet
from forewarn.rules.needs import Needs, NeedsReader
from forewarn.rules.session import Session, prepare, probe
from forewarn.rules.worker_process import LOAD_SECONDS, OUT_OF_MEMORY

PROGRAM = (sys.executable, "-P", "-m", "forewarn.rules.worker_process")

_GRACE = 1.0
"""Seconds beyond the time limit after which the parent kills a worker that its own alarm did not end."""

_IN_FLIGHT = 32 * 1024
"""Bytes of requests that may be under way together: half of what a pipe holds, so that neither side ever waits for
the other to read. A larger request travels alone."""

_AT_ONCE = 4 * 1024
"""Bytes of requests that are written together: each write may cost a change of process."""

SessionRequest: TypeAlias = tuple[str, Iterable[Fact], datetime]


class _WorkerDied(Exception):
    """The worker is gone, or did not answer in time and was killed; the text says which."""


class _Process:
    """One worker process with its two pipes."""

    def __init__(self, program: Sequence[str], seconds: float) -> None:
        self._seconds = seconds
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*program, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes, which the type cannot say
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        self._read = bytearray()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: bytes) -> None:
        """Write one request; raises _WorkerDied."""
        left = memoryview(request)
        deadline = time.monotonic() + max(self._seconds, LOAD_SECONDS) + _GRACE
        while left:
            _, writable, _ = select.select([], [self._in], [], max(0.0, deadline - time.monotonic()))
            if not writable:
                raise _WorkerDied(self._killed())
            try:
                left = left[os.write(self._in.fileno(), left) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _WorkerDied(self._gone()) from error

    def receive(self, seconds: float | None = None) -> Mapping[str, Any]:
        """Read one answer, within ``seconds`` if they are not those of a session; raises _WorkerDied."""
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds) + _GRACE
        while (end := self._read.find(b"\n")) < 0:
            readable, _, _ = select.select([self._out], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise _WorkerDied(self._killed())
            more = os.read(self._out.fileno(), 1 << 16)
            if not more:
                raise _WorkerDied(self._gone())
            self._read += more
        answer: Mapping[str, Any] = json.loads(self._read[:end])
        del self._read[: end + 1]
        return answer

    def _killed(self) -> str:
        self._process.kill()
        self.stop()
        return f"the worker did not answer within {self._seconds:g} s"

    def _gone(self) -> str:
        self.stop()
        code = self._process.returncode
        if code == -signal.SIGALRM:
            return f"the rules did not end within {self._seconds:g} s"
        if code == OUT_OF_MEMORY:
            return "the rules ran out of memory"
        return f"the worker ended by signal {-code}" if code < 0 else f"the worker ended with code {code}"

    def stop(self) -> None:
        """End the process and let go of the pipes."""
        with contextlib.suppress(BrokenPipeError):  # it is gone already, which is what is wanted
            self._in.close()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()


@dataclass(slots=True)
class _Request:
    """A session under way: its place in the batch, its line, and how often the worker died over it."""

    position: int
    session: Session
    line: bytes
    crashes: int = 0


class _UnderWay:
    """The sessions that were not answered yet, in order, and the lines of the last of them that were not sent yet."""

    def __init__(self) -> None:
        self.requests: deque[_Request] = deque()
        self.unsent = bytearray()
        self.bytes = 0

    def add(self, request: _Request) -> None:
        self.requests.append(request)
        self.unsent += request.line
        self.bytes += len(request.line)

    def done(self) -> None:
        """The first of them is answered, or given up."""
        self.bytes -= len(self.requests.popleft().line)


class RuleWorker:
    """A rule set in a watched worker process; a context manager, used by one thread at a time.

    ``seconds`` is what one session may take; over one session a worker may die ``attempts`` times.
    Entering raises BadTable where the rules cannot be compiled or do not survive their probe, RulesUnavailable where
    durable-rules cannot be imported.
    """

    def __init__(
        self, rule_set: RuleSet, *, seconds: float = 10.0, attempts: int = 3, program: Sequence[str] = PROGRAM
    ) -> None:
        self._compiled = compile_rules(rule_set)
        self._needs = NeedsReader(self._compiled)
        self._seconds = seconds
        self._attempts = attempts
        self._program = tuple(program)
        self._process: _Process | None = None
        self.restarts = 0

    @property
    def rule_set(self) -> RuleSet:
        """The rules that are in force."""
        return self._compiled.rule_set

    @property
    def pid(self) -> int | None:
        """The process id of the worker, ``None`` while none runs."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        self._process = self._probed(self._compiled)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; it is started again by the next session."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def swap(self, rule_set: RuleSet) -> None:
        """Put other rules in force from the next session on. Where they cannot be loaded, raises as entering does, and
        the old rules stay.
        """
        compiled = compile_rules(rule_set)
        process = self._probed(compiled)
        self.close()
        self._compiled, self._process, self._needs = compiled, process, NeedsReader(compiled)

    def needs(self, fact: Fact) -> Needs:
        """Which further facts correlating an event needs, and when to come again with a tick because rules wait for
        an event to stay away. Raises SessionRefused for a fact that cannot be used.
        """
        return self._needs.needs(fact)

    def correlate(self, key: str, facts: Iterable[Fact], tick: datetime) -> tuple[Intent, ...]:
        """What the rules want done about the facts of one key at ``tick`` (aware), in order of events and rules.

        Raises SessionRefused, which carries the dead letter, where a fact cannot be used or the worker died over it
        too often; RulesUnavailable where no worker can be started.
        """
        (answer,) = self.correlate_many([(key, facts, tick)])
        if isinstance(answer, DeadLetter):
            raise SessionRefused(answer)
        return answer

    def correlate_many(self, sessions: Iterable[SessionRequest]) -> list[tuple[Intent, ...] | DeadLetter]:
        """Correlate many keys, each by itself; answers in the order of ``sessions``, a dead letter for each that
        could not be run. Sessions must not depend on one another: what one key's intents change is not seen by a
        later session of the same batch.
        """
        answers: dict[int, tuple[Intent, ...] | DeadLetter] = {}
        under_way = _UnderWay()
        total = 0
        for position, (key, facts, tick) in enumerate(sessions):
            total += 1
            try:
                session = prepare(self._compiled, key, facts, tick)
            except SessionRefused as error:
                answers[position] = error.dead_letter
                continue
            if not session.work:
                answers[position] = ()
                continue
            request = _Request(position, session, _line({"run": session.work}))
            while under_way.requests and under_way.bytes + len(request.line) > _IN_FLIGHT:
                self._receive(under_way, answers)
            under_way.add(request)
            if len(under_way.unsent) >= _AT_ONCE:
                self._send(under_way)
        while under_way.requests:
            self._receive(under_way, answers)
        return [answers[position] for position in range(total)]

    def _send(self, under_way: _UnderWay) -> None:
        if self._process is None:
            self._restart(under_way)
            return
        lines, under_way.unsent = bytes(under_way.unsent), bytearray()
        try:
            self._process.send(lines)
        except _WorkerDied:
            # Which session it died over shows when the first answer fails to come.
            self._process = None

    def _receive(self, under_way: _UnderWay, answers: dict[int, tuple[Intent, ...] | DeadLetter]) -> None:
        """Take the answer for the first session under way, or note that the worker died over it."""
        if under_way.unsent:
            self._send(under_way)
        first = under_way.requests[0]
        try:
            answer = self._answer()
        except _WorkerDied as error:
            self._process = None
            first.crashes += 1
            if first.crashes >= self._attempts:
                under_way.done()
                answers[first.position] = _dead_letter(first, str(error))
            self._restart(under_way)
            return
        under_way.done()
        if "fired" in answer:
            answers[first.position] = finish(first.session, answer["fired"])
        else:
            answers[first.position] = _dead_letter(first, str(answer["refused"]))

    def _answer(self) -> Mapping[str, Any]:
        if self._process is None:
            raise _WorkerDied("the worker is gone")
        return self._process.receive()

    def _restart(self, under_way: _UnderWay) -> None:
        """Start a new worker and hand it what is under way again."""
        self.restarts += 1
        self._process = self._loaded()
        under_way.unsent.clear()
        try:
            for request in under_way.requests:
                self._process.send(request.line)
        except _WorkerDied:
            # It died over the first session already; that shows when its answer fails to come.
            self._process = None

    def _loaded(self) -> _Process:
        """A worker that has loaded the rules in force, which loaded before: where it dies, another may live."""
        for attempt in range(1, self._attempts + 1):
            process = _Process(self._program, self._seconds)
            try:
                self._load(process, self._compiled)
            except _WorkerDied as error:
                if attempt == self._attempts:
                    raise RulesUnavailable(f"no worker for event rules stays up: {error}") from error
            else:
                return process
        raise AssertionError("at least one attempt is made")

    def _probed(self, compiled: CompiledRules) -> _Process:
        """A worker that has loaded the rules and survived a session in which every pattern matches."""
        process = _Process(self._program, self._seconds)
        rule_set = compiled.rule_set
        try:
            self._load(process, compiled)
            process.send(_line({"run": probe(compiled)}))
            answer = process.receive()
            reason = answer.get("refused")
        except _WorkerDied as error:
            reason = str(error)
        if reason is not None:
            process.stop()
            place = rule_set.rules[0].place if rule_set.rules else Place()
            finding = codes.PROBE_FAILED.finding(f"durable-rules does not bear these rules: {reason}", place)
            raise BadTable(f"event rules {rule_set.name!r} cannot be run", [finding], place=place)
        return process

    def _load(self, process: _Process, compiled: CompiledRules) -> None:
        process.send(_line({"load": compiled.definitions}))
        answer = process.receive(LOAD_SECONDS)
        if "unavailable" in answer:
            process.stop()
            raise RulesUnavailable(str(answer["unavailable"]), hint=answer["hint"])
        if "refused" in answer:
            process.stop()
            raise _WorkerDied(str(answer["refused"]))


def _line(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode("ascii") + b"\n"


def _dead_letter(request: _Request, reason: str) -> DeadLetter:
    return DeadLetter(request.session.key, request.session.facts, reason, request.crashes)
