"""A site in a temporary folder: stock workbooks, the sample inventory, one sink that remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from forewarn.engine.actions import alerts, delivery, incidents
from forewarn.engine.actions.checking import check_site
from forewarn.engine.actions.inventory import load_files
from forewarn.engine.clock import SteppingClock
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import Change, DeliveryReport, IncidentReport, ReceiveReport
from forewarn.errors import Finding, NotFound
from forewarn.plugins import stock
from forewarn.plugins.api import Sink, SinkSettings
from forewarn.plugins.hookspecs import hookimpl
from forewarn.plugins.loading import load_extensions
from forewarn.site.making import make_site
from forewarn.site.opening import PluginChoice, load_site_extensions, open_site
from forewarn.site.settings import read_settings
from forewarn.testing.sinks import RecordingSink

SETTINGS = """\
name = "trial"

[sinks.recorder]
kind = "recording"
"""

_SAMPLE = Path(stock.__file__).parent / "sample"


class _Recorder:
    """The plugin that offers sinks of the kind ``recording``: all are the one sink of the trial site."""

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink

    @hookimpl
    def forewarn_sinks(self) -> Mapping[str, Any]:
        """Every sink of this kind is the one sink."""
        return {"recording": self._open}

    def _open(self, settings: SinkSettings) -> Sink:
        return self._sink


@dataclass
class TrialSite:
    """A site for tests. ``root`` is its folder, to be edited as a person would; every action opens the site anew.

    ``plugins`` are used beside the installed ones, by name: modules or objects that carry hooks. They are loaded
    strictly: a plugin under test that fails raises `forewarn.errors.BadPlugin`.
    """

    root: Path
    clock: SteppingClock
    sink: RecordingSink = field(default_factory=RecordingSink)
    plugins: dict[str, object] = field(default_factory=dict)
    strict: bool = True

    @classmethod
    def make(cls, root: Path, clock: SteppingClock) -> TrialSite:
        """Make one in ``root``, a folder that is new or empty."""
        make_site(root, workbooks=load_extensions().workbook_directories, sample=_SAMPLE)
        (root / "forewarn.toml").write_text(SETTINGS, encoding="utf-8")
        site = cls(root, clock)
        with site.open() as opened:
            load_files(opened, sorted((_SAMPLE / "inventory").glob("*.csv")), strict=True, asked_by="test")
        return site

    @contextmanager
    def open(self) -> Iterator[OpenSite]:
        """The open site, for every action of `forewarn.engine.actions`."""
        with open_site(self.root, clock=self.clock, plugins=self._choice) as site:
            yield site

    @property
    def _choice(self) -> PluginChoice:
        return PluginChoice(self.strict, objects={"recorder of the trial": _Recorder(self.sink), **self.plugins})

    def configure(self, sink: str, **options: Any) -> None:
        """Add a ``[sinks.NAME]`` table to forewarn.toml, ``kind`` among its options."""
        lines = [f"{name} = {_toml(value)}" for name, value in options.items()]
        with (self.root / "forewarn.toml").open("a", encoding="utf-8") as file:
            file.write("\n".join(["", f"[sinks.{sink}]", *lines, ""]))

    def set_cell(self, workbook: str, sheet: str, cell: str, value: Any) -> None:
        """Write one cell of a workbook of the site: ``decision_tables/priority.xlsx``, ``Priority``, ``C5``."""
        path = self.root / workbook
        book = openpyxl.load_workbook(path)
        book[sheet][cell] = value
        book.save(path)

    def cell(self, workbook: str, sheet: str, heading: str, **where: Any) -> str:
        """The cell under ``heading`` of the first row whose cells are as ``where`` says, by heading (blanks as ``_``).

        Raises NotFound where there is no such row.
        """
        wanted = {name.replace("_", " "): value for name, value in where.items()}
        rows = openpyxl.load_workbook(self.root / workbook)[sheet].iter_rows()
        columns: dict[str, int] = {}
        for row in rows:
            here = {str(cell.value).strip(): cell.column for cell in row if cell.value is not None}
            if not columns and {heading, *wanted} <= set(here):
                columns = {name: int(column or 0) for name, column in here.items()}
            elif columns and all(row[columns[name] - 1].value == value for name, value in wanted.items()):
                return str(row[columns[heading] - 1].coordinate)
        raise NotFound(f"{workbook} › {sheet} has no row with {wanted}")

    def check(self) -> tuple[Finding, ...]:
        """What `forewarn check` finds; a plugin that fails is a finding."""
        choice = PluginChoice(objects=self._choice.objects)
        return check_site(self.root, load_site_extensions(self.root, read_settings(self.root), choice)).findings

    def receive(self, *given: Mapping[str, Any]) -> ReceiveReport:
        """Take alerts in, as `forewarn run` does."""
        with self.open() as site:
            return alerts.receive_alerts(site, list(given), source="test", asked_by="test")

    def escalate(self, incident: str, note: str = "Tried everything here.") -> Change:
        """Escalate an incident, as `forewarn incident escalate` does."""
        with self.open() as site:
            return incidents.escalate_incident(site, incident, note, asked_by="test")

    def show(self, incident: str) -> IncidentReport:
        """An incident and all that hangs on it."""
        with self.open() as site:
            return incidents.show_incident(site, incident)

    def notes(self, incident: str) -> list[str]:
        """The work notes of an incident, oldest first."""
        found = [entry for entry in self.show(incident).activity if entry.kind == "work note"]
        return [entry.text or "" for entry in sorted(found, key=lambda entry: entry.at)]

    def deliver(self) -> DeliveryReport:
        """Hand what is staged to the sinks, as `forewarn deliver` does."""
        with self.open() as site:
            return delivery.deliver(site)


def _toml(value: Any) -> str:
    """A value as forewarn.toml writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
