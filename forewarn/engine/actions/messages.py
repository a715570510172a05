"""Message files: what there is, and how one would read."""

from __future__ import annotations

from forewarn.engine import previews
from forewarn.engine.case_types import message_fields
from forewarn.engine.messages import MessageFile, Rendered
from forewarn.engine.open_site import OpenSite
from forewarn.errors import Finding


def list_messages(site: OpenSite) -> tuple[MessageFile, ...]:
    """Every message that is used, by key and language; those that a nearer file hides are left out."""
    return site.messages.files


def show_message(site: OpenSite, key: str, number: str, *, text: str = "", language: str | None = None) -> Rendered:
    """A message as the incident or case ``number`` would get it; ``text`` stands for what an agent writes.

    Raises NotFound where there is no such message or record, BadMessage where the message cannot be rendered.
    """
    return previews.preview(site, key, number, text=text, language=language)


def check_messages(site: OpenSite) -> tuple[Finding, ...]:
    """Everything that is wrong with any message file of the site or of its plugins."""
    return site.messages.check(message_fields(site.extensions))
