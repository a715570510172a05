"""The store: known faults of a database are one line, transactions are whole, the schema is made once."""

from __future__ import annotations

import multiprocessing
import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from databases import SERVER
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from forewarn.decision_tables.values import BusinessDuration, YearsMonths
from forewarn.engine.encoding import decode, dump_json, encode, load_json
from forewarn.engine.numbers import allocate, next_number, number_expression
from forewarn.engine.schema.deciding import rulebooks
from forewarn.engine.schema.inventory import accounts, contacts
from forewarn.engine.schema.numbering import counters
from forewarn.engine.store import Store, open_store
from forewarn.errors import BadSettings, StoreUnusable
from forewarn.plugins.limits import within


def test_the_tests_of_the_store_run_on_postgresql_too() -> None:
    """The server that the environment names answers, and is what it is said to be."""
    if not os.environ.get(SERVER):
        pytest.skip(
            f"no PostgreSQL, all ran on SQLite alone: tests/services/postgresql start prints a URL for {SERVER}"
        )
    engine = create_engine(os.environ[SERVER], poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version()").scalar_one().startswith("PostgreSQL")


@pytest.mark.one_database
def test_sqlite_runs_with_a_log_and_full_synchronisation(store: Store) -> None:
    """WAL, synchronous FULL, foreign keys on: what the promises on crashes stand on."""
    with store.read() as txn:
        asked = {
            name: txn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    """The block is one transaction."""
    row = {"number": "A1", "name": "x", "extra": {}}
    with pytest.raises(IntegrityError), store.write() as txn:
        txn.execute(insert(accounts), [row, row])
    with store.read() as txn:
        assert txn.execute(select(accounts)).all() == []


def test_a_reference_to_nothing_is_refused(store: Store) -> None:
    """Foreign keys hold."""
    with pytest.raises(IntegrityError), store.write() as txn:
        txn.execute(insert(contacts).values(number="C1", name="x", account_id=99, extra={}))


@pytest.mark.one_database
def test_a_locked_database_is_said_so(store_url: str, store: Store) -> None:
    """A second writer waits its time, then gets one line with the file."""
    with open_store(store_url, busy_seconds=0.1) as other, store.write():
        with pytest.raises(StoreUnusable, match=r"site\.db is locked by another process"), other.write():
            pass
        with other.read() as txn:
            assert txn.execute(select(accounts)).all() == []


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    """Something else under that name is not overwritten."""
    path = tmp_path / "notes.db"
    path.write_text("minutes of the meeting\n" * 100)
    with pytest.raises(StoreUnusable, match=r"notes\.db is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("minutes")


def test_a_newer_schema_is_refused(store_url: str) -> None:
    """A store of a newer version is left alone."""
    with open_store(store_url) as opened, opened.write() as txn:
        txn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnusable, match=r"made by a newer version \(schema 9999, this version knows 0"):
        open_store(store_url)


def test_tables_of_another_program_are_left_alone(store_url: str) -> None:
    """A database that has tables of our names, and is not ours, is refused."""
    other = create_engine(store_url)
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE cases (x integer)")
    other.dispose()
    with pytest.raises(StoreUnusable, match="tables of another program"):
        open_store(store_url)


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("sqlite:////nowhere/at/all.db", StoreUnusable, "the folder of the database, does not exist"),
        ("sqlite:///{folder}", StoreUnusable, "is a folder, not a database"),
        ("oops", BadSettings, "the database URL cannot be used"),
        ("nosuch://host/x", BadSettings, "the database URL cannot be used"),
        ("mysql://host/x", BadSettings, "mysql is not supported as a database"),
    ],
)
def test_a_bad_url_is_said_so(tmp_path: Path, url: str, error: type[Exception], said: str) -> None:
    """One line, before anything else is done."""
    with pytest.raises(error, match=said):
        open_store(url.replace("{folder}", str(tmp_path)))


def _open_and_count(url: str, answers: Any) -> None:
    try:
        with open_store(url) as opened, opened.write() as txn:
            answers.put(next_number(txn, "incident"))
    except Exception as problem:  # noqa: BLE001 - the parent shows it
        answers.put(repr(problem))


def test_many_processes_may_open_a_new_database_at_once(store_url: str) -> None:
    """The schema is made once, and no number is given twice."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    processes = [context.Process(target=_open_and_count, args=(store_url, answers)) for _ in range(6)]
    for process in processes:
        process.start()
    got = sorted(answers.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
    assert got == [f"INC000000{number}" for number in range(1, 7)]


def test_numbers_have_seven_digits_or_more(store: Store) -> None:
    """After 9,999,999 comes 10,000,000, in Python and in SQL alike."""
    with store.write() as txn:
        txn.execute(insert(counters).values(name="case", value=9_999_998))
        first = allocate(txn, "case", 2)
        shown = [
            txn.execute(select(number_expression("case", select(first + step).scalar_subquery()))).scalar()
            for step in (0, 1)
        ]
        assert shown == ["CS9999999", "CS10000000"]
        assert next_number(txn, "case") == "CS10000001"


def test_a_naive_time_is_refused(store: Store) -> None:
    """Times are aware, and come back in UTC."""
    with pytest.raises(StatementError, match="naive time"), store.write() as txn:
        txn.execute(insert(rulebooks).values(fingerprint="x", accepted_at=datetime(2026, 1, 1), live_at=None))  # noqa: DTZ001
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    with store.write() as txn:
        txn.execute(insert(rulebooks).values(fingerprint="x", accepted_at=noon, live_at=noon))
        kept = txn.execute(select(rulebooks.c.accepted_at)).scalar_one()
    assert (kept, kept.utcoffset()) == (noon, timedelta(0))


_SCALARS = (
    st.none()
    | st.booleans()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times().map(lambda moment: moment.replace(fold=0))
    | st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
    | st.timedeltas()
    | st.integers(-1000, 1000).map(YearsMonths)
    | st.builds(BusinessDuration, st.decimals(0, 100, places=2), st.sampled_from(["hours", "days"]))
)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)


@given(
    st.dictionaries(st.text(), _VALUES, max_size=4)
    | st.lists(st.dictionaries(st.text(), _VALUES, max_size=3), max_size=3)
)
def test_what_a_decision_holds_comes_back_as_it_was(content: Any) -> None:
    """Inputs and outputs of every type survive the database: same values, same types, same digits."""
    back = decode(load_json(dump_json(encode(content))))
    assert back == content
    assert repr(back) == repr(content)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4))
def test_numbers_of_an_alert_keep_their_value(number: Decimal) -> None:
    """A number in a field that nobody knows is equal to what came."""
    assert Decimal(load_json(dump_json({"x": number}))["x"]) == number


def test_another_thread_may_work_on_a_transaction_that_waits_for_it() -> None:
    """Flows of plugins do, in a database in memory too."""
    with open_store("sqlite:///:memory:") as store, store.write() as txn:
        found = within(10, lambda: txn.execute(text("SELECT count(*) FROM incidents")).scalar(), name="test")
    assert found == 0
