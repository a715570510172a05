"""Sinks that hang, fail again and again, or take only so much: bounded, rested, and told; nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from engine_support import OUTAGE, START, RecordingSink

from forewarn.engine.actions import delivery
from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import comment_case
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.clock import SteppingClock
from forewarn.engine.open_site import OpenSite
from forewarn.errors import NotFound
from forewarn.plugins.api import DeliveryResult, Notification, Outcome


class Moody:
    """A sink that does what its mood says."""

    def __init__(self) -> None:
        self.mood: Callable[[Sequence[Notification]], Any] = RecordingSink().deliver
        self.calls = 0
        self.closed = 0

    def deliver(self, batch: Sequence[Notification]) -> Any:
        self.calls += 1
        return self.mood(batch)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def moody() -> Moody:
    """The sink under test."""
    return Moody()


@pytest.fixture
def clock() -> SteppingClock:
    """A clock that the test moves."""
    return SteppingClock(START)


@pytest.fixture
def make(open_site: Callable[..., OpenSite], moody: Moody, clock: SteppingClock) -> Callable[..., OpenSite]:
    """Open the site with the moody sink, used as the settings say; opening it again is another process."""

    def opened(**used: Any) -> OpenSite:
        site = open_site(sinks={"moody": lambda settings: moody}, clock=clock)
        return replace(site, sinks={**site.sinks, "moody": replace(site.sinks["moody"], **used)})

    return opened


def fine(batch: Sequence[Notification]) -> Any:
    """Every notification is delivered."""
    return [DeliveryResult(one.event_id, Outcome.DELIVERED) for one in batch]


def broken(batch: Sequence[Notification]) -> Any:
    """The batch raises."""
    raise ConnectionError("no route")


def state(site: OpenSite, name: str = "moody") -> Any:
    """How a sink is doing."""
    return next(one for one in delivery.sinks(site) if one.sink == name)


def report_of(site: OpenSite) -> Any:
    """One round of delivery, as the sink under test saw it."""
    return next(one for one in deliver(site).sinks if one.sink == "moody")


def test_a_sink_that_hangs_is_left_behind(
    make: Callable[..., OpenSite], moody: Moody, sink: RecordingSink, clock: SteppingClock
) -> None:
    """The other sink gets everything, the line says what happened, and delivery goes on when the sink is mended."""
    site = make(time_limit=0.2)
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    hold = threading.Event()
    moody.mood = lambda batch: hold.wait(60)
    report = report_of(site)
    assert (moody.calls, moody.closed, len(sink.got), report.retry) == (1, 0, 5, 5)
    assert report.failure.startswith("it rests until")
    assert report.failure.endswith("it did not come back within 0.2 s, and was left behind")
    hold.set()
    moody.mood = fine
    assert report_of(site).resting_until is not None
    assert moody.calls == 1
    clock.advance(timedelta(minutes=2))
    assert report_of(site).delivered == 5
    assert state(site).failures == 0


def test_a_factory_that_hangs_is_bounded_too(open_site: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """A sink that cannot even be opened in time rests."""
    hold = threading.Event()
    site = open_site(sinks={"slow": lambda settings: hold.wait(60)})
    site = replace(site, sinks={**site.sinks, "slow": replace(site.sinks["slow"], time_limit=0.1)})
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    report = next(one for one in deliver(site).sinks if one.sink == "slow")
    hold.set()
    assert "did not come back within 0.1 s" in (report.failure or "")
    assert len(sink.got) == 5


def test_after_failures_in_a_row_a_sink_rests_over_processes(
    make: Callable[..., OpenSite], moody: Moody, clock: SteppingClock
) -> None:
    """It is left alone, says so, is tried with one call after its rest, and rests longer each time."""
    moody.mood = lambda batch: [DeliveryResult(one.event_id, Outcome.RETRY, "busy") for one in batch]
    receive_alerts(make(rest_after=2), [OUTAGE], source="t", asked_by="m")
    deliver(make(rest_after=2))
    assert state(make()).resting_until is None
    rests = []
    for _ in range(3):
        clock.advance(timedelta(hours=2))
        site = make(rest_after=2)
        before = moody.calls
        deliver(site)
        rests.append(round((state(site).resting_until - clock.now()).total_seconds() / 60))
        assert "it rests until" in (report_of(make(rest_after=2)).failure or "")
        assert moody.calls == before + 1
    assert rests == [1, 2, 4]
    clock.advance(timedelta(hours=2))
    moody.mood = fine
    assert report_of(make(rest_after=2)).delivered == 5
    assert (state(site).failures, state(site).reason, state(site).resting_until) == (0, None, None)


def test_what_was_not_tried_is_not_charged(make: Callable[..., OpenSite], moody: Moody, clock: SteppingClock) -> None:
    """A sink that is down for days costs the rest of the queue no attempts: nothing is given up but what was tried."""
    moody.mood = broken
    site = make(rest_after=1, batch=1)
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    for _ in range(9):
        deliver(site)
        clock.advance(timedelta(hours=3))
    assert moody.calls == 9
    assert state(site).dead == 0
    moody.mood = fine
    clock.advance(timedelta(days=1))
    assert report_of(site).delivered == 5


def test_one_notification_that_a_sink_cannot_bear_holds_no_other(make: Callable[..., OpenSite], moody: Moody) -> None:
    """Where a batch makes it raise, each is handed over by itself."""
    site = make()
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")

    def picky(batch: Sequence[Notification]) -> Any:
        if any(one.record == "CS0000004" for one in batch):
            raise UnicodeError("cannot")
        return fine(batch)

    moody.mood = picky
    report = report_of(site)
    assert (report.delivered, report.retry, report.reasons) == (4, 1, ("UnicodeError: cannot",))
    assert state(site).resting_until is None


def test_a_sink_takes_so_many_a_minute(make: Callable[..., OpenSite], moody: Moody, clock: SteppingClock) -> None:
    """Over processes; the rest waits for the next minute, and the report says so."""
    moody.mood = fine
    site = make(per_minute=2)
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    report = report_of(site)
    assert (report.delivered, report.reasons) == (2, ("it takes at most 2 a minute: the rest goes later",))
    assert report_of(make(per_minute=2)).delivered == 0
    clock.advance(timedelta(minutes=1))
    assert report_of(make(per_minute=2)).delivered == 2
    clock.advance(timedelta(minutes=1))
    assert report_of(make(per_minute=2)).delivered == 1


def test_a_sink_is_handed_so_many_at_once(make: Callable[..., OpenSite], moody: Moody) -> None:
    """The batch is what the settings say."""
    sizes: list[int] = []

    def counting(batch: Sequence[Notification]) -> Any:
        sizes.append(len(batch))
        return fine(batch)

    moody.mood = counting
    site = make(batch=2)
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    deliver(site)
    assert sizes == [2, 2, 1]


def test_sinks_tells_what_waits_and_what_was_given_up(
    make: Callable[..., OpenSite], moody: Moody, clock: SteppingClock
) -> None:
    """By sink; what was given up or refused can be sent again, under the same event id."""
    ids: list[str] = []

    def no(batch: Sequence[Notification]) -> Any:
        ids.extend(one.event_id for one in batch)
        return [DeliveryResult(one.event_id, Outcome.REFUSED, "no address") for one in batch]

    moody.mood = no
    site = make()
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    deliver(site)
    assert (state(site).refused, state(site).waiting, state(site, "recorder").delivered) == (5, 0, 5)
    comment_case(site, "CS0000002", "news", asked_by="x")
    assert state(site).waiting == 1
    assert delivery.replay(site, delivery.Chosen(sink="moody")) == 5
    again: list[str] = []

    def yes(batch: Sequence[Notification]) -> Any:
        again.extend(one.event_id for one in batch)
        return fine(batch)

    moody.mood = yes
    assert report_of(site).delivered == 6
    assert set(ids) <= set(again)
    with pytest.raises(NotFound, match="did you mean 'moody'"):
        delivery.replay(site, delivery.Chosen(sink="mody"))


def test_a_sink_is_tried_without_telling_a_customer(make: Callable[..., OpenSite], moody: Moody) -> None:
    """One notification of its own, to the address that is given; the answer, or why there is none."""
    seen: list[Notification] = []

    def yes(batch: Sequence[Notification]) -> Any:
        seen.extend(batch)
        return fine(batch)

    moody.mood = yes
    result = delivery.try_sink(make(), "moody", address="ann@example.com")
    assert (result.outcome, seen[0].address, seen[0].event, moody.closed) == (
        Outcome.DELIVERED,
        "ann@example.com",
        "test",
        1,
    )
    moody.mood = broken
    result = delivery.try_sink(make(), "moody")
    assert (result.outcome, result.reason) == (Outcome.RETRY, "ConnectionError: no route")
