"""A message as a record would get it, for whoever writes messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from forewarn.engine.case_types import message_fields
from forewarn.engine.messages import Rendered
from forewarn.engine.open_site import OpenSite
from forewarn.engine.records import by_number
from forewarn.engine.views import CASE, INCIDENT, current, view
from forewarn.errors import BadMessage


def preview(site: OpenSite, key: str, number: str, *, text: str, language: str | None) -> Rendered:
    """The message filled with an incident (INC…) or with a case (CS…) and all that belongs to it; nothing is sent.

    Raises `NotFound` for the key or the record, and `BadMessage` where the message cannot be rendered.
    """
    with site.store.read() as txn:
        is_incident = number.strip().upper().startswith("INC")
        known = message_fields(site.extensions)["case"]
        fields = _of_incident(txn, number) if is_incident else _of_case(txn, number, known)
    try:
        return site.messages.render(key, {**fields, "text": text}, language=language, domain=site.domain or None)
    except BadMessage as problem:
        if is_incident and "to write about" in problem.message:
            raise BadMessage(
                problem.message, place=problem.place, hint="this is a letter: name a case, CS…"
            ) from problem
        raise


def _of_incident(txn: Connection, number: str) -> dict[str, Any]:
    return {"incident": view(INCIDENT, by_number(txn, INCIDENT, number, lock=False))}


def _of_case(txn: Connection, number: str, known: Sequence[str]) -> dict[str, Any]:
    case = current(txn, CASE, by_number(txn, CASE, number, lock=False)["id"])
    fields: dict[str, Any] = {"case": {name: case.get(name) for name in known}}
    fields["incident"] = _of_incident(txn, case["incident"])["incident"] if case["incident"] else {}
    fields["account"] = _present(name=case["account"], number=case["account_number"])
    fields["consumer"] = _present(name=case["consumer"], number=case["consumer_number"])
    fields["contact"] = _present(name=case["contact"], email=case["contact_email"])
    return fields


def _present(**fields: str | None) -> Mapping[str, str]:
    return {name: value for name, value in fields.items() if value}
