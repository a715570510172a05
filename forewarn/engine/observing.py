"""Telling record observers of plugins what a transaction changed: before it is committed, and after.

What changed is read from the stream: every change of a record is an entry there (A3), whether it was made one by one
or set by set. Without observers nothing is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, select

from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema.work import activity
from forewarn.engine.views import by_ids
from forewarn.errors import Refused
from forewarn.plugins.api import RecordChange, RecordObserver
from forewarn.plugins.limits import TookTooLong, within

_LOG = logging.getLogger("forewarn.plugins")
_CHUNK = 500


def last_entry(txn: Connection) -> int:
    """The newest entry of all streams before a transaction changes anything."""
    newest: int = txn.execute(select(func.coalesce(func.max(activity.c.id), 0))).scalar_one()
    return newest


def changes_since(txn: Connection, entry: int, *, asked_by: str) -> tuple[RecordChange, ...]:
    """The records with entries of ``asked_by`` after ``entry``, each once, in the order of their first."""
    query = (
        select(activity.c.record_kind, activity.c.record_id, activity.c.field, activity.c.old, activity.c.new)
        # On a server others may have committed entries of theirs meanwhile.
        .where(activity.c.id > entry, activity.c.who == asked_by)
        .order_by(activity.c.id)
    )
    fields: dict[tuple[str, int], dict[str, tuple[str | None, str | None]]] = {}
    for kind, record_id, field, old, new in txn.execute(query):
        changed = fields.setdefault((kind, record_id), {})
        if field is not None:
            changed[field] = (changed.get(field, (old, None))[0], new)
    found: dict[tuple[str, int], RecordChange] = {}
    for kind in dict.fromkeys(kind for kind, _ in fields):
        ids = [record_id for one, record_id in fields if one == kind]
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            known = _known_before(txn, kind, chunk, entry)
            for record_id, record in by_ids(txn, kind, chunk).items():
                key = (kind, record_id)
                found[key] = RecordChange(record, fields[key], record_id not in known, asked_by)
    return tuple(found[key] for key in fields if key in found)


def before_commit(site: OpenSite, changes: Sequence[RecordChange]) -> None:
    """Ask every observer; raises `Refused` where one refuses. What else one raises is logged."""
    _tell(site, changes, "before_commit", may_refuse=True)


def after_commit(site: OpenSite, changes: Sequence[RecordChange]) -> None:
    """Tell every observer; whatever one raises is logged, the transaction stands."""
    _tell(site, changes, "after_commit", may_refuse=False)


def _tell(site: OpenSite, changes: Sequence[RecordChange], method: str, *, may_refuse: bool) -> None:
    for observer in site.extensions.record_observers:
        name = f"{type(observer).__module__}.{type(observer).__qualname__}"
        try:
            within(site.flow_seconds, _calling(observer, method, changes), name=f"observer {name}")
        except KeyboardInterrupt:
            raise
        except TookTooLong as problem:
            _LOG.error("record observer %s, %s: %s", name, method, problem)
        except Refused as refusal:
            if may_refuse:
                raise
            _LOG.error("record observer %s, %s: it cannot refuse what is committed: %s", name, method, refusal)
        except BaseException as failure:  # noqa: BLE001 - a plugin's fault must not undo what others did
            text = " ".join(str(failure).split())
            _LOG.error("record observer %s, %s: %s: %s", name, method, type(failure).__name__, text)


def _calling(observer: RecordObserver, method: str, changes: Sequence[RecordChange]) -> Callable[[], None]:
    def call() -> None:
        getattr(observer, method)(changes)

    return call


def _known_before(txn: Connection, kind: str, ids: Sequence[int], entry: int) -> set[int]:
    """Those of the records that had an entry before."""
    query = (
        select(activity.c.record_id)
        .where(activity.c.record_kind == kind, activity.c.record_id.in_(ids), activity.c.id <= entry)
        .distinct()
    )
    return set(txn.execute(query).scalars())
