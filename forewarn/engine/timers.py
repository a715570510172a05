"""Due times: rules that wait for an event to stay away are looked at when their time has passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update

from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import dead_letters, journal
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.handling import Handler
from forewarn.engine.receiving.happening import Happening, happened_before
from forewarn.engine.receiving.raising import UNSEEN
from forewarn.engine.reports import DeadEventsReport, Progress, RuleFiring, TickReport
from forewarn.engine.schema.deciding import due_times, firings
from forewarn.engine.schema.deciding import journal as journal_table
from forewarn.engine.work import Work, begin
from forewarn.errors import Refused
from forewarn.rules.worker import RuleWorker

_BATCH = 500
"""So many due times are read at once."""

_AGAIN = timedelta(minutes=5)
"""How long a look that a record observer refused is put off."""

MOST = 100_000
"""So many due times are looked at in one tick: rules that wait on what they raise themselves would go on for ever."""


def run_due(
    site: OpenSite,
    *,
    now: datetime | None,
    asked_by: str,
    progress: Progress | None,
    worker: RuleWorker | None = None,
) -> TickReport:
    """Look at everything that is due, each in a transaction of its own, oldest first."""
    moment = now or site.clock.now()
    with site.store.read() as txn:
        last = txn.execute(select(func.coalesce(func.max(firings.c.id), 0))).scalar_one()
        rows = txn.execute(_due(moment, 1)).all()
    done = 0
    notes: list[str] = []
    if rows:
        with Correlator(site, worker) as correlator:
            ticking = _Ticking(site, correlator, asked_by)
            while rows and done < MOST:
                with site.store.read() as txn:
                    rows = txn.execute(_due(moment, _BATCH)).all()
                for row in rows:
                    try:
                        notes += ticking.look(row.id)
                    except Refused as refusal:
                        # A record observer of a plugin: nothing was kept, and it is looked at again later.
                        notes.append(str(refusal))
                        _put_off(site, row.id, moment + _AGAIN)
                    done += 1
                    if progress is not None:
                        progress("due rules", done, None)
    with site.store.read() as txn:
        fired = txn.execute(
            select(firings, journal_table.c.source, journal_table.c.event_id)
            .join(journal_table, journal_table.c.id == firings.c.entry)
            .where(firings.c.id > last)
            .order_by(firings.c.id)
        ).mappings()
        found = tuple(
            RuleFiring(row["entry"], row["source"], row["event_id"], row["rule"], row["action"], row["at"])
            for row in fired
        )
        waiting = txn.execute(select(func.count()).where(due_times.c.done_at.is_(None))).scalar_one()
    return TickReport(done=done, fired=found, waiting=waiting, notes=tuple(notes))


def _put_off(site: OpenSite, due_id: int, until: datetime) -> None:
    with site.store.write() as txn:
        txn.execute(update(due_times).where(due_times.c.id == due_id).values(due_at=until))


def _due(moment: datetime, limit: int) -> Select[tuple[int]]:
    return (
        select(due_times.c.id)
        .where(due_times.c.done_at.is_(None), due_times.c.due_at <= moment)
        .order_by(due_times.c.due_at, due_times.c.id)
        .limit(limit)
    )


class _Ticking:
    """Looks at due times one by one."""

    def __init__(self, site: OpenSite, correlator: Correlator, asked_by: str) -> None:
        self._site = site
        self._correlator = correlator
        self._handler = Handler(correlator)
        self._asked_by = asked_by

    def look(self, due_id: int) -> tuple[str, ...]:
        """Look at one; returns what an operator should know. One that another process has done is passed over."""
        with begin(self._site, self._asked_by) as work:
            query = select(due_times).where(due_times.c.id == due_id).with_for_update()
            row = work.txn.execute(query).mappings().one()
            if row["done_at"] is not None:
                return ()
            happening = happened_before(work, row["entry"])
            if row["rule"] == UNSEEN:
                self._handler.show(work, happening)
            else:
                later = self._later(happening, row["rule"], row["due_at"])
                if later is not None:
                    work.txn.execute(update(due_times).where(due_times.c.id == due_id).values(due_at=later))
                    return ()
                self._handler.due(work, happening, row["rule"], row["due_at"])
            journal.settle(work, happening)
            work.txn.execute(update(due_times).where(due_times.c.id == due_id).values(done_at=work.now))
        return tuple(happening.notes)

    def _later(self, happening: Happening, rule_id: str, due_at: datetime) -> datetime | None:
        """The time until which a rule waits now, where it was changed to wait longer."""
        rule = self._correlator.rule(rule_id)
        if rule is None or not rule.waits or rule.within is None or happening.at + rule.within <= due_at:
            return None
        return happening.at + rule.within


def retry_dead_letters(site: OpenSite, *, asked_by: str) -> DeadEventsReport:
    """Show every dead letter to the rules again, each in a transaction of its own."""
    with site.store.read() as txn:
        waiting = dead_letters.waiting(txn)
    if not waiting:
        return DeadEventsReport((), ())
    settled = []
    with Correlator(site) as correlator:
        handler = Handler(correlator)
        for letter in waiting:
            with begin(site, asked_by) as work:
                if _retry(work, handler, letter.entry, letter.rule):
                    settled.append(letter)
    with site.store.read() as txn:
        return DeadEventsReport(tuple(settled), dead_letters.waiting(txn))


def _retry(work: Work, handler: Handler, entry: int, rule: str | None) -> bool:
    happening = happened_before(work, entry)
    happening.notes = []
    if rule is None:
        could = handler.show_again(work, happening)
    else:
        handler.due(work, happening, rule, work.now)
        could = not happening.notes
    if could:
        dead_letters.settle(work, entry, rule)
        journal.settle(work, happening)
    return could
