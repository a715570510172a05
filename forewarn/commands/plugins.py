"""``forewarn plugins``: what is loaded, what failed, and a project to start from."""

from __future__ import annotations

from pathlib import Path

import click

from forewarn.commands.options import find_site, json_option, site_option
from forewarn.commands.plugin_options import chosen_plugins
from forewarn.commands.rendering import Column, heading, of, say, show_json, show_table
from forewarn.commands.teaching import TaughtGroup
from forewarn.errors import BadSettings
from forewarn.plugins.api import Extensions
from forewarn.plugins.loading import NAMED, load_extensions
from forewarn.site.opening import load_site_extensions
from forewarn.site.plugin_project import make_plugin_project
from forewarn.site.settings import read_settings


@click.group(cls=TaughtGroup, short_help="Plugins: what is loaded, what failed, a new one.")
def plugins() -> None:
    """Plugins add flows, sinks, messages, workbooks and commands.

    They come with installed packages, or stand in a site's plugins/ folder.
    """


@plugins.command(
    "list",
    short_help="List plugins, and what failed.",
    examples="""
        forewarn plugins list --json
    """,
)
@json_option
@site_option
def list_plugins(site_root: Path | None, as_json: bool) -> None:
    """List the plugins that are loaded, and those that failed with the reason.

    Without a site, those of installed packages alone. Exit 1 if one failed.
    """
    extensions = _load(site_root)
    if as_json:
        show_json(
            {
                "plugins": extensions.plugins,
                "failures": extensions.failures,
                "notes": extensions.notes,
                **{hook.attribute: sorted(getattr(extensions, hook.attribute)) for hook in NAMED},
            }
        )
    else:
        _show(extensions)
    if extensions.failures:
        click.get_current_context().exit(1)


@plugins.command(
    "check",
    short_help="Exit 1 if a plugin failed.",
    examples="""
        forewarn plugins check --site mysite
    """,
)
@json_option
@site_option
def check(site_root: Path | None, as_json: bool) -> None:
    """Load every plugin and call every hook; print a line for each failure.

    For builds: nothing else is printed, and exit 1 if there is one.
    """
    extensions = _load(site_root)
    if as_json:
        show_json({"failures": extensions.failures, "notes": extensions.notes})
    else:
        for failure in extensions.failures:
            say(str(failure))
        if not extensions.failures:
            say(f"{of(len(extensions.plugins), 'plugin')}, no failures")
    if extensions.failures:
        click.get_current_context().exit(1)


@plugins.command(
    "new",
    short_help="Write a plugin as a project to start from.",
    examples="""
        forewarn plugins new paging
    """,
)
@click.argument("name", metavar="NAME")
@click.option(
    "--in",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to write it; forewarn-plugin-NAME in the current folder unless you say.",
)
def new(name: str, folder: Path | None) -> None:
    """Write an installable plugin with a flow, its message, and tests that pass."""
    root = folder or Path(f"forewarn-plugin-{name}")
    made = make_plugin_project(root, name)
    say(f"made a plugin in {root}:")
    for path in made:
        say(f"  {path}")
    say("next:")
    say(f"  pip install -e {root}")
    say("  forewarn plugins list")


def _load(site_root: Path | None) -> Extensions:
    chosen = chosen_plugins()
    if site_root is None:
        try:
            root = find_site(Path.cwd())
        except BadSettings:
            return load_extensions(more_plugins=chosen.folders, strict=chosen.strict)
    else:
        root = site_root
    return load_site_extensions(root, read_settings(root), chosen)


def _show(extensions: Extensions) -> None:
    rows = [(plugin.name, plugin.version, plugin.origin) for plugin in extensions.plugins]
    show_table((Column("Plugin"), Column("Version"), Column("From", folds=True)), rows)
    say(f"{of(len(extensions.flows), 'flow')}; sinks of kind {', '.join(sorted(extensions.sinks)) or '(none)'}")
    for hook in NAMED:
        offered = sorted(getattr(extensions, hook.attribute))
        if offered and hook.attribute not in ("flows", "sinks"):
            say(f"{hook.thing}s: {', '.join(offered)}")
    for note in extensions.notes:
        say(note)
    if extensions.failures:
        heading("Failed, and left out")
        failed = [(failure.name, failure.version, failure.reason, failure.origin) for failure in extensions.failures]
        show_table(
            (Column("Plugin"), Column("Version"), Column("Reason", folds=True), Column("From", folds=True)), failed
        )
