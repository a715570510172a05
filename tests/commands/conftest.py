"""A site as `forewarn init` and `forewarn load` make one, and a way to call the command in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from forewarn.cli import root
from forewarn.plugins import stock

Forewarn = Callable[..., Result]

INVENTORY = Path(stock.__file__).parent / "sample" / "inventory"

OUTAGE = {
    "id": "out-1",
    "ci": "Vmanage_10001",
    "name": "controller_down",
    "severity": "Critical",
    "category": "SD WAN",
    "subcategory": "Protocol Failure",
    "short_description": "Controller down",
}


def call(*arguments: object, input: str | bytes | None = None, **environment: str) -> Result:
    """Call the command as a shell would, in this process."""
    runner = CliRunner(env={"FOREWARN_SITE": "", "NO_COLOR": "1", **environment})
    return runner.invoke(root, [str(argument) for argument in arguments], input=input)


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the sample inventory, made once; tests get copies."""
    folder = tmp_path_factory.mktemp("made") / "site"
    made = call("init", folder)
    assert made.exit_code == 0, made.output
    loaded = call("load", "--site", folder, *sorted(INVENTORY.glob("*.csv")))
    assert loaded.exit_code == 0, loaded.output
    return folder


@pytest.fixture(scope="session")
def worked_site(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after the outage's alert: INC0000001 with a major case and five children; tests get copies."""
    folder = tmp_path_factory.mktemp("worked") / "site"
    shutil.copytree(made_site, folder)
    ran = call("run", "-", "--site", folder, input=json.dumps(OUTAGE))
    assert ran.exit_code == 0, ran.output
    return folder


@pytest.fixture
def site(made_site: Path, tmp_path: Path) -> Path:
    """A site with the sample inventory and nothing else, to do with as one likes."""
    return Path(shutil.copytree(made_site, tmp_path / "site"))


@pytest.fixture
def worked(worked_site: Path, tmp_path: Path) -> Path:
    """A site where the outage is going on, to do with as one likes."""
    return Path(shutil.copytree(worked_site, tmp_path / "site"))


@pytest.fixture
def on(request: pytest.FixtureRequest) -> Callable[[Path], Forewarn]:
    """``on(site)("incident", "list")`` calls a verb for that site."""

    def bind(folder: Path) -> Forewarn:
        return lambda *arguments, **options: call(*arguments, "--site", folder, **options)

    return bind


def data(result: Result, exit_code: int = 0) -> Any:
    """The JSON document that a call printed on standard output, alone."""
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)
