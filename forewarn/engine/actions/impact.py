"""The customer impact of incidents, problems and change requests."""

from __future__ import annotations

from forewarn.engine import customer_impact
from forewarn.engine.customer_impact import CustomerImpact, Pill
from forewarn.engine.open_site import OpenSite

__all__ = ["CustomerImpact", "Pill", "show_impact"]


def show_impact(site: OpenSite, number: str, *, pill: Pill = Pill.ALL) -> CustomerImpact:
    """The tab "Customer impact" of a record (S3 "Enhancing customer impact visibility"): four indicators over all
    affected customers, and the accounts and consumers that the pill leaves. Raises `NotFound`.
    """
    with site.store.read() as txn:
        return customer_impact.customer_impact(txn, number, pill)
