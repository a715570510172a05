"""What ``forewarn check`` looks at: a site, or one workbook; its files, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forewarn.commands.plugin_options import chosen_plugins
from forewarn.decision_tables import read_library
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.table_tests import test_findings
from forewarn.engine.actions.checking import check_site, read_tables
from forewarn.engine.clock import SystemClock
from forewarn.engine.rulebook import workbooks_on_disk
from forewarn.errors import Finding, NotFound
from forewarn.site.opening import load_site_extensions
from forewarn.site.settings import SETTINGS_FILE, CheckSettings, read_settings

Contents = Mapping[str, bytes | Path]

_FOLDERS = ("decision_tables", "rules", "messages", "plugins")


@dataclass(frozen=True, slots=True)
class Subject:
    """A site's folder, or one workbook."""

    path: Path

    @property
    def folder(self) -> Path:
        """The folder that the names of workbooks count from."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def shown_folder(self) -> str:
        """That folder from where the command was called, with ``/``; empty where it is the same."""
        relative = Path(os.path.relpath(self.folder))
        shown = self.folder.resolve() if ".." in relative.parts else relative
        return "" if shown == Path() else shown.as_posix()

    def workbooks(self) -> Contents:
        """The workbooks by the names that findings give them."""
        return workbooks_on_disk(self.path) if self.path.is_dir() else {self.path.name: self.path}

    def find(self, contents: Contents | None = None) -> Sequence[Finding]:
        """What is wrong, with other contents of the workbooks or as they lie on disk. Raises NotFound, BadSettings."""
        if not self.path.exists():
            raise NotFound(f"{self.path} does not exist", hint="name a site's folder or a workbook")
        since = SystemClock().now()
        if self.path.is_dir():
            settings = read_settings(self.path)
            extensions = load_site_extensions(self.path, settings, chosen_plugins())
            found = check_site(self.path, extensions, since=since, contents=contents).findings
            return told(found, settings.check)
        library = self.library(contents)
        # numpy is worth its import only once a workbook is read.
        from forewarn.decision_tables.analysis import analyse_library  # noqa: PLC0415

        return (*library.findings, *analyse_library(library, since=since), *test_findings(library))

    def library(self, contents: Contents | None = None) -> TableSet:
        """The tables, with other contents of the workbooks or as they lie on disk. Raises NotFound, BadSettings."""
        if not self.path.exists():
            raise NotFound(f"{self.path} does not exist", hint="name a site's folder or a workbook")
        contents = self.workbooks() if contents is None else contents
        if not self.path.is_dir():
            return read_library(contents)
        extensions = load_site_extensions(self.path, read_settings(self.path), chosen_plugins())
        return read_tables(extensions, contents)

    def stamps(self) -> dict[str, tuple[int, int]]:
        """The files that matter, each with the time of its last change and its size."""
        if not self.path.is_dir():
            files = [self.path]
        else:
            files = [self.path / SETTINGS_FILE]
            files += [file for folder in _FOLDERS for file in (self.path / folder).rglob("*")]
        found: dict[str, tuple[int, int]] = {}
        for file in files:
            try:
                state = file.stat()
            except OSError:
                # Between two saves of a spreadsheet program the file is not there.
                continue
            if file.is_file() and not file.name.startswith(("~$", ".~lock")) and "__pycache__" not in file.parts:
                found[str(file)] = (state.st_mtime_ns, state.st_size)
        return found


def told(findings: Sequence[Finding], settings: CheckSettings) -> tuple[Finding, ...]:
    """The findings that the site's settings do not leave out."""
    return tuple(one for one in findings if settings.tells(one.code, one.place.sheet))


def sorted_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Findings in the order of the sheets, each sheet's from the top: the same on every run."""
    return sorted(findings, key=_position)


def _position(finding: Finding) -> tuple[str, str, int, int, str, str, str]:
    place = finding.place
    letters = "".join(char for char in (place.cell or "").partition(":")[0] if char.isalpha())
    digits = "".join(char for char in (place.cell or "").partition(":")[0] if char.isdigit())
    return (
        place.workbook or "",
        place.sheet or "",
        int(digits or 0),
        len(letters),
        letters,
        finding.code,
        finding.message,
    )
