"""plugins, messages and sinks: what an integrator and an operator do at the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands.conftest import Forewarn, call

On = Callable[[Path], Forewarn]
BROKEN = "raise RuntimeError('the vendor is gone')\n"


def told(result: Result, code: int = 0) -> str:
    """The output of a command that ended as it should."""
    assert result.exit_code == code, result.output
    return result.output


def test_plugins_check_is_for_builds(site: Path) -> None:
    """Quiet and 0 where all is well, a line each and 1 where not."""
    assert "no failures" in told(call("plugins", "check", "--site", site))
    (site / "plugins" / "broken.py").write_text(BROKEN)
    line = told(call("plugins", "check", "--site", site), 1).strip()
    assert line == "plugin broken (plugins/broken.py): not loaded: RuntimeError: the vendor is gone (broken.py line 1)"


def test_plugins_list_tells_what_is_offered(site: Path) -> None:
    """By name, for every kind of thing that has names."""
    (site / "plugins" / "ours.py").write_text(
        "from forewarn.plugins.hookspecs import hookimpl\n\n\n"
        "@hookimpl\ndef forewarn_cell_functions():\n    return {'worth of': lambda customer: 1}\n"
    )
    assert "cell functions: worth of" in told(call("plugins", "list", "--site", site))
    listed = json.loads(told(call("plugins", "list", "--site", site, "--json")))
    assert listed["cell_functions"] == ["worth of"]
    assert listed["summaries"] == ["case summary", "resolution notes"]


def test_a_plugin_that_fails_is_a_line_unless_it_is_to_be_fatal(worked: Path) -> None:
    """Left out with a warning; with --strict-plugins, or its variable, an error before anything is done."""
    (worked / "plugins" / "broken.py").write_text(BROKEN)
    listed = told(call("incident", "list", "--site", worked))
    assert "INC0000001" in listed
    assert listed.count("the vendor is gone") == 1
    strict = told(call("--strict-plugins", "incident", "list", "--site", worked), 2)
    assert strict.startswith("error: plugin broken (plugins/broken.py): not loaded")
    assert "INC0000001" not in strict
    assert "error: plugin broken" in told(call("incident", "list", "--site", worked, FOREWARN_STRICT_PLUGINS="1"), 2)


def test_further_plugins_come_from_a_folder(site: Path, tmp_path: Path) -> None:
    """--plugins-dir may come twice; one that is not there is an error."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text("")
    folders = ("--plugins-dir", tmp_path / "one", "--plugins-dir", tmp_path / "two")
    listed = json.loads(call(*folders, "plugins", "list", "--site", site, "--json").stdout)
    assert {"one", "two"} <= {plugin["name"] for plugin in listed["plugins"]}
    missing = told(call("--plugins-dir", tmp_path / "none", "plugins", "list", "--site", site), 2)
    assert "none is not a folder of plugins" in missing


def test_a_new_plugin_passes_its_own_tests(tmp_path: Path) -> None:
    """What `plugins new` writes works as it stands, and is refused where something is already."""
    project = tmp_path / "project"
    told(call("plugins", "new", "acme-paging", "--in", project))
    environment = {**os.environ, "PYTHONPATH": str(project)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project), str(project)]
    ran = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=project, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
    assert "is not empty" in told(call("plugins", "new", "acme-paging", "--in", project), 1)
    assert "cannot be the name of a plugin" in told(call("plugins", "new", "../x", "--in", tmp_path / "y"), 1)


def test_messages_are_listed_shown_and_checked(worked: Path, on: On) -> None:
    """Listed with what they are, shown as a record would get them, and checked with file and line."""
    forewarn = on(worked)
    listed = {one["key"]: one for one in json.loads(forewarn("messages", "list", "--json").stdout)}
    assert listed["sd_wan_link_failure_l1_network_engineer"]["flow"] == "Network Initiated Link Failure - L1"
    assert listed["case_comment"]["file"].startswith(str(worked))
    assert "case_comment" in told(forewarn("messages", "list"))
    letter = told(forewarn("messages", "show", "case_comment", "--for", "CS0000002", "--text", "Mended."))
    assert "CS0000002" in letter
    assert "Mended." in letter
    steps = told(forewarn("messages", "show", "sd_wan_link_failure_l1_network_engineer", "--for", "INC0000001"))
    assert "INC0000001" in steps
    assert "name a case" in told(forewarn("messages", "show", "case_comment", "--for", "INC0000001"), 2)
    assert "there is no case CS9999999" in told(forewarn("messages", "show", "case_comment", "--for", "CS9999999"), 2)
    assert "did you mean 'case_comment'" in told(forewarn("messages", "show", "case_coment", "--for", "CS0000002"), 2)
    assert "no errors" in told(forewarn("messages", "check"))
    (worked / "messages" / "case_comment.md").write_text("Dear {{ contact.nam }},\n")
    faults = told(forewarn("messages", "check"), 1)
    assert "case_comment.md" in faults
    assert "line 1" in faults
    assert "contact.name" in faults


def test_sinks_are_listed_tried_and_sent_again(worked: Path, on: On) -> None:
    """What waits for each; a test that no customer sees; what was refused is due again."""
    forewarn = on(worked)
    delivered = {one["sink"]: one["delivered"] for one in json.loads(forewarn("sinks", "list", "--json").stdout)}
    assert delivered == {"console": 5, "outbox": 5, "mail": 5}
    assert "delivered" in told(forewarn("sinks", "test", "outbox"))
    assert "TEST" in (worked / "outbox" / "notifications.jsonl").read_text()
    assert "the recipient has no e-mail address" in told(forewarn("sinks", "test", "mail"), 1)
    assert "delivered" in told(forewarn("sinks", "test", "mail", "--to", "noc@example.com"))
    told(forewarn("deliver"))
    assert "works" in told(forewarn("sinks", "list"))
    assert "0 notifications due again" in told(forewarn("sinks", "replay", "mail"))
    assert "did you mean 'mail'" in told(forewarn("sinks", "test", "mial"), 2)


def test_a_sink_that_rests_says_so(worked: Path, on: On) -> None:
    """The list and the delivery name the sink, until when it rests, and why; replay ends the rest."""
    (worked / "plugins" / "pager.py").write_text(
        "from forewarn.plugins.hookspecs import hookimpl\n\n\n"
        "def open_pager(settings):\n    raise ConnectionError('no route to the pager')\n\n\n"
        "@hookimpl\ndef forewarn_sinks():\n    return {'pager': open_pager}\n"
    )
    with (worked / "forewarn.toml").open("a") as file:
        file.write('\n[sinks.night]\nkind = "pager"\nrest_after = 1\n')
    forewarn = on(worked)
    assert "no route to the pager" in told(forewarn("deliver"), 1)
    listed = told(forewarn("sinks", "list"))
    assert "rests until" in listed
    assert "no route to the pager" in " ".join(listed.split())
    assert "it rests until" in told(forewarn("deliver"), 1)
    told(forewarn("sinks", "replay", "night"))
    assert "rests" not in told(forewarn("sinks", "list"))


@pytest.mark.parametrize("setting", ["time_limit = 0", "batch = 0", "per_minute = 0", "rest_after = 0"])
def test_how_a_sink_is_used_is_checked(site: Path, setting: str) -> None:
    """A bound that is none is refused, with the file and the setting."""
    with (site / "forewarn.toml").open("a") as file:
        file.write(f'\n[sinks.night]\nkind = "console"\n{setting}\n')
    output = told(call("sinks", "list", "--site", site), 2)
    assert f"sinks.night.{setting.split(maxsplit=1)[0]}" in output
