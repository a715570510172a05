"""Which plugins a verb opens its site with: the root's ``--strict-plugins`` and ``--plugins-dir``."""

from __future__ import annotations

import click

from forewarn.site.opening import PluginChoice


def chosen_plugins() -> PluginChoice:
    """What stands before the verb on the command line, or in the environment."""
    context = click.get_current_context(silent=True)
    given = {} if context is None else context.find_root().params
    return PluginChoice(strict=given.get("strict_plugins", False), folders=tuple(given.get("plugins_dir", ())))
