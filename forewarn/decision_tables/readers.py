"""One input column's way from what the caller hands in to the value that the table compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forewarn.decision_tables.index.cells import Context, compile_test, same
from forewarn.decision_tables.inputs import (
    MISSING,
    WrongType,
    bad_input,
    convert,
    infer,
    missing_input,
    not_allowed,
    null_input,
    wrong_type,
)
from forewarn.decision_tables.model import InputColumn
from forewarn.decision_tables.values import BusinessDuration, Value
from forewarn.errors import BadInput


class InputReader:
    """Finds a column's input among what was given, converts and checks it.

    ``ordered`` tells that the column's tests ask for an order, which business durations do not have.
    """

    def __init__(self, column: InputColumn, table: str, context: Context, properties: Mapping[str, Value]) -> None:
        self.column = column
        self.ordered = False
        self._table = table
        self._context = context
        self._properties = properties
        self._bound = None if column.binding is None else column.binding.name
        self._aliases = dict(column.aliases)
        self._allowed = None if column.allowed is None else compile_test(column.allowed, context)

    def read(self, inputs: Mapping[str, Any]) -> Value:
        """The value that the table uses. Raises `BadInput`."""
        return self.convert(self.find(inputs))

    def find(self, inputs: Mapping[str, Any]) -> Any:
        """What the caller gave, by heading, else by bound name; null where it is missing and may be null."""
        column = self.column
        if column.expression is not None:
            scope = {**self._properties, **{str(name): infer(value) for name, value in inputs.items()}}
            return self._context.evaluate(column.expression, scope)
        raw = inputs.get(column.heading, MISSING)
        if raw is MISSING and self._bound is not None:
            raw = inputs.get(self._bound, MISSING)
        if raw is MISSING:
            if not column.nullable and self._context.strict:
                raise missing_input(column, self._table)
            return None
        return raw

    def convert(self, raw: Any) -> Value:
        """A given value as the table uses it. Raises `BadInput`."""
        column = self.column
        strict = self._context.strict
        try:
            value = convert(raw, column.type, self._aliases, lenient=not strict)
        except WrongType as error:
            raise wrong_type(column, self._table, error) from None
        if value is None:
            if not column.nullable and strict:
                raise null_input(column, self._table)
            return None
        if self.ordered and isinstance(value, BusinessDuration):
            raise bad_input(column, self._table, "business time has no order without a calendar")
        if self._allowed is not None:
            for item in value if column.type.is_list and isinstance(value, tuple) else (value,):
                if self._allowed(item, self._properties) is not True:
                    raise not_allowed(column, self._table, item)
        return value

    def admits(self, value: Value) -> bool:
        """Whether a value may be given: neither aliases nor allowed values make another of it."""
        try:
            return same(self.convert(value), value)
        except BadInput:
            return False

    @property
    def aliases(self) -> Mapping[str, Value]:
        """Known spellings and the values they stand for."""
        return self._aliases
