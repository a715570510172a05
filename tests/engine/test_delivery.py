"""Delivery: at least once under a stable id, in order a record, each sink by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from engine_support import OUTAGE, START, RecordingSink
from sqlalchemy import delete, update

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import comment_case, list_cases, show_case
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import resolve_incident
from forewarn.engine.clock import SteppingClock
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.schema.inventory import contacts
from forewarn.plugins.api import DeliveryResult, Notification, Outcome


def _outage(site: OpenSite) -> None:
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")


def test_a_second_round_delivers_nothing_again(site: OpenSite, sink: RecordingSink) -> None:
    """What a sink has taken is not handed to it again."""
    _outage(site)
    assert deliver(site).delivered == 5
    assert deliver(site).delivered == 0
    assert len(sink.got) == 5
    assert sink.closed == 2


def test_what_is_to_be_retried_waits_and_keeps_its_id(open_site: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """A retry is not due before its time, and comes under the same event id."""
    clock = SteppingClock(START)
    site = open_site(clock=clock)
    _outage(site)
    seen: list[str] = []

    def later(one: Notification) -> DeliveryResult:
        seen.append(one.event_id)
        return DeliveryResult(one.event_id, Outcome.RETRY, "busy", timedelta(minutes=3))

    sink.answer = later
    report = deliver(site)
    assert (report.sinks[0].retry, report.sinks[0].reasons, report.waiting) == (5, ("busy",), 5)
    sink.answer = None
    assert deliver(site).delivered == 0
    clock.advance(timedelta(minutes=4))
    assert deliver(site).delivered == 5
    assert sorted(one.event_id for one in sink.got) == sorted(seen)


def test_the_order_of_a_record_is_kept(open_site: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """While a case's first notification waits, its second does not overtake it; other cases go on."""
    clock = SteppingClock(START)
    site = open_site(clock=clock)
    _outage(site)
    for text in ("one", "two"):
        comment_case(site, "CS0000002", text, asked_by="x")

    def stubborn(one: Notification) -> DeliveryResult:
        wait = one.record == "CS0000002" and one.event == "case created"
        return DeliveryResult(one.event_id, Outcome.RETRY if wait else Outcome.DELIVERED)

    sink.answer = stubborn
    deliver(site)
    assert {one.record for one in sink.got} == {f"CS000000{number}" for number in (3, 4, 5, 6)}
    clock.advance(timedelta(seconds=45))
    comment_case(site, "CS0000002", "three", asked_by="x")
    sink.answer = None
    for _ in range(4):
        clock.advance(timedelta(hours=2))
        deliver(site)
    mine = [one for one in sink.got if one.record == "CS0000002"]
    assert [one.event for one in mine] == ["case created", "case comment", "case comment", "case comment"]
    assert [word for one in mine[1:] for word in ("one", "two", "three") if word in one.body.split()] == [
        "one",
        "two",
        "three",
    ]


def test_a_refused_notification_is_not_tried_again(site: OpenSite, sink: RecordingSink) -> None:
    """Refused is final for that sink; it is counted with its reason, and the case says so."""
    _outage(site)
    sink.answer = lambda one: DeliveryResult(one.event_id, Outcome.REFUSED, "no address")
    report = deliver(site)
    assert (report.sinks[0].refused, report.sinks[0].reasons, report.waiting) == (5, ("no address",), 0)
    assert deliver(site).sinks[0].refused == 0
    assert show_case(site, "CS0000002").notifications[0].outcomes == {"recorder": "refused"}
    assert {case["communication_sent_at"] for case in list_cases(site)} == {None}


class Raising:
    """A sink that raises, and raises again when it is closed."""

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        raise ConnectionError("no route")

    def close(self) -> None:
        raise ConnectionError("still none")


class Exiting:
    """A sink that would end the process."""

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        raise SystemExit(3)

    def close(self) -> None:
        raise SystemExit(4)


class Silly:
    """A sink that answers something else."""

    def deliver(self, batch: Sequence[Notification]) -> Any:
        return ["fine", None]

    def close(self) -> None:
        pass


class Silent:
    """A sink that answers for nothing."""

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        return []

    def close(self) -> None:
        pass


def _broken(settings: Any) -> Any:
    raise ValueError("option 'path' is missing")


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (lambda settings: Raising(), "ConnectionError: no route"),
        (lambda settings: Exiting(), "it called sys.exit(3)"),
        (lambda settings: Silly(), "TypeError"),
        (lambda settings: Silent(), "the sink gave no answer"),
        (_broken, "option 'path' is missing"),
    ],
    ids=["raises", "exits", "answers nonsense", "answers nothing", "cannot be made"],
)
def test_a_bad_sink_harms_no_other(
    open_site: Callable[..., OpenSite], sink: RecordingSink, factory: Any, said: str
) -> None:
    """Its notifications wait, the report says why, the other sink gets everything."""
    site = open_site(sinks={"bad": factory})
    _outage(site)
    report = deliver(site)
    bad = next(one for one in report.sinks if one.sink == "bad")
    assert said in " ".join([*bad.reasons, bad.failure or ""])
    assert (bad.delivered, report.waiting, len(sink.got)) == (0, 5, 5)


def test_after_ten_attempts_a_notification_is_dead(open_site: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """It is kept and not tried any more, so that what comes after it can go on."""
    clock = SteppingClock(START)
    site = open_site(clock=clock)
    _outage(site)
    sink.answer = lambda one: DeliveryResult(one.event_id, Outcome.RETRY, "busy")
    for _ in range(12):
        deliver(site)
        clock.advance(timedelta(hours=2))
    assert len(sink.batches) == 10
    assert show_case(site, "CS0000002").notifications[0].outcomes == {"recorder": "dead"}
    assert deliver(site).waiting == 0


def test_a_sink_that_is_configured_later_does_not_get_the_past(
    open_site: Callable[..., OpenSite], sink: RecordingSink
) -> None:
    """It gets what is staged from then on."""
    site = open_site()
    _outage(site)
    late = RecordingSink()
    site = open_site(sinks={"late": lambda settings: late})
    deliver(site)
    comment_case(site, "CS0000002", "news", asked_by="x")
    deliver(site)
    assert [one.event for one in late.got] == ["case comment"]
    assert len(sink.got) == 6


def test_a_sink_that_is_not_enabled_gets_it_all_when_it_is(
    open_site: Callable[..., OpenSite], sink: RecordingSink
) -> None:
    """What it would have had is queued for it meanwhile, and handed to it in order."""
    site = open_site()
    paused = replace(site, sinks={}, paused_sinks=site.sinks)
    _outage(paused)
    comment_case(paused, "CS0000002", "news", asked_by="x")
    assert deliver(paused).delivered == 0
    assert deliver(site).delivered == 6
    assert [one.event for one in sink.got if one.record == "CS0000002"] == ["case created", "case comment"]


def test_a_contact_without_an_address_is_staged_all_the_same(site: OpenSite, sink: RecordingSink) -> None:
    """What to do about it is the sink's word; an account without any contact is named itself."""
    with site.store.write() as txn:
        txn.execute(update(contacts).where(contacts.c.name == "Priya Raman").values(email=None))
        txn.execute(delete(contacts).where(contacts.c.name == "Mei Tanaka"))
    _outage(site)
    deliver(site)
    addresses = {one.recipient: one.address for one in sink.got}
    assert addresses["Priya Raman"] is None
    assert addresses["Unity System"] is None
    assert len(addresses) == 5


def test_a_sink_of_an_unknown_kind_is_named(open_site: Callable[..., OpenSite]) -> None:
    """No plugin provides it: the report says so, and everything waits for it."""
    site = replace(open_site(), sinks={"pager": SinkConfiguration("pigeon")})
    _outage(site)
    report = deliver(site)
    assert report.sinks[0].failure == "no plugin provides sinks of the kind 'pigeon'"
    assert report.waiting == 5


def test_what_a_customer_is_told_is_how_it_stood_then(site: OpenSite, sink: RecordingSink) -> None:
    """A notification that waited tells the state of its own time, not of the delivery."""
    receive_alerts(site, [{**OUTAGE, "ci": "Vmanage_10002"}], source="t", asked_by="m")
    resolve_incident(site, "INC0000001", "Duplicate", "x", asked_by="x")
    deliver(site)
    states = {(one.event, one.data["state"]) for one in sink.got}
    assert states == {("case created", "New"), ("case resolved", "Solution Proposed")}
