"""Open a site: its settings, plugins, workbooks and store, composed into what every action takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from forewarn.engine.clock import Clock, SystemClock
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.rulebook import load_rulebook
from forewarn.engine.store import open_store
from forewarn.errors import BadSettings
from forewarn.plugins.api import Extensions
from forewarn.plugins.loading import load_extensions
from forewarn.site.settings import SiteSettings, read_settings, resolve_reference


@dataclass(frozen=True, slots=True)
class PluginChoice:
    """Which plugins a site is opened with beside its own and the installed ones.

    ``strict`` makes a failing plugin fatal instead of leaving it out; ``folders`` are further folders of plugin files;
    ``objects`` are plugins that are at hand already, by name.
    """

    strict: bool = False
    folders: tuple[Path, ...] = ()
    objects: Mapping[str, object] = field(default_factory=dict)


@contextmanager
def open_site(root: Path, *, clock: Clock | None = None, plugins: PluginChoice = PluginChoice()) -> Iterator[OpenSite]:
    """Open the site in the folder ``root`` for the length of a ``with`` block.

    ``clock`` is asked for the time of every transaction (the machine's by default).
    Raises BadSettings, StoreUnusable, BadPlugin, and BadTable where no good version of the workbooks is known.
    """
    root = root.resolve()
    settings = read_settings(root)
    extensions = load_site_extensions(root, settings, plugins)
    clock = clock or SystemClock()
    with open_store(database_url(settings.database.url, root)) as store:
        yield OpenSite(
            root=root,
            store=store,
            rulebook=load_rulebook(root, store, clock=clock, functions=extensions.cell_functions),
            extensions=extensions,
            clock=clock,
            flow_seconds=settings.plugins.flow_seconds,
            sinks=_sinks(settings, enabled=True),
            paused_sinks=_sinks(settings, enabled=False),
        )


def _sinks(settings: SiteSettings, *, enabled: bool) -> Mapping[str, SinkConfiguration]:
    """The sinks of the settings that are enabled, or those that are not."""
    return {
        name: SinkConfiguration(
            kind=table.kind,
            options=table.options,
            time_limit=table.time_limit,
            batch=table.batch,
            per_minute=table.per_minute,
            rest_after=table.rest_after,
            takes=table.takes,
            tmf621=table.tmf621,
            publisher=table.publisher,
        )
        for name, table in settings.sinks.items()
        if table.enabled is enabled
    }


def load_site_extensions(root: Path, settings: SiteSettings, plugins: PluginChoice = PluginChoice()) -> Extensions:
    """The plugins of a site: the installed ones that its settings allow, its own ``plugins/*.py``, and those chosen.

    Raises BadSettings where a chosen folder is not there, and BadPlugin where a failure is to be fatal.
    """
    for folder in plugins.folders:
        if not folder.is_dir():
            raise BadSettings(f"{folder} is not a folder of plugins", hint="name a folder that holds *.py files")
    return load_extensions(
        site_plugins=root / "plugins",
        more_plugins=plugins.folders,
        objects=plugins.objects,
        allow=settings.plugins.allow,
        strict=plugins.strict,
        seconds=settings.plugins.seconds,
    )


def database_url(url: SecretStr, root: Path) -> str:
    """The database URL with its reference resolved, and a relative SQLite path taken from the site's folder."""
    text = resolve_reference(url.get_secret_value(), root, setting="database.url")
    try:
        parsed = make_url(text)
    except ArgumentError as error:
        raise BadSettings("database.url is not a database URL", hint="sqlite:///forewarn.db") from error
    path = parsed.database
    if parsed.get_backend_name() == "sqlite" and path and path != ":memory:" and not Path(path).is_absolute():
        parsed = parsed.set(database=str(root / path))
    return parsed.render_as_string(hide_password=False)
