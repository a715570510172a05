"""Make a new site: the stock workbooks, settings, a sample plugin and sample messages, as files of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from forewarn.errors import Refused
from forewarn.site.settings import SETTINGS_FILE

SETTINGS_TEXT = """\
# The settings of this site. What is decided stands in the workbooks, not here.
name = "{name}"

[database]
# SQLite in this folder. A server: "postgresql+psycopg://user@host/name"; a secret: "env:FOREWARN_DB".
url = "sqlite:///forewarn.db"

# Where notifications to customers go: every sink that is enabled gets all of them, unless it says what it takes.
[sinks.console]
kind = "console"

[sinks.outbox]
kind = "jsonl"
path = "outbox/notifications.jsonl"

[sinks.mail]
kind = "eml"
directory = "outbox/mail"
from = "service@example.com"

# Gaps that are meant: the last stage has no next one, an incident without impact or urgency has no priority,
# and not everything can be done to every record.
[check.sheets."Incident Escalation Policy"]
ignore = ["FW331"]

[check.sheets."Priority"]
ignore = ["FW331"]

[check.sheets."Action States"]
ignore = ["FW331"]

[check.sheets."State Phases"]
ignore = ["FW331"]

[check.sheets."Task Transitions"]
ignore = ["FW331"]

[check.sheets."Task States"]
ignore = ["FW331"]
"""


def make_site(root: Path, *, workbooks: Iterable[Path], sample: Path | None = None) -> list[Path]:
    """Make a site in ``root`` from folders of stock workbooks and a folder of samples.

    Arguments: ``workbooks`` hold ``decision_tables/`` and ``rules/`` folders, later ones never replace a file of
    an earlier one; ``sample`` holds ``plugins/`` and ``messages/``. Returns the files made, relative to the
    site. Raises Refused, and makes nothing, where ``root`` is a file or already holds something.
    """
    if root.exists() and not root.is_dir():
        raise Refused(f"{root} is a file", hint="name a folder that does not exist yet, or an empty one")
    if root.is_dir() and any(root.iterdir()):
        already = "is a site already" if (root / SETTINGS_FILE).exists() else "is not empty"
        raise Refused(f"{root} {already}", hint="name a folder that does not exist yet, or an empty one")
    made: list[Path] = []
    for folder in ("decision_tables", "rules", "plugins", "messages"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for source in workbooks:
        for kind in ("decision_tables", "rules"):
            made += _copy(source / kind, root / kind, "*.xlsx")
    if sample is not None:
        for kind, pattern in (("plugins", "*.py"), ("messages", "*.md")):
            made += _copy(sample / kind, root / kind, pattern)
    (root / SETTINGS_FILE).write_text(
        SETTINGS_TEXT.format(name=root.resolve().name.replace('"', "'")), encoding="utf-8"
    )
    made.append(root / SETTINGS_FILE)
    return sorted(path.relative_to(root) for path in made)


def _copy(source: Path, target: Path, pattern: str) -> list[Path]:
    """Copy the files of one folder that the target does not have yet."""
    made = []
    for path in sorted(source.glob(pattern)) if source.is_dir() else ():
        place = target / path.name
        if not place.exists():
            shutil.copyfile(path, place)
            made.append(place)
    return made
