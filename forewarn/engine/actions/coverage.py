"""Coverage: how often each rule decided, from the decisions that the store recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from forewarn.decision_tables import Table
from forewarn.decision_tables.coverage import Hits, TableCoverage, coverage_of
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema.deciding import decisions


def recorded_coverage(
    site: OpenSite, tables: Sequence[Table] = (), *, since: datetime | None = None
) -> tuple[TableCoverage, ...]:
    """The coverage of ``tables`` (of the live ones, where none is given) by recorded decisions, one a table.

    ``since``, an aware time, leaves out what was decided before. Decisions of earlier versions count by rule id.
    """
    chosen = tables or site.rulebook.library.tables
    found = _recorded(site, {table.name for table in chosen}, since)
    return tuple(coverage_of(table, found.get(table.name, ())) for table in chosen)


def _recorded(site: OpenSite, names: Collection[str], since: datetime | None) -> dict[str, list[Hits]]:
    """What was recorded, added up in the database: a row a table, version and set of rules."""
    kept = decisions.c
    query = (
        select(kept.table_name, kept.version, kept.rules, func.count(), func.max(kept.at))
        .where(kept.table_name.in_(sorted(names)))
        .group_by(kept.table_name, kept.version, kept.rules)
    )
    if since is not None:
        query = query.where(kept.at >= since)
    hits: dict[str, list[Hits]] = {}
    with site.store.read() as txn:
        for name, version, rules, count, last in txn.execute(query):
            hits.setdefault(name, []).append(Hits(version, tuple(rules), count, last))
    return hits
