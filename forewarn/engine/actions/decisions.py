"""Decisions: try a table by hand, and explain what was decided for a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forewarn.decision_tables import Decision
from forewarn.engine import audit
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import ExplainedDecision


def decide(site: OpenSite, table: str, inputs: Mapping[str, Any], at: datetime | None = None) -> Decision:
    """Decide one table of the site by hand; nothing is recorded.

    ``inputs`` by heading or by bound name; ``at`` is the effective time (now by default).
    Raises `UnknownTable`, `BadTable`, `DecisionError`.
    """
    return site.rulebook.library.decide(table, inputs, at=at or site.clock.now())


def explain_record(site: OpenSite, number: str) -> tuple[ExplainedDecision, ...]:
    """What was decided for an incident, alert or case, oldest first, each explained against the version of the
    table that decided it, whatever the workbook says today. Raises `NotFound`.
    """
    return audit.explain(site, number)
