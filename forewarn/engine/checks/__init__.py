"""Checks that need a site: what its workbooks name must exist, its messages must render, its plugins must load."""

from forewarn.engine.checks.names import unknown_names
from forewarn.engine.checks.site import check

__all__ = ["check", "unknown_names"]
