"""A new plugin as an installable project: a flow, its message, and tests that pass."""

from __future__ import annotations

import re
from pathlib import Path

from forewarn.errors import Refused

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "forewarn-plugin-{name}"
version = "0.1.0"
description = "A plugin for Forewarn."
requires-python = ">=3.11"
dependencies = ["forewarn"]

[project.entry-points.forewarn]
{name} = "{module}"

[tool.hatch.build.targets.wheel]
packages = ["{module}"]
""",
    "README.md": """\
# forewarn-plugin-{name}

A plugin for Forewarn: a flow, `{flow}`, and its message file.

    pip install -e .
    forewarn plugins list      # names it
    python -m pytest           # tries it in a site of its own

To use the flow, write its name into the Flow cell of a rule in `incident_escalation_policy.xlsx`.
""",
    "{module}/__init__.py": '''\
"""A plugin for Forewarn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from forewarn.plugins.api import Flow, FlowContext
from forewarn.plugins.hookspecs import hookimpl


def {function}(context: FlowContext) -> None:
    """Post the instructions of the message file, and open a task for whoever works on the incident."""
    context.work_note(context.message("{function}"))
    context.open_task(f"Follow the instructions on {{context.incident['number']}}")


@hookimpl
def forewarn_flows() -> Mapping[str, Flow]:
    """The name on the left is what the escalation sheet calls."""
    return {{"{flow}": {function}}}


@hookimpl
def forewarn_message_directories() -> Sequence[Path]:
    """A site replaces a message by a file of the same name in its own messages/ folder."""
    return [Path(__file__).parent / "messages"]
''',
    "{module}/messages/{function}.md": """\
---
about: what to do where the flow {flow} is called
---
**{{{{ incident.number }}}}: {{{{ incident.short_description }}}}**

1. Look at {{{{ incident.configuration_item }}}}.
2. Write what you found into the work notes.
""",
    "tests/test_{function}.py": '''\
"""The plugin, tried in a site."""

import {module}

SHEET = ("decision_tables/incident_escalation_policy.xlsx", "Incident Escalation Policy")


def test_the_flow_posts_its_instructions(forewarn_site, forewarn_alert):
    """Named in the escalation sheet, the flow runs when an incident is escalated."""
    forewarn_site.plugins["{name}"] = {module}
    cell = forewarn_site.cell(*SHEET, "Flow", Subcategory="Link failure", Stage="Triage")
    forewarn_site.set_cell(*SHEET, cell, "{flow}")
    forewarn_site.receive(forewarn_alert())
    forewarn_site.escalate("INC0000001")
    assert any("Look at Vmanage_10001" in note for note in forewarn_site.notes("INC0000001"))


def test_the_site_has_no_findings(forewarn_site):
    """Its message uses fields that there are."""
    forewarn_site.plugins["{name}"] = {module}
    assert [finding for finding in forewarn_site.check() if finding.severity == "error"] == []
''',
}


def make_plugin_project(root: Path, name: str) -> list[Path]:
    """Write the project of a plugin called ``name`` (``paging``, ``acme-teams``) into ``root``, a new or empty folder.

    Returns the files made, relative to ``root``. Raises Refused, and makes nothing, for a name that cannot be one or a
    folder that holds something.
    """
    if not _NAME.fullmatch(name):
        raise Refused(
            f"{name!r} cannot be the name of a plugin", hint="lower-case letters and digits, with - between words"
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refused(f"{root} is not empty", hint="name a folder that does not exist yet")
    words = name.split("-")
    values = {
        "name": name,
        "module": f"forewarn_{'_'.join(words)}",
        "function": f"{'_'.join(words)}_instructions",
        "flow": f"{' '.join(word.title() for word in words)} - Instructions",
    }
    made = []
    for path, content in _FILES.items():
        file = root / path.format(**values)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content.format(**values), encoding="utf-8")
        made.append(file.relative_to(root))
    return made
