"""The page for plugin authors is held to the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from forewarn.engine.messages import MessageLibrary
from forewarn.engine.messages.environment import BOUNDED, ENVIRONMENT
from forewarn.engine.messages.files import FRONT_MATTER
from forewarn.plugins import api, hookspecs
from forewarn.plugins.api import EventContext, FlowContext, Outcome, RecordObserver, Sink, SinkSettings, Spoke
from forewarn.site.settings import PluginSettings, SinkTable
from forewarn.testing import fixtures

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("forewarn_")}


@pytest.fixture(scope="module")
def page(repo: Path) -> str:
    """The page for plugin authors."""
    return (repo / "docs" / "plugins.md").read_text("utf-8")


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_its_section_with_its_arguments(name: str, page: str) -> None:
    """A hook that is added or changed without its documentation fails here."""
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)
    assert f"### `{name}({arguments})`" in page


def test_no_hook_is_documented_that_is_not_there(page: str) -> None:
    """The sections are those of the code and no more."""
    assert set(re.findall(r"### `(\w+)\(", page)) == set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_when_it_is_called(name: str) -> None:
    """Its docstring is what an author's editor shows."""
    assert inspect.getdoc(HOOKS[name])


@pytest.mark.parametrize("protocol", [FlowContext, EventContext, RecordObserver, Sink, Spoke])
def test_every_member_of_a_protocol_is_documented(protocol: type, page: str) -> None:
    """What authors may call, and what they must write."""
    for name, member in vars(protocol).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            assert f"| `{name}` |" in page, name
        else:
            assert re.search(rf"\| `{name}\(", page), name


def test_outcomes_and_settings_are_documented(page: str) -> None:
    """Every answer that a sink may give, every field it is configured by."""
    for outcome in Outcome:
        assert f"`{outcome.name}`" in page
    for field in SinkSettings.__dataclass_fields__:
        assert f"`{field}`" in page
    assert api.__name__ in page


def test_the_example_in_the_page_is_the_sample_plugin(page: str, repo: Path) -> None:
    """Its statements are those of the file that new sites get."""
    sample = (repo / "forewarn/plugins/stock/sample/plugins/example_flow.py").read_text("utf-8")
    (example,) = re.findall(r"```python\n(from forewarn.plugins.hookspecs.*?)```", page, re.DOTALL)
    for line in example.splitlines():
        statement = re.sub(r"\(context\):$", "(context", line.strip()).removesuffix("():")
        assert statement in sample, line


@pytest.fixture(scope="module")
def messages_page(repo: Path) -> str:
    """The page for authors of messages."""
    return (repo / "docs" / "messages.md").read_text("utf-8")


def test_filters_and_tests_of_messages_are_documented(messages_page: str) -> None:
    """The page lists all that a message may use, and nothing else."""
    (filters, tests) = re.search(r"Filters: (.*?)\. Tests: (.*?)\.", messages_page, re.DOTALL).groups()  # type: ignore[union-attr]
    assert set(re.findall(r"`(\w+)`", filters)) == set(ENVIRONMENT.filters) - {BOUNDED}
    assert set(re.findall(r"`(\w+)`", tests)) == set(ENVIRONMENT.tests)
    assert set(re.findall(r"^\| `(\w+)` \|", messages_page, re.MULTILINE)) == set(FRONT_MATTER)


def test_every_finding_of_messages_is_documented(messages_page: str, repo: Path) -> None:
    """The codes in the page are those in the code."""
    sources = (repo / "forewarn/engine/messages").glob("*.py")
    used = {code for source in sources for code in re.findall(r'"(FW6\d\d)"', source.read_text("utf-8"))}
    assert set(re.findall(r"^\| (FW6\d\d) \|", messages_page, re.MULTILINE)) == used


def test_the_example_of_a_message_renders(messages_page: str, tmp_path: Path) -> None:
    """The file shown is a message, and renders with the fields of the example beside it."""
    (text,) = re.findall(r"```\n(---\n.*?)```", messages_page, re.DOTALL)
    (tmp_path / "case_comment.md").write_text(text)
    fields = {"case": {"number": "CS0000001"}, "text": "We found it."}
    rendered = MessageLibrary([tmp_path]).render("case_comment", fields)
    assert rendered.subject == "News on your case CS0000001"
    assert rendered.body == "Dear customer,\n\nthere is news on your case CS0000001:\n\nWe found it."


def test_how_sinks_are_used_is_documented(page: str) -> None:
    """Every option that is ours and not the sink's, with its default."""
    table = page[page.index("## How sinks are used") : page.index("## When a plugin fails")]
    documented = dict(re.findall(r"^\| `(\w+)` \((.*?)\) \|", table, re.MULTILINE))
    fields = {name: field.default for name, field in SinkTable.model_fields.items() if name != "kind"}
    assert set(documented) == set(fields)
    assert documented["batch"] == str(fields["batch"])
    assert documented["rest_after"] == str(fields["rest_after"])
    assert documented["time_limit"] == f"{fields['time_limit']:g} s"


def test_every_fixture_is_documented(page: str) -> None:
    """What pytest has where Forewarn is installed."""
    offered = {name for name in vars(fixtures) if name.startswith("forewarn_")}
    assert set(re.findall(r"^\| `(forewarn_\w+)` \|", page, re.MULTILINE)) == offered


def test_limits_of_time_are_documented(page: str) -> None:
    """The page names the seconds of the settings."""
    fields = PluginSettings.model_fields
    assert f"longer than {fields['seconds'].default:g} seconds" in page
    assert f"at most {fields['flow_seconds'].default:g} seconds" in page
