"""What all tests share: how far Hypothesis goes, and where the sets of shared data lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from services import kafka_broker

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"

settings.register_profile("default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nightly" if NIGHTLY else "default")

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout that the tests run in."""
    return REPO


@pytest.fixture(scope="session")
def make_kafka() -> Iterator[Callable[..., kafka_broker.Broker]]:
    """Make a Kafka broker that a test may stop and start; it is not started yet. Skips where none can run here."""
    made: list[kafka_broker.Broker] = []

    def make(**options: dict[str, str]) -> kafka_broker.Broker:
        why = kafka_broker.missing()
        if why is not None:
            pytest.skip(why)
        made.append(kafka_broker.Broker(**options))
        return made[-1]

    yield make
    for broker in made:
        broker.remove()


@pytest.fixture(scope="session")
def kafka(make_kafka: Callable[..., kafka_broker.Broker]) -> str:
    """The address of a Kafka broker: the one that FOREWARN_TEST_KAFKA names, or one that is started for these tests."""
    running = os.environ.get("FOREWARN_TEST_KAFKA")
    if running:
        return running
    broker = make_kafka()
    broker.start()
    return broker.address


MISSING: list[str] = []
"""Skips that mean that a part is missing where none may be (``FOREWARN_NOTHING_MISSING=1``, as in CI)."""

FITTING = ("root may", "superuser may", "not installed as a distribution", "cases are not supported")
"""Skips that are right wherever they happen: the superuser may read and write everything, a kit may ask for more."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a skip for want of a program, a library or a set of data."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2])
        if not any(words in reason for words in FITTING):
            MISSING.append(f"{report.nodeid}: {reason}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a module that is skipped whole."""
    if report.skipped and isinstance(report.longrepr, tuple):
        MISSING.append(f"{report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be missing, a skip fails the run; workers of xdist leave that to the controller."""
    worker = hasattr(session.config, "workerinput")
    if MISSING and not worker and os.environ.get("FOREWARN_NOTHING_MISSING") == "1":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was missing."""
    if MISSING and os.environ.get("FOREWARN_NOTHING_MISSING") == "1":
        terminalreporter.section("missing, and here nothing may be missing")
        for line in MISSING:
            terminalreporter.line(line)
