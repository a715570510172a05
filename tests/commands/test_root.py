"""The root command: quick, quiet, exact about what went wrong."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from forewarn import __version__, cli
from forewarn.errors import BadTable, Finding, Place, Refused, Severity

HEAVY = ("pandas", "sqlalchemy", "rich", "pydantic", "pydantic_settings", "jinja2", "openpyxl", "numpy", "pluggy")


def run_forewarn(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "forewarn", *arguments], capture_output=True, text=True, check=False, **options
    )


def test_help_imports_nothing_heavy() -> None:
    """`forewarn --help` imports none of the heavy libraries, nor any verb."""
    code = (
        "import sys, json\n"
        "from forewarn.cli import root\n"
        "root(['--help'], standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = json.loads(done.stderr)
    assert [name for name in modules if name.partition(".")[0] in HEAVY] == []
    assert [name for name in modules if name.startswith("forewarn.commands")] == []


def test_help_lists_every_verb_within_80_columns() -> None:
    """The help names every verb with its line, and no line is longer than 80 columns."""
    lines = CliRunner().invoke(cli.root, ["--help"]).output.splitlines()
    for verbs in cli.VERBS.values():
        for name, verb in verbs.items():
            assert any(line.split() == [name, *verb.line.split()] for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", [name for verbs in cli.VERBS.values() for name in verbs])
def test_the_line_in_the_help_is_the_verbs_own(name: str) -> None:
    """The lines that the root shows without importing a verb are the verbs' own short help."""
    command = cli.root.get_command(click.Context(cli.root), name)
    assert command is not None
    assert command.name == name
    verb = next(verbs[name] for verbs in cli.VERBS.values() if name in verbs)
    assert command.short_help == verb.line


def test_version() -> None:
    """`--version` prints the distribution's version."""
    done = run_forewarn("--version")
    assert (done.returncode, done.stdout) == (0, f"forewarn {__version__}\n")


def test_the_installed_command_is_the_same() -> None:
    """The console script that is installed runs the same root."""
    script = Path(sys.executable).parent / "forewarn"
    if not script.exists():
        pytest.skip(f"the distribution is not installed: {script} is not there")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"forewarn {__version__}\n"


def test_a_misspelt_verb_is_a_usage_error_with_the_nearest() -> None:
    """A verb that there is not exits 2 and names the nearest, without importing any."""
    result = CliRunner().invoke(cli.root, ["incidents"])
    assert result.exit_code == 2
    assert "No such command 'incidents'" in result.output
    assert "incident" in result.output.split("Did you mean", 1)[1]


def failing(error: BaseException) -> click.Command:
    """A command that raises."""

    @click.command("fail")
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def plugin_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stand in for the entry points of installed packages: name to what loading gives or raises."""

    def install(**commands: object) -> None:
        class Point:
            dist = None
            value = "acme.commands:thing"

            def __init__(self, name: str, loaded: object) -> None:
                self.name = name
                self.loaded = loaded

            def load(self) -> object:
                if isinstance(self.loaded, BaseException):
                    raise self.loaded
                return self.loaded

        points = [Point(name, loaded) for name, loaded in commands.items()]
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == cli.PLUGIN_COMMANDS else []
        )

    return install


def test_a_refusal_is_one_line_and_exit_1(plugin_command: Callable[..., None]) -> None:
    """A known error prints what, where and how to mend in one line, and exits as the error says."""
    error = Refused("the incident is closed", place=Place("a.xlsx", "S", "B2"), hint="open another")
    plugin_command(fail=failing(error))
    result = CliRunner().invoke(cli.root, ["fail"])
    assert result.exit_code == 1
    assert result.stderr == "error: a.xlsx › S!B2: the incident is closed (open another)\n"
    assert result.stdout == ""


def test_a_refused_table_is_a_line_a_finding(plugin_command: Callable[..., None]) -> None:
    """A refused table prints every one of its findings, and exits 2."""
    findings = [Finding("FW201", Severity.ERROR, f"fault {n}", Place("a.xlsx", "S", f"B{n}")) for n in (5, 6)]
    plugin_command(fail=failing(BadTable("table 'S' is refused", findings)))
    result = CliRunner().invoke(cli.root, ["fail"])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "error: table 'S' is refused",
        "  a.xlsx › S!B5: FW201 fault 5",
        "  a.xlsx › S!B6: FW201 fault 6",
    ]


def test_an_unknown_error_keeps_its_traceback(plugin_command: Callable[..., None]) -> None:
    """What we cannot explain is not dressed up as if we could."""
    plugin_command(fail=failing(ZeroDivisionError("oops")))
    result = CliRunner().invoke(cli.root, ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_ctrl_c_is_quiet(plugin_command: Callable[..., None]) -> None:
    """Ctrl-C exits 130 and prints nothing."""
    plugin_command(fail=failing(KeyboardInterrupt()))
    result = CliRunner().invoke(cli.root, ["fail"])
    assert (result.exit_code, result.output) == (130, "")


def test_plugins_commands_are_listed_without_being_imported(plugin_command: Callable[..., None]) -> None:
    """A plugin's command stands in the help by its metadata alone, even one whose import fails."""
    plugin_command(escalator=ImportError("no module named gone"))
    result = CliRunner().invoke(cli.root, ["--help"])
    assert result.exit_code == 0
    assert "From plugins:\n  escalator  (acme.commands:thing)" in result.output


def test_a_plugins_broken_command_is_one_line(plugin_command: Callable[..., None]) -> None:
    """A plugin's command that cannot be imported is reported with its name, and exits 2."""
    plugin_command(escalator=ImportError("no module named gone"), number=42)
    result = CliRunner().invoke(cli.root, ["escalator"])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "'escalator'" in result.stderr
    assert "no module named gone" in result.stderr
    result = CliRunner().invoke(cli.root, ["number"])
    assert result.exit_code == 2
    assert "is no click command but int" in result.stderr


def test_a_plugins_command_that_leaves_at_import_is_one_line(plugin_command: Callable[..., None]) -> None:
    """`sys.exit` at import is a fault of the plugin like any other, not the end of the command."""
    plugin_command(escalator=SystemExit(0))
    result = CliRunner().invoke(cli.root, ["escalator"])
    assert result.exit_code == 2
    assert "'escalator'" in result.stderr
    assert "SystemExit" in result.stderr


def test_a_plugin_cannot_replace_a_verb_of_ours(plugin_command: Callable[..., None]) -> None:
    """A plugin's command that is named as one of ours is left out."""
    plugin_command(init=failing(ZeroDivisionError()))
    result = CliRunner().invoke(cli.root, ["init", "--help"])
    assert result.exit_code == 0
    assert "Make a site" in result.output


def test_a_closed_pipe_is_quiet() -> None:
    """A reader that goes away, such as head, leaves no traceback behind."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "forewarn", "--help"], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.stderr == ""
    assert done.returncode != 0
