"""A large outage (issue 2): 10,000 accounts, 20,000 items, 2,000 services, 3,000 accounts hit, one transaction."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from engine_support import OUTAGE, RecordingSink, snapshot, table_counts
from sqlalchemy import event

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case, list_cases
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import resolve_incident, show_incident
from forewarn.engine.actions.inventory import load_files
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import Reception

sys.path.insert(0, str(Path(__file__).parent / "inventory"))
from generate import generate, write_csv


def test_three_thousand_accounts_are_served_set_by_set(
    open_site: Callable[..., OpenSite], tmp_path: Path, sink: RecordingSink
) -> None:
    """Exactly the hit accounts get a child case each, with some hundred statements instead of thousands; a rerun
    changes nothing; everybody is told once; closing the major case closes all.
    """
    outage = generate()
    site = open_site(inventory=False)
    load_files(site, write_csv(outage, tmp_path / "inventory"), strict=True, asked_by="x")
    statements: list[str] = []
    transactions: list[object] = []
    event.listen(site.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(site.store.engine, "begin", transactions.append)
    alert = {**OUTAGE, "ci": outage.outage_ci}
    (result,) = receive_alerts(site, [alert], source="t", asked_by="m").results
    assert result.cases == 3_001
    assert len(statements) < 250
    assert len(transactions) == 1
    shown = show_incident(site, result.incident or "")
    assert shown.incident["affected_account_count"] == 3_000
    assert {case["account_number"] for case in shown.cases} == outage.affected_accounts
    assert shown.major_case is not None
    assert {case["parent"] for case in shown.cases} == {shown.major_case.number}
    assert len({case.number for case in shown.cases}) == 3_000
    counts = table_counts(site)
    assert (counts["affected_install_base"], counts["notifications"]) == (len(outage.affected_install_base), 3_000)

    before = snapshot(site)
    (again,) = receive_alerts(site, [alert], source="t", asked_by="m").results
    assert again.outcome is Reception.REPEATED
    assert snapshot(site) == before

    assert deliver(site).delivered == 3_000
    assert len({one.event_id for one in sink.got}) == 3_000
    assert max(sink.batches) <= 500

    statements.clear()
    resolve_incident(site, result.incident or "", "Duplicate", "x", asked_by="x")
    close_case(site, shown.major_case.number, asked_by="x")
    assert len(statements) < 150
    assert len(list_cases(site, phase="closed")) == 3_001
