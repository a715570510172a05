"""Loading plugins: each by itself, failures contained, results checked, into one plain `Extensions` value.

Nearest first: a site's ``plugins/*.py``, then plugins that other distributions install under the entry point
group ``forewarn``, then the stock plugins, which use the same group. Where two offer the same name, the nearer one wins
and a note says so; where two of one level do, the first by plugin name is kept and the other is a failure.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import IntEnum
from functools import partial
from importlib.metadata import EntryPoint
from importlib.metadata import entry_points as installed_entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pluggy

from forewarn.errors import BadPlugin
from forewarn.plugins import hookspecs
from forewarn.plugins.api import AlertFormat, CaseType, Extensions, PluginFailure, PluginInfo, RecordObserver
from forewarn.plugins.limits import TookTooLong, within
from forewarn.plugins.returned import Nonsense, a_cell_function, a_check, an_object, folders, listed, named, takes

GROUP = "forewarn"
ALLOW_VARIABLE = "FOREWARN_LOAD_PLUGINS"
STOCK_PACKAGE = "forewarn.plugins.stock"
LONGEST_REASON = 300
SECONDS = 20.0
"""How long the import of a plugin, and each of its hooks, may take."""


class NamedHook(NamedTuple):
    """A hook that returns a mapping: its name, where `Extensions` keeps it, the word for one, and its check."""

    name: str
    attribute: str
    thing: str
    check: Callable[[str, Any], Any]


NAMED = (
    NamedHook("forewarn_flows", "flows", "flow", takes("the FlowContext")),
    NamedHook("forewarn_sinks", "sinks", "sink", takes("the SinkSettings")),
    NamedHook("forewarn_event_actions", "event_actions", "event action", takes("the EventContext")),
    NamedHook("forewarn_case_types", "case_types", "case type", an_object(CaseType)),
    NamedHook("forewarn_cell_functions", "cell_functions", "cell function", a_cell_function),
    NamedHook("forewarn_recipients", "recipients", "recipients list", takes("the record")),
    NamedHook("forewarn_alert_formats", "alert_formats", "alert format", an_object(AlertFormat, "recognises", "read")),
    NamedHook("forewarn_summaries", "summaries", "summarizer", takes("the texts")),
    NamedHook("forewarn_checks", "table_checks", "check", a_check),
)
"""The hooks whose offers have names: the nearest plugin's wins."""

LISTED: tuple[tuple[str, str, Callable[[object], list[Any]]], ...] = (
    ("forewarn_message_directories", "message_directories", folders),
    ("forewarn_workbook_directories", "workbook_directories", folders),
    (
        "forewarn_record_observers",
        "record_observers",
        lambda result: listed(result, "record observer", an_object(RecordObserver, "before_commit", "after_commit")),
    ),
    (
        "forewarn_spoke_selectors",
        "spoke_selectors",
        lambda result: listed(result, "spoke selector", takes("the SpokeRequest")),
    ),
)
"""The hooks whose offers stand beside each other, the nearest plugin's first."""


def load_extensions(
    *,
    site_plugins: Path | None = None,
    entry_points: bool = True,
    allow: Collection[str] | None = None,
    strict: bool = False,
    more_plugins: Sequence[Path] = (),
    objects: Mapping[str, object] | None = None,
    seconds: float = SECONDS,
) -> Extensions:
    """Load every plugin and collect what it contributes (`forewarn.plugins.hookspecs`).

    ``site_plugins`` is a site's ``plugins`` folder; each ``*.py`` in it is one plugin, names with a leading underscore
    are not loaded. ``entry_points=False`` leaves out installed plugins, the stock ones included. ``allow`` names the
    installed plugins that may load, by entry point or by distribution (``None``: the environment variable
    ``FOREWARN_LOAD_PLUGINS``, a comma-separated list; unset: all, empty: none); stock plugins and the site's own
    always may.

    ``more_plugins`` are further folders of the same kind (``--plugins-dir``); ``objects`` are plugins that are at hand
    already, by name, and as near as the site's own. ``seconds`` is how long the import of one plugin, and each of its
    hooks, may take.

    A plugin that fails is one `PluginFailure` and the others go on; with ``strict`` the failures are raised
    together as `BadPlugin`.
    """
    loading = _Loading(seconds)
    candidates: list[_Candidate] = []
    given = objects or {}
    candidates += [_Candidate(name, None, "given", _Level.SITE, partial(_given, one)) for name, one in given.items()]
    own = () if site_plugins is None else (site_plugins,)
    for position, folder in enumerate((*own, *more_plugins), start=1):
        candidates += _site_candidates(folder, position)
    if entry_points:
        candidates += loading.installed_candidates(_allowed_by_environment() if allow is None else frozenset(allow))
    for candidate in sorted(candidates, key=lambda one: (-one.level, one.name, one.position, one.origin)):
        loading.load(candidate)
    extensions = loading.collect()
    if strict and extensions.failures:
        raise BadPlugin("; ".join(map(str, extensions.failures)))
    return extensions


class _Level(IntEnum):
    """Who offers a plugin; the higher is the nearer to the site."""

    STOCK = 0
    INSTALLED = 1
    SITE = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A plugin that may be loaded: ``load`` imports it and returns the object that carries its hooks."""

    name: str
    version: str | None
    origin: str
    level: _Level
    load: Callable[[], object]
    position: int = 0

    def __str__(self) -> str:
        return f"{self.name} ({self.origin})"


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


@dataclass(slots=True)
class _Loading:
    """One run of loading: the pluggy manager, what was loaded, and what went wrong."""

    seconds: float
    manager: pluggy.PluginManager = field(default_factory=_manager)
    loaded: dict[str, _Candidate] = field(default_factory=dict)
    failures: list[PluginFailure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def installed_candidates(self, allow: frozenset[str] | None) -> list[_Candidate]:
        """The plugins of the entry point group, stock ones told apart; a name in ``allow`` that none has fails."""
        found: list[_Candidate] = []
        names: set[str] = set()
        for entry in installed_entry_points(group=GROUP):
            distribution, version = _distribution(entry)
            names |= {entry.name, distribution}
            stock = distribution == "forewarn" and entry.value.startswith(STOCK_PACKAGE)
            if stock or allow is None or {entry.name, distribution} & allow:
                level = _Level.STOCK if stock else _Level.INSTALLED
                origin = "stock" if stock else f"installed by {distribution}"
                found.append(_Candidate(entry.name, version, origin, level, entry.load))
        for name in sorted((allow or frozenset()) - names):
            self.failures.append(PluginFailure(name, None, "no installed plugin of that name", ALLOW_VARIABLE))
        if not any(one.level is _Level.STOCK for one in found):
            reason = "its own plugins are not registered: install it (pip install .) rather than run its bare sources"
            self.failures.append(PluginFailure("forewarn", None, reason, "stock"))
        return found

    def load(self, candidate: _Candidate) -> None:
        """Import one plugin and register its hooks; a misspelt hook refuses it whole."""
        nearer = self.loaded.get(candidate.name)
        if nearer is not None and nearer.level is candidate.level:
            return self.fail(candidate, f"another plugin of this name was loaded first: {nearer}")
        if nearer is not None:
            self.notes.append(f"plugin {candidate} is replaced by {nearer}")
            return None
        with self.contained(candidate, "not loaded"):
            plugin = self.bounded(candidate.load, candidate)
            try:
                self.manager.register(plugin, candidate.name)
                _refuse_unknown_hooks(self.manager, plugin)
            except BaseException:
                if self.manager.has_plugin(candidate.name):
                    self.manager.unregister(name=candidate.name)
                raise
            self.loaded[candidate.name] = candidate
        return None

    def collect(self) -> Extensions:
        """Call every hook of every plugin, nearest plugin first, and check what it returns."""
        collected: dict[str, Any] = {one.attribute: self.named(one) for one in NAMED}
        for hook, attribute, check in LISTED:
            found: list[Any] = []
            for candidate, result in self.results(hook):
                with self.contained(candidate, hook):
                    # Two plugins may ship one folder; other objects are each their plugin's own.
                    found += [one for one in check(result) if not (isinstance(one, Path) and one in found)]
            collected[attribute] = tuple(found)
        return Extensions(
            **collected,
            plugins=tuple(PluginInfo(one.name, one.version, one.origin) for one in self.loaded.values()),
            failures=tuple(self.failures),
            notes=tuple(self.notes),
        )

    def named(self, hook: NamedHook) -> dict[str, Any]:
        """All that plugins offer by name under one hook."""
        found: dict[str, Any] = {}
        owners: dict[str, _Candidate] = {}
        for candidate, result in self.results(hook.name):
            with self.contained(candidate, hook.name):
                self.add(found, hook.thing, named(result, hook.thing, hook.check), candidate, owners)
        return found

    def results(self, hook: str) -> Iterator[tuple[_Candidate, object]]:
        """What each plugin that implements ``hook`` returns; one that raises, or returns ``None``, is left out.

        Implementations are called one by one and not through pluggy's own call, in which the first exception
        would end the call for all.
        """
        implementations = {one.plugin_name: one for one in getattr(self.manager.hook, hook).get_hookimpls()}
        for name, candidate in self.loaded.items():
            if name in implementations:
                result: object = None
                with self.contained(candidate, hook):
                    result = self.bounded(implementations[name].function, candidate)
                if result is not None:
                    yield candidate, result

    def bounded(self, call: Callable[[], object], candidate: _Candidate) -> object:
        """Call what a plugin brought along, under the limit of time."""
        return within(self.seconds, call, name=f"plugin {candidate.name}")

    def add(
        self,
        into: dict[str, Any],
        thing: str,
        offered: Mapping[str, Any],
        candidate: _Candidate,
        owners: dict[str, _Candidate],
    ) -> None:
        """Take what a plugin offers unless a nearer, or earlier, plugin offers the same name."""
        for name, value in offered.items():
            owner = owners.setdefault(name, candidate)
            if owner is candidate:
                into[name] = value
            elif owner.level is candidate.level:
                self.fail(candidate, f"{thing} {name!r} is already offered by plugin {owner}, which is kept")
            else:
                self.notes.append(f"{thing} {name!r} of plugin {candidate} is replaced by that of plugin {owner}")

    def fail(self, candidate: _Candidate, reason: str) -> None:
        """Record one failure of a plugin."""
        self.failures.append(PluginFailure(candidate.name, candidate.version, reason, candidate.origin))

    @contextmanager
    def contained(self, candidate: _Candidate, doing: str) -> Iterator[None]:
        """Turn whatever a plugin throws into a failure: only the person at the keyboard may stop the rest."""
        try:
            yield
        except KeyboardInterrupt:
            raise
        except (Nonsense, TookTooLong) as error:
            self.fail(candidate, f"{doing}: {error}")
        except BaseException as error:  # noqa: BLE001 - sys.exit and the like in a plugin must not end the product
            self.fail(candidate, f"{doing}: {_reason(error)}")


def _allowed_by_environment() -> frozenset[str] | None:
    text = os.environ.get(ALLOW_VARIABLE)
    return None if text is None else frozenset(name.strip() for name in text.split(",") if name.strip())


def _distribution(entry: EntryPoint) -> tuple[str, str | None]:
    """Name and version of the distribution that installs an entry point, as far as its metadata can be read."""
    try:
        return (entry.dist.name, entry.dist.version) if entry.dist else (entry.module, None)
    except Exception:  # noqa: BLE001 - a foreign distribution's broken metadata must not hide its plugin's name
        return entry.module, None


def _given(plugin: object) -> object:
    return plugin


def _site_candidates(folder: Path, position: int) -> list[_Candidate]:
    """The plugins of a folder, none where it is not there; of two folders' plugins of one name the first is kept."""
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return [
        _Candidate(
            path.stem, None, f"{folder.name}/{path.name}", _Level.SITE, partial(_run_file, path), position=position
        )
        for path in files
    ]


def _run_file(path: Path) -> ModuleType:
    """Run a site's plugin file as a module of its own name.

    Always from its source: bytecode caches go by whole seconds and would bring back an older text after a quick edit.
    """
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    module = ModuleType(f"forewarn_site_plugin_{digest}_{path.stem}")
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    sys.modules[module.__name__] = module  # dataclasses and pickle look modules up by name
    try:
        exec(code, module.__dict__)  # noqa: S102 - a site's plugins are its own code, that is what the folder is for
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _refuse_unknown_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    """Refuse a plugin with a misspelt hook, or one that lacks its ``@hookimpl``: neither would ever be called."""
    known = [name for name in vars(hookspecs) if name.startswith("forewarn_")]
    for caller in manager.get_hookcallers(plugin) or ():
        optional = any(one.optionalhook for one in caller.get_hookimpls() if one.plugin is plugin)
        if not caller.has_spec() and not optional:
            near = get_close_matches(caller.name, known, n=1)
            hint = f", did you mean {near[0]!r}?" if near else f"; hooks are {', '.join(known)}"
            raise Nonsense(f"there is no hook {caller.name!r}{hint}")
    if isinstance(plugin, ModuleType):
        for name, value in vars(plugin).items():
            own = inspect.isfunction(value) and value.__module__ == plugin.__name__
            if own and name.startswith("forewarn_") and not hasattr(value, f"{GROUP}_impl"):
                raise Nonsense(
                    f"{name} lacks the decorator @hookimpl (from forewarn.plugins.hookspecs) and would never be called"
                )


def _reason(error: BaseException) -> str:
    """An exception in one line: its type, its text, and the plugin's line where it arose."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code!r})"
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - an exception of a plugin may fail even at this
        text = ""
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__]
    if frames and not isinstance(error, SyntaxError) and not frames[-1].filename.startswith("<frozen"):
        where = f" ({Path(frames[-1].filename).name} line {frames[-1].lineno})"
    else:
        where = ""
    return line[: LONGEST_REASON - len(where)] + where
