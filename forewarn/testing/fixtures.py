"""The pytest fixtures for authors of plugins (entry point ``pytest11``).

Everything heavy is imported by the fixture that needs it: test runs that use none of them do not pay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from forewarn.engine.clock import SteppingClock
    from forewarn.testing import RecordingSink, TrialSite

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: what `forewarn_clock` says first."""


@pytest.fixture
def forewarn_clock() -> SteppingClock:
    """A clock that a test moves: each reading is a second after the last, ``advance(timedelta)`` lets time pass."""
    from forewarn.engine.clock import SteppingClock  # noqa: PLC0415

    return SteppingClock(BEGIN)


@pytest.fixture(scope="session")
def _forewarn_site_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that is made once a run; tests get copies."""
    from forewarn.engine.clock import SteppingClock  # noqa: PLC0415
    from forewarn.testing import TrialSite  # noqa: PLC0415

    return TrialSite.make(tmp_path_factory.mktemp("forewarn") / "site", SteppingClock(BEGIN)).root


@pytest.fixture
def forewarn_site(_forewarn_site_template: Path, tmp_path: Path, forewarn_clock: SteppingClock) -> TrialSite:
    """A site of the test's own, with the stock workbooks and the sample inventory (`forewarn.testing.TrialSite`)."""
    import shutil  # noqa: PLC0415

    from forewarn.testing import TrialSite  # noqa: PLC0415

    return TrialSite(Path(shutil.copytree(_forewarn_site_template, tmp_path / "site")), forewarn_clock)


@pytest.fixture
def forewarn_sink(forewarn_site: TrialSite) -> RecordingSink:
    """The sink of `forewarn_site`: it remembers what it was given."""
    return forewarn_site.sink


@pytest.fixture
def forewarn_alert() -> Callable[..., dict[str, Any]]:
    """Make alerts: ``forewarn_alert(subcategory="Device Failure")``."""
    from forewarn.testing import alert  # noqa: PLC0415

    return alert
