"""Major cases: propose a case, approve or reject a candidate."""

from __future__ import annotations

from forewarn.engine import candidates
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import Change
from forewarn.engine.work import begin


def propose_major(site: OpenSite, number: str, reason: str, *, asked_by: str) -> Change:
    """Flag an open case as candidate for the major case of its incident (C4).

    Returns the case. Raises `NotFound`, and `Refused` without a reason, for a case that is not open, is a child, major
    or proposed already, or whose incident is over or has a major case or another candidate.
    """
    with begin(site, asked_by) as work:
        return candidates.propose(work, number, reason)


def approve_major(site: OpenSite, number: str, reason: str, *, asked_by: str) -> Change:
    """Approve a candidate (C4): a new major case without customer; the candidate becomes its child, and so do the
    incident's other proactive cases. Customers are told nothing by it.

    Returns the major case. Raises `NotFound`, and `Refused` without a reason, for a case that is not proposed or not
    open, or whose incident is over or has a major case.
    """
    with begin(site, asked_by) as work:
        return candidates.approve(work, number, reason)


def reject_major(site: OpenSite, number: str, reason: str, *, asked_by: str) -> Change:
    """Reject a candidate (C4): it goes on as a normal case.

    Returns the case. Raises `NotFound`, and `Refused` without a reason or for a case that is not proposed.
    """
    with begin(site, asked_by) as work:
        return candidates.reject(work, number, reason)
