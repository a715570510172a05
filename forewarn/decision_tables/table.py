"""A decision table that decides: the one door to a `TableModel`'s rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forewarn.decision_tables.decision import Decision, Outputs
from forewarn.decision_tables.explaining import Explanation, RuleExplanation, show_test
from forewarn.decision_tables.index.cells import PROPERTY, Check, Context, Scope, compile_test
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
from forewarn.decision_tables.model import InputColumn, OutputCell, OutputColumn, Rule, TableModel
from forewarn.decision_tables.policies import BAD_INPUT, EXPRESSION_ERROR, Outcome, Row, settle
from forewarn.decision_tables.syntax import AnyValue, Expression, Literal
from forewarn.decision_tables.values import Value
from forewarn.errors import BadInput, DecisionError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence


class Table:
    """One decision table, compiled from its model and ready to decide.

    A table is immutable; its ``version`` is the hash of its normalised content, so equal versions decide
    equally.
    """

    def __init__(self, model: TableModel) -> None:
        self.model = model
        self._properties: dict[str, Value] = {PROPERTY + name: value for name, value in model.properties}
        self._diagnostics: list[str] = []
        self._context = Context(self._evaluate, model.strict)
        self._readers = tuple(_InputReader(column, self) for column in model.inputs)
        self._columns = dict(model.columns)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.model.name

    @property
    def inputs(self) -> tuple[InputColumn, ...]:
        """The input columns, in the sheet's order."""
        return self.model.inputs

    @property
    def outputs(self) -> tuple[OutputColumn, ...]:
        """The output columns, in the sheet's order."""
        return self.model.outputs

    @cached_property
    def version(self) -> str:
        """The hash of the normalised table."""
        # Hashing walks every cell: it waits until somebody asks.
        from forewarn.decision_tables.version import table_version  # noqa: PLC0415

        return table_version(self.model)

    def decide(self, inputs: Mapping[str, Any], *, at: datetime | None = None) -> Decision:
        """Decide for ``inputs``, given by heading or by bound name; a heading wins, further keys are ignored.

        ``at`` is an aware time: required where the table has effective dates, ignored elsewhere.
        Raises `BadInput`, `NoUniqueRule`, `ConflictingRules`; in the standard's mode (`TableModel.strict`
        false) those give null and a diagnostic.
        """
        moment = self._moment(at)
        self._diagnostics = []
        try:
            values = tuple([reader.read(inputs) for reader in self._readers])
        except BadInput:
            if self.model.strict:
                raise
            nothing = ((None,) * len(self.model.outputs),)
            values = (None,) * len(self.model.inputs)
            return Decision(self, values, nothing, (), (BAD_INPUT,), moment)
        scope = self._scope(values, inputs)
        hits = self._matching(values, scope, moment)
        outcome = settle(self.model, hits, lambda hit: self._outputs_of(self.model.rules[hit], scope), self._default)
        return self._decision(values, outcome, moment)

    def _decision(self, values: tuple[Value, ...], outcome: Outcome, moment: datetime | None) -> Decision:
        rules = tuple([self.model.rules[hit].id for hit in outcome.hits])
        diagnostics = (*outcome.diagnostics, *dict.fromkeys(self._diagnostics))
        return Decision(self, values, outcome.rows, rules, diagnostics, moment)

    def explain(self, inputs: Mapping[str, Any], *, at: datetime | None = None) -> Explanation:
        """Explain what `decide` would answer, also where it would raise for several matching rules."""
        try:
            return self.decide(inputs, at=at).explain()
        except BadInput:
            raise
        except DecisionError as error:
            values = tuple([reader.read(inputs) for reader in self._readers])
            return self.explain_values(values, self._moment(at), error.rules, (type(error).__name__,))

    def _moment(self, at: datetime | None) -> datetime | None:
        """The effective time in UTC, where the table has effective dates."""
        if not self.model.effective:
            return None
        if at is None or at.utcoffset() is None:
            problem = "is missing" if at is None else "has no time zone"
            raise BadInput(
                f"table {self.name!r} has effective dates: the argument 'at' {problem}",
                table=self.name,
                input="at",
                place=self.model.place,
                hint="give an aware time, such as datetime.now(UTC)",
            )
        return at.astimezone(UTC)

    def _scope(self, values: Sequence[Value], inputs: Mapping[str, Any] | None = None) -> dict[str, Value]:
        """What expressions and references see: headings, bound names, properties, and what else was handed in."""
        scope: dict[str, Value] = {}
        if inputs is not None and not self.model.strict:
            scope.update({str(name): infer(value) for name, value in inputs.items()})
        scope.update(self._properties)
        for column, value in zip(self.model.inputs, values, strict=True):
            scope[column.heading] = value
            if column.binding is not None:
                scope[column.binding.name] = value
        return scope

    def scope_of(self, values: Sequence[Value]) -> dict[str, Value]:
        """The inputs as used: by heading, and the properties that the table's cells name."""
        headings = [column.heading for column in self.model.inputs]
        return {**dict(zip(headings, values, strict=True)), **self._properties}

    def by_heading(self, rows: Sequence[Row]) -> Outputs:
        """Rows of outputs as the policy shows them: one dict by heading, or a list of them."""
        headings = [column.heading for column in self.model.outputs]
        listed = [dict(zip(headings, row, strict=True)) for row in rows]
        return listed if self.model.hit_policy.many else listed[0]

    def _evaluate(self, expression: Expression, scope: Scope) -> Value:
        """The value of an expression; in the standard's mode an error is null, and noted."""
        # The expression language is loaded by the first table that computes.
        from forewarn.decision_tables.feel import evaluate  # noqa: PLC0415

        try:
            return evaluate(expression, scope, strict=self.model.strict)
        except DecisionError:
            if self.model.strict:
                raise
            self._diagnostics.append(EXPRESSION_ERROR)
            return None

    @cached_property
    def _checks(self) -> tuple[tuple[tuple[int, Check], ...], ...]:
        """For each rule the position and check of every cell that asks something; conditions come last."""
        width = len(self.model.inputs)
        return tuple(
            tuple(
                (position, compile_test(test, self._context))
                for position, test in enumerate((*rule.tests, *rule.conditions))
                if not (position < width and isinstance(test, AnyValue))
            )
            for rule in self.model.rules
        )

    def _matching(self, values: Sequence[Value], scope: Scope, moment: datetime | None) -> list[int]:
        """The rules that hold, in row order: the plain scan that every index must agree with."""
        width = len(values)
        return [
            number
            for number, (rule, checks) in enumerate(zip(self.model.rules, self._checks, strict=True))
            if (moment is None or in_effect(rule, moment))
            and all(check(values[at] if at < width else None, scope) is True for at, check in checks)
        ]

    def _outputs_of(self, rule: Rule, scope: Scope) -> Row:
        return tuple([self._output(cell, scope) for cell in rule.outputs])

    def _default(self) -> Row:
        return tuple(
            [None if column.default is None else self._output(column.default, {}) for column in self.model.outputs]
        )

    def _output(self, cell: OutputCell, scope: Scope) -> Value:
        return cell.value if isinstance(cell, Literal) else self._evaluate(cell, scope)

    def explain_values(
        self, values: Sequence[Value], moment: datetime | None, fired: Sequence[str], diagnostics: Sequence[str]
    ) -> Explanation:
        """Each rule with the first cell that stops it for converted ``values``."""
        scope = self._scope(values)
        rules = tuple(
            self._explain_rule(
                rule=rule, checks=checks, values=values, scope=scope, moment=moment, fired=rule.id in fired
            )
            for rule, checks in zip(self.model.rules, self._checks, strict=True)
        )
        return Explanation(self.name, self.version, self.scope_of(values), rules, tuple(diagnostics))

    def _explain_rule(
        self,
        *,
        rule: Rule,
        checks: Sequence[tuple[int, Check]],
        values: Sequence[Value],
        scope: Scope,
        moment: datetime | None,
        fired: bool,
    ) -> RuleExplanation:
        if moment is not None and not in_effect(rule, moment):
            early = rule.effective_from is not None and moment < rule.effective_from
            heading = "Effective from" if early else "Effective to"
            bound = rule.effective_from if early else rule.effective_to
            return RuleExplanation(rule.id, False, False, heading, str(bound), moment, self._cell_place(heading, rule))
        width = len(values)
        for position, check in checks:
            value = values[position] if position < width else None
            if check(value, scope) is True:
                continue
            if position < width:
                heading, test = self.model.inputs[position].heading, rule.tests[position]
            else:
                heading, test = self.model.conditions[position - width].heading, rule.conditions[position - width]
            place = self._cell_place(heading, rule)
            return RuleExplanation(rule.id, False, False, heading, show_test(test), value, place)
        return RuleExplanation(rule.id, True, fired)

    def _cell_place(self, heading: str, rule: Rule) -> Place:
        letter = self._columns.get(heading)
        cell = f"{letter}{rule.row}" if letter and rule.row else None
        return Place(self.model.place.workbook, self.model.place.sheet, cell)

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {self.model.hit_policy.name}, {len(self.model.rules)} rules)"


def in_effect(rule: Rule, moment: datetime) -> bool:
    """Whether a rule is in effect: from its first moment on, until before its last."""
    return (rule.effective_from is None or rule.effective_from <= moment) and (
        rule.effective_to is None or moment < rule.effective_to
    )


class _InputReader:
    """Reads and converts one input column's value from what the caller hands in."""

    def __init__(self, column: InputColumn, table: Table) -> None:
        self.column = column
        self._table = table.name
        self._strict = table.model.strict
        self._evaluate = table._evaluate
        self._properties = table._properties
        self._bound = None if column.binding is None else column.binding.name
        self._aliases = dict(column.aliases)
        self._allowed = None if column.allowed is None else compile_test(column.allowed, table._context)

    def read(self, inputs: Mapping[str, Any]) -> Value:
        """The value that the table uses. Raises `BadInput`."""
        column = self.column
        if column.expression is not None:
            scope = {**self._properties, **{str(name): infer(value) for name, value in inputs.items()}}
            raw: Any = self._evaluate(column.expression, scope)
        else:
            raw = inputs.get(column.heading, MISSING)
            if raw is MISSING and self._bound is not None:
                raw = inputs.get(self._bound, MISSING)
        if raw is MISSING:
            if not column.nullable and self._strict:
                raise missing_input(column, self._table)
            return None
        return self.convert(raw)

    def convert(self, raw: Any) -> Value:
        """A given value as the table uses it. Raises `BadInput`."""
        column = self.column
        try:
            value = convert(raw, column.type, self._aliases, lenient=not self._strict)
        except WrongType as error:
            raise wrong_type(column, self._table, error) from None
        if value is None:
            if not column.nullable and self._strict:
                raise null_input(column, self._table)
            return None
        if self._allowed is not None:
            items = value if column.type.is_list and isinstance(value, tuple) else (value,)
            for item in items:
                if item is None and self._strict:
                    raise bad_input(column, self._table, "the list holds a null")
                if self._allowed(item, self._properties) is not True:
                    raise not_allowed(column, self._table, item)
        return value
