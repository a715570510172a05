"""Disk full, read-only, gone for a while, wrong password: one line each, nothing of the action kept, nothing lost."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import SERVER
from engine_support import OUTAGE, SAMPLE, START, RecordingSink, table_counts
from sqlalchemy import event, make_url

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.database import check_store
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.inventory.loading import load_into
from forewarn.engine.numbers import next_number
from forewarn.engine.open_site import OpenSite
from forewarn.engine.store import open_store
from forewarn.errors import StoreUnusable

SERVICE = Path(__file__).parents[1] / "services" / "postgresql"
WRONG = "secret-one"
ALERTS = [{**OUTAGE, "id": f"a-{number}", "name": f"n{number}"} for number in range(300)]


def whole(site: OpenSite, sink: RecordingSink) -> None:
    """All alerts are there once, on one incident with its six cases, each customer is told once, the store is good."""
    counts = table_counts(site)
    assert (counts["journal"], counts["incidents"], counts["cases"]) == (len(ALERTS) + 1, 1, 6)
    deliver(site)
    assert len({one.event_id for one in sink.got}) == len(sink.got) == counts["notifications"] == 5
    assert check_store(site.store).problems == ()


@pytest.mark.one_database
def test_a_full_database_is_said_so_and_nothing_is_lost(site: OpenSite, sink: RecordingSink) -> None:
    """SQLite's own limit of pages stands for the disk: the alert that found no room is taken again later."""
    with site.store.read() as txn:
        room = txn.exec_driver_sql("PRAGMA page_count").scalar_one() + 30

    def limited(connection: Any, record: Any, proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {room}")

    event.listen(site.store.engine, "checkout", limited)
    with pytest.raises(StoreUnusable, match=r"the disk of .*site\.db is full .*nothing of this action was kept"):
        receive_alerts(site, ALERTS, source="t", asked_by="m")
    kept = table_counts(site)["journal"]
    assert 0 < kept < len(ALERTS)
    assert check_store(site.store).problems == ()
    room = 1_000_000
    site.store.engine.dispose()
    receive_alerts(site, ALERTS, source="t", asked_by="m")
    whole(site, sink)


def _within(limit: int, folder: Path, make: Callable[..., OpenSite], answers: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        receive_alerts(make(folder), ALERTS, source="t", asked_by="m")
    except StoreUnusable as problem:
        answers.put(str(problem))
    else:
        answers.put("no error")


@pytest.mark.one_database
def test_a_quota_is_said_so_and_nothing_is_lost(
    make_open_site: Callable[..., OpenSite], tmp_path: Path, sink: RecordingSink
) -> None:
    """The operating system refuses to let any file grow past a limit, in a process of its own."""
    site = make_open_site(tmp_path)
    answers: Any = multiprocessing.get_context("fork").Queue()
    limit = Path(site.store.name).stat().st_size + 200_000
    process = multiprocessing.get_context("fork").Process(
        target=_within, args=(limit, tmp_path, make_open_site, answers)
    )
    process.start()
    said = answers.get(timeout=120)
    process.join(60)
    assert "site.db" in said
    assert "is full" in said or "the disk answers with an error" in said
    assert "\n" not in said
    assert check_store(site.store).problems == ()
    receive_alerts(site, ALERTS, source="t", asked_by="m")
    whole(site, sink)


def _as_nobody(url: str, answers: Any) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        with open_store(url) as opened, opened.write() as txn:
            next_number(txn, "case")
    except StoreUnusable as problem:
        answers.put(str(problem))
    else:
        answers.put("no error")


@pytest.mark.one_database
@pytest.mark.parametrize("folder_mode", [0o555, 0o755])
def test_a_read_only_database_is_said_so(folder_mode: int) -> None:
    """By a process without the superuser's rights; the file is as it was."""
    folder = Path(tempfile.mkdtemp(prefix="forewarn-read-only-"))
    try:
        path = folder / "site.db"
        open_store(f"sqlite:///{path}").close()
        before = path.read_bytes()
        path.chmod(0o444)
        folder.chmod(folder_mode)
        answers: Any = multiprocessing.get_context("fork").Queue()
        process = multiprocessing.get_context("fork").Process(target=_as_nobody, args=(f"sqlite:///{path}", answers))
        process.start()
        said = answers.get(timeout=60)
        process.join(60)
        assert "site.db cannot be " in said
        assert "check" in said
        assert path.read_bytes() == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.fixture
def server() -> Iterator[tuple[Path, str]]:
    """A PostgreSQL server that a test may kill, and its URL."""
    if not os.environ.get(SERVER):
        pytest.skip(f"no PostgreSQL: {SERVER} is not set")
    folder = Path(tempfile.mkdtemp(prefix="forewarn-postgresql-"))
    url = subprocess.run([SERVICE, "start", folder], check=True, capture_output=True, text=True).stdout.strip()
    yield folder, url
    subprocess.run([SERVICE, "remove", folder], check=True)


def run(action: str, folder: Path) -> None:
    """Start, stop or kill the server."""
    subprocess.run([SERVICE, action, folder], check=True, capture_output=True)


def test_a_server_that_is_gone_for_a_while_loses_nothing(
    server: tuple[Path, str],
    make_open_site: Callable[..., OpenSite],
    tmp_path: Path,
    sink: RecordingSink,
) -> None:
    """Killed in the middle of alerts and started again: one line while it is away, then the same process goes on."""
    folder, url = server
    store = open_store(url)
    load_into(store, sorted(SAMPLE.glob("*.csv")), strict=True, domain="", asked_by="t", now=START, progress=None)
    site = replace(make_open_site(tmp_path), store=store)
    receive_alerts(site, ALERTS[:100], source="t", asked_by="m")
    taken = 0

    def killing(connection: Any) -> None:
        nonlocal taken
        taken += 1
        if taken == 20:
            run("kill", folder)

    event.listen(store.engine, "commit", killing)
    for _ in range(2):
        with pytest.raises(StoreUnusable, match=r"does not answer .*nothing of this action was kept"):
            receive_alerts(site, ALERTS, source="t", asked_by="m")
    with pytest.raises(StoreUnusable, match="the database server does not answer"):
        open_store(url)
    run("start", folder)
    receive_alerts(site, ALERTS, source="t", asked_by="m")
    whole(site, sink)
    store.close()


def test_a_server_that_refuses_is_said_so(server: tuple[Path, str]) -> None:
    """Wrong password, wrong user, no such database, too many connections, an unknown host: no password is shown."""
    _, url = server
    good = make_url(url)
    for wrong, told in (
        (good.set(password=WRONG), "refuses the user or the password"),
        (good.set(username="nobody"), "refuses the user or the password"),
        (good.set(database="none_such"), "there is no database none_such"),
        (good.set(host="no.such.host.invalid"), "nobody knows the database server|does not answer"),
    ):
        with pytest.raises(StoreUnusable, match=told) as caught:
            open_store(wrong)
        assert WRONG not in str(caught.value)
        assert good.password not in str(caught.value)
    open_store(url).close()
