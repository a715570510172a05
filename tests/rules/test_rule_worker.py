"""The watched worker: killed, hanging, crashing, swapped; nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from event_sheets import START, STOCK, alert, grid, rules_of

from forewarn.errors import BadTable, RulesUnavailable
from forewarn.rules import DeadLetter, Fact, RuleWorker, SessionRefused
from forewarn.rules.worker import PROGRAM, SessionRequest

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"
RULES = rules_of(STOCK)
HERE = Path(__file__).parent


def _poisoned(how: str, once: Path | None = None) -> list[str]:
    return [sys.executable, str(HERE / "poisoned_worker.py"), f"{how}:{once or ''}"]


def requests(number: int) -> list[SessionRequest]:
    """Sessions of one alert each, every other one with an open incident."""
    made: list[SessionRequest] = []
    for index in range(number):
        facts = [alert(f"a{index}", index, ci=f"r{index}")]
        if index % 2:
            facts.append(alert(f"INC{index}", kind="incident", ci=f"r{index}", phase="open"))
        made.append((f"r{index}", facts, START))
    return made


def poison(key: str) -> SessionRequest:
    """A session of seven alerts: what the poisoned worker cannot stand."""
    return (key, [alert(f"{key}-{index}", index, ci=key, fresh=index == 6) for index in range(7)], START)


def test_the_stock_rules() -> None:
    """An alert opens one incident a configuration item, later ones join it, one without opens its own, a clear only
    marks; the fields of With are filled.
    """
    with RuleWorker(RULES) as worker:

        def said(*facts: Fact) -> list[tuple[str, str, tuple[str, ...], dict[str, str]]]:
            return [
                (intent.rule, str(intent.action), intent.facts, dict(intent.values))
                for intent in worker.correlate("r1", facts, START)
            ]

        first = alert("a1", ci="r1", category="SD-WAN")
        incident = alert("INC1", kind="incident", ci="r1", phase="open")
        assert said(first) == [("R02", "open incident", ("a1",), {"incident.category": "SD-WAN"})]
        assert said(first, incident) == [("R01", "add to incident", ("INC1", "a1"), {})]
        closed = alert("INC1", kind="incident", ci="r1", phase="closed")
        assert said(first, closed) == [("R02", "open incident", ("a1",), {"incident.category": "SD-WAN"})]
        assert said(alert("a2")) == [("R03", "open incident", ("a2",), {})]
        assert said(alert("a3", ci=""), incident) == [("R02", "open incident", ("a3",), {})]
        assert said(alert("c1", kind="clear", ci="r1"), incident) == [("R04", "ignore", ("c1",), {})]
        assert said(incident) == []
        assert said() == []


def test_firing_keys_are_the_same_on_every_run() -> None:
    """Two workers and the same facts in another order: the same intents, keys included."""
    (_, facts, _), *_ = requests(2)[1:]
    with RuleWorker(RULES) as one, RuleWorker(RULES) as other:
        assert one.correlate("r1", facts, START) == other.correlate("r1", list(facts)[::-1], START)


def test_the_parent_never_imports_durable() -> None:
    """The library stays in the worker's process."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_rule_worker import RULES, requests\n"
        "from forewarn.rules import RuleWorker\n"
        "with RuleWorker(RULES) as worker: worker.correlate_many(requests(3))\n"
        "assert not [name for name in sys.modules if name.startswith('durable')]\n"
    )
    subprocess.run([sys.executable, "-c", program, str(HERE)], check=True)


@pytest.mark.parametrize("seed", range(4 if NIGHTLY else 1))
def test_killed_at_random_in_a_storm(seed: int) -> None:
    """Signal 9 at any moment, 40 times (200 nightly): the same answers as without, each once."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    kills = 50 if NIGHTLY else 40
    storm = requests(200)
    with RuleWorker(RULES) as worker:
        calm = worker.correlate_many(storm)
    done = threading.Event()
    killed = 0

    def kill(worker: RuleWorker) -> None:
        nonlocal killed
        while not done.is_set() and killed < kills:
            time.sleep(rng.random() * 0.05)
            pid = worker.pid
            if pid is not None and psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
                killed += 1

    with RuleWorker(RULES, attempts=1000) as worker:
        killer = threading.Thread(target=kill, args=(worker,))
        killer.start()
        try:
            while killed < kills:
                assert worker.correlate_many(storm) == calm
        finally:
            done.set()
            killer.join()
        assert worker.restarts > 0


@pytest.mark.parametrize("how", ["crash", "loop", "hang", "refuse", "memory"])
def test_a_poisoned_session_becomes_a_dead_letter(how: str) -> None:
    """A session that kills or hangs the worker every time is given up with its facts; the others are answered."""
    batch = requests(20)
    with RuleWorker(RULES) as worker:
        calm = worker.correlate_many(batch)
    poisons = [poison("p1"), poison("p2")]
    mixed = [poisons[0], *batch[:10], poisons[1], *batch[10:]]
    with RuleWorker(RULES, seconds=0.8, attempts=2, program=_poisoned(how)) as worker:
        answers = worker.correlate_many(mixed)
        again = worker.correlate_many(batch)
    letters = [answer for answer in answers if isinstance(answer, DeadLetter)]
    assert [letter.key for letter in letters] == ["p1", "p2"]
    assert {fact.id for fact in letters[0].facts} == {fact.id for fact in poisons[0][1]}
    assert [letter.crashes for letter in letters] == ([0, 0] if how == "refuse" else [2, 2])
    assert all(letter.reason for letter in letters)
    assert [answer for answer in answers if not isinstance(answer, DeadLetter)] == calm
    assert again == calm


@pytest.mark.parametrize("how", ["crash", "loop"])
def test_a_session_that_fails_once_is_run_again(how: str, tmp_path: Path) -> None:
    """A crash or hang that does not come back costs a restart, nothing else."""
    mixed = [*requests(5), poison("p1"), *requests(5)]
    with RuleWorker(RULES) as worker:
        calm = worker.correlate_many(mixed)
    with RuleWorker(RULES, seconds=0.8, program=_poisoned(how, tmp_path / "met")) as worker:
        assert worker.correlate_many(mixed) == calm
        assert worker.restarts == 1


def test_one_poisoned_session_raises_with_its_dead_letter() -> None:
    """Asked for one key, the dead letter is raised; the next key is answered."""
    key, facts, tick = poison("p1")
    with RuleWorker(RULES, attempts=2, program=_poisoned("crash")) as worker:
        with pytest.raises(SessionRefused, match=r"p1.*signal 11") as caught:
            worker.correlate(key, facts, tick)
        assert caught.value.dead_letter.crashes == 2
        assert len(worker.correlate(*requests(1)[0])) == 1


def test_rules_that_kill_the_worker_at_loading_are_refused() -> None:
    """A rule set that the library does not survive is refused before anything runs, with a finding."""
    with pytest.raises(BadTable, match="FW523"), RuleWorker(RULES, program=_poisoned("load")):
        pass


def test_where_the_library_is_missing_one_line_says_how_to_build_it() -> None:
    """Event rules are off, with the way to mend it."""
    with pytest.raises(RulesUnavailable, match=r"--no-binary :all: durable-rules==2\.0\.28"):
        RuleWorker(RULES, program=_poisoned("no import")).__enter__()


def test_swap_between_sessions() -> None:
    """New rules are in force from the next session on; rules that cannot be run leave the old ones in force."""
    columns = [("Event", "Event"), ("Do", "Do")]
    other = rules_of(grid(columns, [["N1", "alert", "notify"]]))
    request = requests(1)[0]
    with RuleWorker(RULES) as worker:
        assert [intent.rule for intent in worker.correlate(*request)] == ["R02"]
        old = worker.pid
        worker.swap(other)
        assert worker.rule_set is other
        assert [intent.rule for intent in worker.correlate(*request)] == ["N1"]
        assert old is not None
        assert not psutil.pid_exists(old)
        too_many = rules_of(grid(columns, [[f"R{number}", "alert", "notify"] for number in range(2000)]))
        with pytest.raises(BadTable):
            worker.swap(type(too_many)("x", too_many.rules + other.rules))
        assert [intent.rule for intent in worker.correlate(*request)] == ["N1"]
        assert worker.restarts == 0


def test_no_process_is_left_behind() -> None:
    """Closing ends the worker, and a worker whose parent is gone ends by itself, busy or not."""
    with RuleWorker(RULES) as worker:
        pid = worker.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)
    orphan = subprocess.Popen([*PROGRAM, "5"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert orphan.stdin is not None
    orphan.stdin.close()
    assert orphan.wait(timeout=30) == 0
    assert orphan.stdout is not None
    orphan.stdout.close()


def test_an_alarm_ends_a_busy_worker_that_nobody_watches() -> None:
    """The parent died while the library hangs: the worker's own alarm ends it."""
    line: Any = b'{"load":[]}\n{"run":[[0,[{"id":"p6","f0":1}]]]}\n'
    program = [*_poisoned("loop"), "0.3"]
    orphan = subprocess.run(program, input=line, capture_output=True, timeout=60, check=False)
    assert orphan.returncode == -signal.SIGALRM
    assert orphan.stdout == b'{"loaded":0}\n'


def test_due_times_say_when_to_tick() -> None:
    """A rule that waits names the time of its tick; before it nothing fires, at it the rule does, and not once the
    event came that must stay away.
    """
    columns = [("Event", "Event"), ("If", "alert.severity"), ("Same", "Same"), ("Within", "Within")]
    columns += [("Without", "clear.ci"), ("Do", "Do")]
    rules = rules_of(grid(columns, [["W1", "alert", "Critical", "alert.ci", "15m", "-", "run Escalate"]]))
    event = alert("a1", ci="r1", severity="Critical")
    with RuleWorker(rules) as worker:
        ((rule, due),) = worker.needs(event).waits
        assert rule == "W1"
        assert (due - event.at).total_seconds() == 900
        assert not worker.needs(alert("a2", ci="r1", severity="Minor")).touched
        old = alert("a1", ci="r1", severity="Critical", fresh=False)
        assert worker.correlate("r1", [event], START) == ()
        assert [intent.rule for intent in worker.correlate("r1", [old], due)] == ["W1"]
        assert worker.correlate("r1", [old, alert("c1", 899, kind="clear", ci="r1")], due) == ()
        assert len(worker.correlate("r1", [old, alert("c1", 901, kind="clear", ci="r1")], due)) == 1


def test_the_worker_imports_nothing_from_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site may have files of any name: none of them stands in for a module."""
    for name in ("json.py", "durable.py", "forewarn.py"):
        (tmp_path / name).write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    with RuleWorker(RULES) as worker:
        assert len(worker.correlate(*requests(1)[0])) == 1


def test_no_rules_say_nothing() -> None:
    """A site without event rules has a worker that has nothing to do."""
    with RuleWorker(rules_of()) as worker:
        assert worker.correlate(*requests(1)[0]) == ()
        assert not worker.needs(alert("a1", ci="r1")).touched


def test_a_closed_worker_starts_again() -> None:
    """After `close` the next session starts a worker."""
    worker = RuleWorker(RULES)
    try:
        assert worker.pid is None
        assert len(worker.correlate(*requests(1)[0])) == 1
        worker.close()
        assert worker.pid is None
        assert len(worker.correlate(*requests(1)[0])) == 1
    finally:
        worker.close()
