"""Storms: exactly the right incidents, whatever dies, hangs or is swapped meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from forewarn.engine.actions.alerts import list_alerts, receive_alerts
from forewarn.engine.actions.incidents import list_incidents, show_incident
from forewarn.engine.actions.rules import list_events
from forewarn.engine.actions.timers import list_dead_letters, retry_dead_letters
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receive import Receiver
from forewarn.engine.receiving import correlation
from forewarn.engine.receiving import journal as journal_module
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.reports import Reception
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.schema.deciding import firings, journal
from forewarn.rules import RuleSet
from forewarn.rules.worker import RuleWorker
from tests.engine.events.streams import CI, DO, EVENT, JOIN, NO_OPEN, RULE, SAME, START, THIRD

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"
KILLS = 200 if NIGHTLY else 40
POISONED = Path(__file__).with_name("poisoned_worker.py")

Rules = Callable[..., RuleSet]


OPEN = {RULE: "O", EVENT: "alert", SAME: "alert.ci", NO_OPEN: "open", DO: "open incident", CI: "{alert.ci}"}
NOISE = {RULE: "Z", EVENT: "alert", DO: "ignore"}
"""A rule that every alert sets off: none is settled without the worker."""


def storm(rng: random.Random, cis: int, alerts: int, outages: int) -> tuple[list[dict[str, Any]], set[str]]:
    """A storm: on every CI link failures too far apart, and other alerts; on some, three link failures at once.

    Returns the alerts in the order in which they come, and the CIs that are out.
    """
    found: list[dict[str, Any]] = []
    out = {f"ci-{number}" for number in rng.sample(range(cis), outages)}
    for number in range(alerts - 4 * outages):
        ci = number % cis
        turn = number // cis
        name = "link_failure" if turn % 2 == 0 else rng.choice(("high_load", "fan", "peer_lost"))
        at = START + timedelta(minutes=4 * turn, seconds=ci % 60)
        found.append({"id": f"n{number}", "ci": f"ci-{ci}", "name": name, "time": at.isoformat()})
    for ci in sorted(out):
        at = START + timedelta(minutes=rng.randint(0, 60))
        for number in range(4):
            moment = at + timedelta(seconds=20 * number)
            found.append({"id": f"{ci}-{number}", "ci": ci, "name": "link_failure", "time": moment.isoformat()})
    rng.shuffle(found)
    return found, out


def failures(count: int) -> list[dict[str, Any]]:
    """So many link failures on one CI, a second apart."""
    moments = [START + timedelta(seconds=number) for number in range(count)]
    return [
        {"id": f"a{number}", "ci": "r1", "name": "link_failure", "time": moment.isoformat()}
        for number, moment in enumerate(moments)
    ]


def _opened(site: OpenSite) -> Counter[str]:
    return Counter(incident["configuration_item"] for incident in list_incidents(site))


def test_a_storm_opens_exactly_the_right_incidents(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Noise on every CI, three link failures within five minutes on one in a hundred: an incident for each of those,
    and no other; every alert is in the journal once.
    """
    alerts, out = storm(random.Random(5), cis=200 if NIGHTLY else 100, alerts=3_000 if NIGHTLY else 800, outages=4)
    site = ruled(rules(JOIN, THIRD))
    report = receive_alerts(site, alerts, source="storm", asked_by="storm")
    assert report.count(Reception.ACCEPTED) == len(alerts)
    assert _opened(site) == Counter(dict.fromkeys(out, 1))
    assert len(list_events(site)) == len(alerts)


def test_the_cap_of_a_key_cuts_nothing_in_silence(
    ruled: Callable[..., OpenSite], rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it the rules are not asked; the alert joins the open incident, or opens one, and the journal says so."""
    monkeypatch.setattr(correlation, "storm_cap", lambda value: 10)
    site = ruled(rules({**THIRD, ("Count", "Count"): "50"}))
    alerts = [
        {
            "id": f"a{number}",
            "ci": "r1",
            "name": "link_failure",
            "time": (START + timedelta(seconds=number)).isoformat(),
        }
        for number in range(20)
    ]
    results = receive_alerts(site, alerts, source="storm", asked_by="storm").results
    entries = list(reversed(list_events(site)))
    assert [entry.result for entry in entries] == ["recorded"] * 11 + ["storm"] * 9
    assert [result.opened for result in results] == [False] * 11 + [True] + [False] * 8
    assert {result.incident for result in results[11:]} == {"INC0000001"}
    assert all("more than 10 events share its ci" in (entry.note or "") for entry in entries[11:])
    assert show_incident(site, "INC0000001").incident["needs_attention"] is True


def test_the_worker_is_killed_at_random(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Kill -9, again and again, while a storm comes in: the same incidents, each alert once, no dead letter."""
    rng = random.Random(11)
    alerts, out = storm(rng, cis=40, alerts=max(300, 5 * KILLS), outages=3)
    rule_set = rules(JOIN, THIRD, NOISE)
    site = ruled(rule_set)
    dying = set(rng.sample(range(len(alerts)), KILLS))
    with RuleWorker(rule_set) as worker:
        with Correlator(site, worker) as correlator:
            receiver = Receiver(site, correlator, source="storm", asked_by="storm")
            for number, alert in enumerate(alerts):
                if number in dying:
                    assert worker.pid is not None
                    os.kill(worker.pid, signal.SIGKILL)
                receiver.receive(AlertDocument(number, alert))
        assert worker.restarts == KILLS
    assert _opened(site) == Counter(dict.fromkeys(out, 1))
    assert len(list_events(site)) == len(alerts)
    assert list_dead_letters(site) == ()


@pytest.mark.parametrize("fault", ["loop", "crash"])
def test_rules_that_hang_or_crash_lose_nothing(ruled: Callable[..., OpenSite], rules: Rules, fault: str) -> None:
    """Every alert has an incident that says why, is kept as a dead letter with its facts, and is settled once the
    rules run; nothing is doubled by it.
    """
    rule_set = rules(JOIN, OPEN)
    site = ruled(rule_set)
    alerts = [
        {
            "id": f"a{number}",
            "ci": "r1",
            "name": "link_failure",
            "time": (START + timedelta(seconds=number)).isoformat(),
        }
        for number in range(3)
    ]
    poisoned = _poisoned(rule_set, fault)
    try:
        with Correlator(site, poisoned) as correlator:
            receiver = Receiver(site, correlator, source="storm", asked_by="storm")
            results = [receiver.receive(AlertDocument(number, alert)) for number, alert in enumerate(alerts)]
    finally:
        poisoned.close()
    assert [result.incident for result in results] == ["INC0000001"] * 3
    assert show_incident(site, "INC0000001").incident["needs_attention"] is True
    letters = list_dead_letters(site)
    assert [letter.event_id for letter in letters] == ["a0", "a1", "a2"]
    assert [len(letter.facts) for letter in letters] == [1, 2, 2]
    assert all(letter.crashes == 2 for letter in letters)
    report = retry_dead_letters(site, asked_by="test")
    assert (len(report.settled), report.waiting) == (3, ())
    assert _opened(site) == Counter({"r1": 1})
    assert list_dead_letters(site) == ()


def _poisoned(rule_set: RuleSet, fault: str) -> RuleWorker:
    """A worker whose library hangs or crashes when rules fire."""
    return RuleWorker(rule_set, seconds=0.4, attempts=2, program=(sys.executable, str(POISONED), fault))


def test_rules_swapped_in_a_storm_lose_and_double_nothing(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Half of a storm under one version, half under another that looks for the same: the same incidents, each once."""
    alerts, out = storm(random.Random(3), cis=40, alerts=300, outages=3)
    before = rules(JOIN, THIRD)
    after = rules(JOIN, THIRD, {**JOIN, ("", "Rule"): "X", ("If", "alert.name"): "nothing", ("Do", "Do"): "ignore"})
    assert before.version != after.version
    site = ruled(before)
    with Correlator(site) as correlator:
        receiver = Receiver(site, correlator, source="storm", asked_by="storm")
        for number, alert in enumerate(alerts):
            if number == len(alerts) // 2:
                correlator.swap(after)
            receiver.receive(AlertDocument(number, alert))
    assert _opened(site) == Counter(dict.fromkeys(out, 1))
    with site.store.read() as txn:
        doubled = select(firings.c.entry).group_by(firings.c.entry, firings.c.rule).having(func.count() > 1)
        assert txn.execute(doubled).all() == []
    assert len(list_alerts(site)) == len(alerts)


def test_a_new_correlation_key_finds_what_came_before(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Rules that count by the name of an alert count those that came before the rules did."""
    by_name = {**THIRD, ("Same", "Same"): "alert.name"}
    site = ruled(rules(JOIN, THIRD))
    alerts = [
        {"id": f"a{number}", "ci": f"r{number}", "name": "link_failure", "time": START.isoformat()}
        for number in range(3)
    ]
    receive_alerts(site, alerts[:2], source="t", asked_by="t")
    swapped = replace(site, rulebook=Rulebook(site.rulebook.library, rules(by_name), site.store))
    (result,) = receive_alerts(swapped, alerts[2:], source="t", asked_by="t").results
    assert result.opened


def test_replaying_the_journal_gives_the_same_firings(
    ruled: Callable[..., OpenSite], tmp_path: Path, rules: Rules, make_open_site: Callable[..., OpenSite]
) -> None:
    """The events of a journal, taken in again by an empty store, fire the same rules under the same keys."""
    alerts, _ = storm(random.Random(8), cis=20, alerts=200, outages=3)
    rule_set = rules(JOIN, THIRD)
    site = ruled(rule_set)
    receive_alerts(site, alerts, source="storm", asked_by="storm")
    (tmp_path / "other").mkdir()
    other = make_open_site(tmp_path / "other", inventory=False)
    again = replace(other, rulebook=Rulebook(other.rulebook.library, rule_set, other.store), clock=site.clock)
    with site.store.read() as txn:
        kept = [row.content for row in txn.execute(select(journal.c.content).order_by(journal.c.id))]
    receive_alerts(again, kept, source="storm", asked_by="storm")
    assert list(_firings(again)) == list(_firings(site))


def _firings(site: OpenSite) -> Iterator[Mapping[str, Any]]:
    query = select(firings.c.firing_key, firings.c.rule, firings.c.action, firings.c.entry).order_by(firings.c.id)
    with site.store.read() as txn:
        yield from (dict(row) for row in txn.execute(query).mappings().all())


def _take(folder: Path, make: Callable[..., OpenSite], rule_set: RuleSet, alerts: list[dict[str, Any]]) -> None:
    """In a process of its own: take a storm in."""
    stock = make(folder, inventory=False)
    site = replace(stock, rulebook=Rulebook(stock.rulebook.library, rule_set, stock.store))
    receive_alerts(site, alerts, source="storm", asked_by="storm")


def test_two_processes_take_the_same_storm(
    ruled: Callable[..., OpenSite], rules: Rules, tmp_path: Path, make_open_site: Callable[..., OpenSite]
) -> None:
    """Each alert once, whoever is first; each outage opens one incident."""
    alerts, out = storm(random.Random(4), cis=20, alerts=160, outages=3)
    rule_set = rules(JOIN, THIRD)
    site = ruled(rule_set)
    site.store.close()
    fork = multiprocessing.get_context("fork")
    orders = (alerts, list(reversed(alerts)))
    both = [fork.Process(target=_take, args=(tmp_path, make_open_site, rule_set, order)) for order in orders]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
        assert process.exitcode == 0
    assert _opened(site) == Counter(dict.fromkeys(out, 1))
    assert len(list_events(site)) == len(list_alerts(site)) == len(alerts)


def _take_and_die(
    folder: Path, make: Callable[..., OpenSite], rule_set: RuleSet, alerts: list[dict[str, Any]], number: int
) -> None:
    """In a process of its own: take alerts in until killed within a transaction."""
    real = journal_module.settle
    left = [number]

    def dying(*args: Any) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*args)

    journal_module.settle = dying
    _take(folder, make, rule_set, alerts)


def test_the_service_is_killed_in_a_storm(
    ruled: Callable[..., OpenSite], rules: Rules, tmp_path: Path, make_open_site: Callable[..., OpenSite]
) -> None:
    """Kill -9 of the whole service, in the middle of transactions; each time the file is taken in again: nothing is
    lost, nothing doubled.
    """
    rng = random.Random(6)
    alerts, out = storm(rng, cis=20, alerts=160, outages=3)
    rule_set = rules(JOIN, THIRD)
    site = ruled(rule_set)
    site.store.close()
    for _ in range(5 if not NIGHTLY else 40):
        process = multiprocessing.get_context("fork").Process(
            target=_take_and_die, args=(tmp_path, make_open_site, rule_set, alerts, rng.randint(1, 25))
        )
        process.start()
        process.join(120)
        assert process.exitcode in (0, -signal.SIGKILL)
    report = receive_alerts(site, alerts, source="storm", asked_by="storm")
    assert report.count(Reception.REFUSED) == 0
    assert _opened(site) == Counter(dict.fromkeys(out, 1))
    assert len(list_events(site)) == len(list_alerts(site)) == len(alerts)
