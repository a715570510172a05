"""What plugins say of case types: the fields that cases of a type have beside the common ones."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.engine.rendering import MESSAGE_FIELDS
from forewarn.plugins.api import Extensions


def fields_of(extensions: Extensions, case_type: str) -> tuple[str, ...]:
    """The fields that only cases of this type have."""
    known = extensions.case_types.get(case_type)
    return () if known is None else known.fields


def message_fields(extensions: Extensions) -> Mapping[str, tuple[str, ...]]:
    """What the messages of a site may speak of: what every message may, and the fields of plugins' case types."""
    return {**MESSAGE_FIELDS, "case": (*MESSAGE_FIELDS["case"], *extensions.fields_of_case_types)}
