"""From a CI that fails to the services that it takes along, over the CIs that depend on it.

A failure passes from CI to CI as each relation says: down, degraded, or not at all. What is degraded can only degrade
what stands on it; a service is down as soon as one way leads to it on which everything goes down.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Integer, Select, case, cast, func, literal, select

from forewarn.engine.schema.inventory import ci_relations, ci_services

HARMFUL = ("down", "degraded")
"""The effects that a failure has, the worst first."""

_DOWN, _DEGRADED = range(len(HARMFUL))


def harmed_services(ci_id: int | None) -> Select[Any]:
    """The services that a failure of this CI takes down or degrades: ``service_id`` and ``effect``, a row a service."""
    hit = harmed_cis(ci_id)
    worst = func.min(_worse(hit.c.level, ci_services.c.effect))
    return (
        select(
            ci_services.c.service_id, case((worst == _DOWN, HARMFUL[_DOWN]), else_=HARMFUL[_DEGRADED]).label("effect")
        )
        .join(hit, hit.c.ci_id == ci_services.c.ci_id)
        .where(ci_services.c.effect.in_(HARMFUL))
        .group_by(ci_services.c.service_id)
    )


def harmed_cis(ci_id: int | None) -> CTE:
    """The CI and all that depend on it, with how each is hit (``level``: 0 down, 1 degraded; maybe a row for each).

    No CI is entered twice in the same way, so cycles end.
    """
    start = select(cast(literal(ci_id), BigInteger).label("ci_id"), cast(literal(_DOWN), Integer).label("level"))
    hit = start.cte("harmed_cis", recursive=True)
    onwards = (
        select(ci_relations.c.dependent_ci_id, _worse(hit.c.level, ci_relations.c.effect))
        .join(hit, hit.c.ci_id == ci_relations.c.ci_id)
        .where(ci_relations.c.effect.in_(HARMFUL))
    )
    return hit.union(onwards)


def _worse(level: ColumnElement[int], effect: ColumnElement[str]) -> ColumnElement[int]:
    """How what stands behind a relation is hit: degraded once anything on the way is only degraded."""
    return case((effect == HARMFUL[_DEGRADED], _DEGRADED), else_=level)
