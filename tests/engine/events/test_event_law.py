"""The engine agrees with a plain model on random rules and random streams, on a real store (B1, B6)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from forewarn.engine import timers
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receive import Receiver
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.reports import Reception
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.schema.deciding import firings, journal
from forewarn.rules.worker import RuleWorker
from tests.engine.events.streams import START, Model, VirtualClock, random_rules, random_stream

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"
RULE_SETS = 800 if NIGHTLY else 20
STREAMS = 25 if NIGHTLY else 15
KINDS = {"raised": "alert", "cleared": "clear"}


@pytest.mark.parametrize("seed", range(RULE_SETS))
def test_the_engine_agrees_with_a_plain_model(open_site: Callable[..., OpenSite], seed: int) -> None:
    """Events out of order, repeated, at equal times, on many keys, while the clock jumps: the same rules fire for the
    same events, each once, at once or at their time.
    """
    rng = random.Random(seed)
    rules, rule_set = random_rules(rng)
    clock = VirtualClock()
    stock = open_site(inventory=False)
    site = replace(stock, rulebook=Rulebook(stock.rulebook.library, rule_set, stock.store), clock=clock)
    with RuleWorker(rule_set) as worker, Correlator(site, worker) as correlator:
        receiver = Receiver(site, correlator, source="test", asked_by="test")
        for stream in range(STREAMS):
            model = Model(rules)
            seen = set()
            start = _last_firing(site)
            for document, now in random_stream(rng, f"s{seed}x{stream}"):
                clock.moment = now
                identity = document["id"], document["state"]
                result = receiver.receive(AlertDocument(1, document))
                assert result.outcome is (Reception.REPEATED if identity in seen else Reception.ACCEPTED), result
                if identity not in seen:
                    model.receive(_fact_id(site, *identity), document, now)
                seen.add(identity)
                if rng.random() < 0.2:
                    timers.run_due(site, now=now, asked_by="test", progress=None, worker=worker)
                    model.tick(now)
            clock.moment = START + timedelta(days=2)
            timers.run_due(site, now=clock.moment, asked_by="test", progress=None, worker=worker)
            model.tick(clock.moment)
            assert sorted(_fired(site, start)) == sorted(model.fired), (seed, stream, rules)


def _last_firing(site: OpenSite) -> int:
    with site.store.read() as txn:
        return max(txn.execute(select(firings.c.id)).scalars(), default=0)


def _fact_id(site: OpenSite, event_id: str, state: str) -> str:
    query = select(journal.c.id).where(journal.c.event_id == event_id, journal.c.kind == KINDS[state])
    with site.store.read() as txn:
        return f"event:{txn.execute(query).scalar_one()}"


def _fired(site: OpenSite, start: int) -> list[tuple[str, str]]:
    query = select(firings.c.rule, firings.c.entry).where(firings.c.id > start)
    with site.store.read() as txn:
        return [(row.rule, f"event:{row.entry}") for row in txn.execute(query)]
