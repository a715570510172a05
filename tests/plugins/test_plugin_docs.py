"""The page for plugin authors is held to the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from forewarn.plugins import api, hookspecs
from forewarn.plugins.api import FlowContext, Outcome, Sink, SinkSettings

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


@pytest.mark.parametrize("protocol", [FlowContext, Sink])
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
