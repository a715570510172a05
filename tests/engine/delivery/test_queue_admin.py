"""The queue in an admin's hands, and what the producer's properties bound."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from engine_support import START, RecordingSink, Workbooks
from staged_rows import stage

from forewarn.engine import delivery_queue
from forewarn.engine.actions.delivery import Chosen, deliver, queue, replay, retry, skip
from forewarn.engine.clock import SteppingClock
from forewarn.engine.delivering import Round
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite, SinkConfiguration
from forewarn.errors import NotFound, Refused
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

BOOK = "decision_tables/api_notifications.xlsx"


@pytest.fixture
def taking(open_site: Callable[..., OpenSite]) -> Callable[..., OpenSite]:
    """Open a site whose sink takes events, with properties of its own."""

    def opened(**properties: int) -> OpenSite:
        def edit(workbooks: Workbooks) -> None:
            for name, value in properties.items():
                full = f"sn_api_notif_mgmt.{name.replace('__', '.')}"
                workbooks.set(BOOK, "Properties", f"B{workbooks.find(BOOK, 'Properties', full)}", value)

        site = open_site(edit if properties else None, clock=SteppingClock(START))
        site.sinks["recorder"] = SinkConfiguration("recording", takes=(TICKET_EVENTS,))  # type: ignore[index]
        return site

    return opened


def busy(one: Notification) -> DeliveryResult:
    """What a sink answers that is too busy for the second event of a ticket, and refuses the first of another."""
    if one.event_id == "e000000":
        return DeliveryResult(one.event_id, Outcome.REFUSED, "no such topic")
    outcome = Outcome.RETRY if one.event_id == "e000001" else Outcome.DELIVERED
    return DeliveryResult(one.event_id, outcome, "busy")


def test_the_queue_is_told_as_it_stands(taking: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """What waits, what was tried, what was given up, with the letters of it; of a ticket all that there is."""
    site = taking()
    stage(site, 8)  # tickets CS0000000 and CS0000001, four events each
    sink.answer = busy
    deliver(site)
    report = queue(site)
    (found,) = report.queues
    assert (found.waiting, found.retry, found.given_up, found.due) == (4, 1, 1, 3)
    assert found.oldest is not None
    assert [(one.event_id, one.outcome, one.reason) for one in report.letters] == [
        ("e000000", "refused", "no such topic")
    ]
    of_ticket = queue(site, Chosen(tickets=["cs0000001"])).letters
    assert [(one.event_id, one.outcome) for one in of_ticket] == [
        ("e000001", "retry"),
        ("e000003", "waiting"),
        ("e000005", "waiting"),
        ("e000007", "waiting"),
    ]
    assert [one.attempts for one in of_ticket] == [1, 0, 0, 0]


def test_retry_makes_due_what_waits_for_its_time(taking: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """At once instead of later, with all that stands behind it, in order."""
    site = taking()
    stage(site, 8)
    sink.answer = busy
    deliver(site)
    sink.answer = None
    sink.got.clear()
    assert deliver(site).delivered == 0
    assert retry(site) == 1
    deliver(site)
    assert [one.event_id for one in sink.got] == ["e000001", "e000003", "e000005", "e000007"]


def test_skip_lets_the_rest_of_a_ticket_go_on(taking: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """What is left out is not delivered, and can be taken back."""
    site = taking()
    stage(site, 8)
    sink.answer = busy
    deliver(site)
    sink.got.clear()
    sink.answer = None
    assert skip(site, Chosen(events=["e000001"]), asked_by="me") == 1
    deliver(site)
    assert [one.event_id for one in sink.got] == ["e000003", "e000005", "e000007"]
    (letter,) = queue(site, Chosen(events=["e000001"])).letters
    assert (letter.outcome, letter.reason) == ("skipped", "skipped by me")
    assert replay(site, Chosen(events=["e000001"])) == 1
    deliver(site)
    assert sink.got[-1].event_id == "e000001"


def test_replay_sends_again_under_the_same_ids(taking: Callable[..., OpenSite], sink: RecordingSink) -> None:
    """What was given up, and what was delivered only where it is named."""
    site = taking()
    stage(site, 8)
    sink.answer = busy
    deliver(site)
    sink.answer = None
    sink.got.clear()
    assert replay(site, Chosen(sink="recorder")) == 2
    assert replay(site, Chosen(tickets=["CS0000000"]), delivered=True) == 4
    deliver(site)
    of_ticket = [one.event_id for one in sink.got if one.record == "CS0000000"]
    assert of_ticket == ["e000000", "e000002", "e000004", "e000006"]
    with pytest.raises(Refused, match="sent again"):
        replay(site, delivered=True)
    with pytest.raises(Refused, match="nothing is named"):
        skip(site, Chosen(sink="recorder"), asked_by="me")
    with pytest.raises(NotFound, match="CS9999999"):
        retry(site, Chosen(tickets=["CS9999999"]))
    with pytest.raises(NotFound, match="no sink"):
        queue(site, Chosen(sink="recordr"))


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("staged", "batches"),
    [(130, [50, 50, 30]), (220, [50, 50, 50, 50])],
    ids=["130 wait: two batches of 50 and one of 30", "220 wait: four batches of 50, 20 stay"],
)
def test_a_run_takes_what_the_document_says(
    taking: Callable[..., OpenSite], sink: RecordingSink, staged: int, batches: list[int]
) -> None:
    """The examples of S3 "Producer framework system properties": batch limit 50, at most 200 records a run."""
    site = taking(inboundqueue__maxrecords=200, inboundqueue__batch__limit=50)
    stage(site, staged, each=1)
    with Round(site) as round_:
        round_.turn()
    assert sink.batches == batches
    assert queue(site).queues[0].waiting == staged - sum(batches)


@pytest.mark.one_database
def test_a_run_that_takes_too_long_stops_with_an_error(
    taking: Callable[..., OpenSite], sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    """After schedule.maxtime nothing more is handed over in it; what it held is let go of, uncharged."""
    site = taking(schedule__maxtime=1, inboundqueue__batch__limit=5)
    stage(site, 40)
    with Round(site) as round_:
        round_.turn()
        (report,) = round_.reports
    assert any("longer than 1 ms" in reason for reason in report.reasons)
    assert any(record.levelname == "ERROR" and "longer than 1 ms" in record.message for record in caplog.records)
    (found,) = queue(site).queues
    assert found.held == 0
    assert found.waiting == 40 - report.delivered
    site.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    deliver(site)
    assert len({one.event_id for one in sink.got}) == len(sink.got)


def test_a_queue_that_another_takes_from_is_tried_so_often(
    taking: Callable[..., OpenSite], sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    """On a server, where another process takes from it all the while: maxspin attempts, a warning, nothing taken."""
    site = taking(glide__mutex__maxspin=3, glide__mutex__sleep=1)
    stage(site, 8)
    if site.store.engine.dialect.name == "sqlite":
        # There the lock of the file itself is waited for: a writer that has it is alone.
        assert deliver(site).delivered == 8
        return
    with site.store.write() as txn:
        assert delivery_queue.lock(txn, "recorder")
        with caplog.at_level("WARNING", logger="forewarn.delivery"), Round(site) as round_:
            logging.getLogger("forewarn.delivery").setLevel("WARNING")
            round_.turn()
            (report,) = round_.reports
    assert report.reasons == ("other processes held its queue at each of 3 attempts",)
    assert sink.got == []
    assert deliver(site).delivered == 8


@pytest.mark.one_database
@pytest.mark.parametrize(("level", "told"), [("err", set()), ("warning", {"WARNING"}), ("debug", {"DEBUG", "INFO"})])
def test_the_log_tells_what_the_property_says(
    open_site: Callable[..., OpenSite],
    sink: RecordingSink,
    caplog: pytest.LogCaptureFixture,
    level: str,
    told: set[str],
) -> None:
    """A retry is a warning, each delivery is for debugging; by default errors alone are logged."""

    def edit(workbooks: Workbooks) -> None:
        row = workbooks.find(BOOK, "Properties", "sn_api_notif_mgmt.event.log")
        workbooks.set(BOOK, "Properties", f"B{row}", level)

    site = open_site(edit, clock=SteppingClock(START))
    site.sinks["recorder"] = SinkConfiguration("recording", takes=(TICKET_EVENTS,))  # type: ignore[index]
    stage(site, 8)
    sink.answer = busy
    deliver(site)
    assert told <= {record.levelname for record in caplog.records if record.name == "forewarn.delivery"}
    if level == "err":
        assert not [record for record in caplog.records if record.levelno < logging.ERROR]
