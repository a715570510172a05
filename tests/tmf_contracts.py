"""TM Forum's published contracts as schemas that say no: what a contract does not name is refused too."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("FOREWARN_TMF_DIR", Path(__file__).parents[2] / "shared" / "conformance" / "tmf"))

TICKETS_V4 = "TMF621_Trouble_Ticket_Management_API_v4.0.0_swagger.json"
TICKETS_V5 = "TMF621-Trouble_Ticket-v5.0.1.oas.yaml"
EVENTS_V4 = "TMF688-Event-v4.0.0.swagger.json"

needed = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no TM Forum contracts in {FOLDER}; set FOREWARN_TMF_DIR")
"""For tests that cannot go without the contracts."""


@cache
def contract(name: str) -> dict[str, Any]:
    """The definitions of a contract by name, strict, with references as JSON Schema has them."""
    text = (FOLDER / name).read_text("utf-8")
    if name.endswith(".json"):
        definitions = json.loads(text)["definitions"]
    else:
        import yaml  # noqa: PLC0415 - only where the contracts are at hand

        definitions = yaml.safe_load(text)["components"]["schemas"]
    moved = json.loads(json.dumps(definitions, default=str).replace("#/components/schemas/", "#/definitions/"))
    return {one: _strict(one, schema) for one, schema in moved.items()}


def faults(name: str, definition: str, document: Any) -> list[str]:
    """What is wrong with a document by one definition of a contract: an empty list where nothing is."""
    return [f"{error.json_path}: {error.message}" for error in _validator(name, definition).iter_errors(document)]


@cache
def _validator(name: str, definition: str) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - only where the contracts are at hand

    schema = {"$ref": f"#/definitions/{definition}", "definitions": contract(name)}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _strict(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with nothing allowed that it does not name, and with its ``discriminator`` in force."""
    discriminator = schema.get("discriminator", {})
    mapping = discriminator.get("mapping", {}) if isinstance(discriminator, dict) else {}
    if "oneOf" in schema and mapping:
        told = discriminator["propertyName"]
        chosen = [
            {"if": {"properties": {told: {"const": type_}}, "required": [told]}, "then": {"$ref": reference}}
            for type_, reference in mapping.items()
        ]
        known = {"type": "object", "properties": {told: {"enum": sorted(mapping)}}, "required": [told]}
        return {"allOf": [known, *chosen]}
    if "allOf" in schema:
        return {**schema, "unevaluatedProperties": False} if list(mapping) == [name] else schema
    if "swagger" not in schema and "properties" in schema and not mapping and name not in _BASES:
        return {**schema, "additionalProperties": False}
    return schema


_BASES = frozenset({"Extensible", "Addressable"})
"""What version 5 builds its types of: they say nothing about the properties of others."""
