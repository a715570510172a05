"""A decision table that decides: the one door to a `TableModel`'s rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from forewarn.decision_tables.decision import Decision, Outputs
from forewarn.decision_tables.explaining import Explanation, explain_rules
from forewarn.decision_tables.index.cells import PROPERTY, Context, Scope
from forewarn.decision_tables.index.compiled import Index
from forewarn.decision_tables.index.generated import Parts, generate
from forewarn.decision_tables.inputs import infer
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputCell, OutputColumn, TableModel
from forewarn.decision_tables.policies import (
    BAD_INPUT,
    EXPRESSION_ERROR,
    Outcome,
    Row,
    rank,
    settle,
    without_match,
)
from forewarn.decision_tables.readers import InputReader
from forewarn.decision_tables.syntax import Expression
from forewarn.decision_tables.syntax import Literal as Constant
from forewarn.decision_tables.values import Kind, Value
from forewarn.errors import BadInput, DecisionError

if TYPE_CHECKING:
    from forewarn.decision_tables.frames import CodedFrame, Frames

_notes: ContextVar[list[str] | None] = ContextVar("_notes", default=None)
"""What evaluating expressions had to say during one decision in the standard's mode."""


class Table:
    """One decision table, compiled from its model and ready to decide.

    A table is immutable; its ``version`` is the hash of its normalised content, so equal versions decide
    equally.
    """

    def __init__(self, model: TableModel) -> None:
        self.model = model
        self._properties: dict[str, Value] = {PROPERTY + name: value for name, value in model.properties}
        context = Context(self._evaluate, model.strict)
        self._context = context
        self.readers = tuple(InputReader(column, model.name, context, self._properties) for column in model.inputs)
        self._computes = any(isinstance(cell, Expression) for rule in model.rules for cell in rule.outputs)
        self._rows: list[Row] = []
        if not self._computes:
            self._rows = [tuple([cell.value for cell in rule.outputs]) for rule in model.rules]  # type: ignore[union-attr]
        self._ranked = model.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) and not self._computes
        self._rules = list(model.rules)
        if self._ranked:
            # With plain outputs the ranks are known beforehand: P becomes First, and O row order, over this order.
            order = sorted(range(len(self._rules)), key=lambda number: rank(model, self._rows[number]))
            self._rules = [model.rules[number] for number in order]
            self._rows = [self._rows[number] for number in order]
        self._ids = [rule.id for rule in self._rules]
        self._headings = tuple([column.heading for column in model.outputs])
        self._frames: Frames | None = None
        self.index = Index(model, self._rules, context, self._properties)
        for reader, column in zip(self.readers, self.index.inputs, strict=True):
            reader.ordered = column.ordered

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
        if type(self).decide is Table.decide:
            # The function for this very table is worth making when the first decision is asked for; from then on
            # it stands in the instance in this method's place.
            self.__dict__["decide"] = self._generate() if self.is_plain else self._decide_plainly
            return self.__dict__["decide"](inputs, at=at)  # type: ignore[no-any-return]
        return self._decide_plainly(inputs, at=at)

    def decide_frame(
        self, frame: Any, *, at: datetime | None = None, errors: Literal["raise", "report"] = "raise"
    ) -> Any:
        """Decide every row of a frame: the same answers as `decide` row by row.

        ``frame`` is a pandas or polars frame or an Arrow table (or what `code_frame` made of one) whose columns
        are headings or bound names; further columns are ignored. The answer is of the same library (pandas: with
        the same index): a column an output, ``rules`` with the ids of each row's rules, and with
        ``errors="report"`` a column ``error``, where an erroneous row has its message and null outputs; with
        ``"raise"`` the first such row's error is raised. Under R, O and C an output column holds lists.
        """
        # numpy and the frame libraries are loaded by whoever brings a frame.
        from forewarn.decision_tables.frames import Frames, decide_frame  # noqa: PLC0415

        if self._frames is None:
            self._frames = Frames(self)
        return decide_frame(self, self._frames, frame, at=at, errors=errors)

    def code_frame(self, frame: Any, *, at: datetime | None = None) -> CodedFrame:
        """Translate a frame's inputs into the table's own codes once, for `decide_frame` to take in its place.

        For frames that are decided again and again, in a backtest say. ``at`` is the effective time.
        """
        from forewarn.decision_tables.frames import Frames, code_frame  # noqa: PLC0415

        if self._frames is None:
            self._frames = Frames(self)
        return code_frame(self, self._frames, frame, at=at)

    def explain(self, inputs: Mapping[str, Any], *, at: datetime | None = None) -> Explanation:
        """Explain what `decide` would answer, also where it would raise for several matching rules."""
        try:
            return self.decide(inputs, at=at).explain()
        except BadInput:
            raise
        except DecisionError as error:
            values = self._read(inputs)
            return self.explain_values(values, self.moment(at), error.rules, (type(error).__name__,))

    @cached_property
    def is_plain(self) -> bool:
        """Whether the generated function may decide: nothing computes, and nothing is left to ask."""
        plain_columns = all(
            column.expression is None and not column.type.is_list and column.type.kind is not Kind.ANY
            for column in self.model.inputs
        )
        plain_default = not any(isinstance(column.default, Expression) for column in self.model.outputs)
        plain_index = not self.index.residual
        return self.model.strict and not self._computes and plain_columns and plain_default and plain_index

    def _generate(self) -> Any:
        nothing = without_match(self.model, self._default)

        def without(given: tuple[Any, ...], moment: datetime | None) -> Decision:
            return Decision(self, given, self._by_heading(nothing.rows), (), moment, nothing.diagnostics)

        def settled(given: tuple[Any, ...], hits: list[int], moment: datetime | None) -> Decision:
            return self._decision(given, None, self.settle(hits), moment)

        return generate(
            Parts(
                table=self,
                readers=self.readers,
                index=self.index,
                headings=self._headings,
                records=[self.record(rule) for rule in range(self.index.count)],
                plainly=self._decide_plainly,
                nothing=without,
                settle=settled,
            )
        )

    def _decide_plainly(self, inputs: Mapping[str, Any], *, at: datetime | None = None) -> Decision:
        """Decide step by step, for every table and every input: what the generated function must agree with."""
        moment = self.moment(at)
        if self.model.strict:
            return self._decide_values(self._read(inputs), inputs, moment)
        notes: list[str] = []
        token = _notes.set(notes)
        try:
            values = self._read(inputs)
            decision = self._decide_values(values, inputs, moment)
        except BadInput:
            values = (None,) * len(self.model.inputs)
            outcome = Outcome((), ((None,) * len(self.model.outputs),), (BAD_INPUT,))
            decision = self._decision(values, values, outcome, moment)
        finally:
            _notes.reset(token)
        if notes:
            decision.diagnostics = (*decision.diagnostics, EXPRESSION_ERROR)
        return decision

    def _decide_values(self, values: tuple[Value, ...], inputs: Mapping[str, Any], moment: datetime | None) -> Decision:
        scope = self._scope(values, inputs)
        hits = self.index.hits(values, scope, moment, first=self._first_only)
        return self._decision(values, values, self._settle(hits, lambda hit: self._row(hit, scope)), moment)

    @property
    def _first_only(self) -> bool:
        """Whether the first hit decides."""
        policy = self.model.hit_policy
        return policy is HitPolicy.FIRST or (policy is HitPolicy.PRIORITY and self._ranked)

    def record(self, rule: int) -> tuple[Any, ...]:
        """Of a rule, by its number in the index, what a decision takes: its ids and its outputs."""
        return ((self._ids[rule],), *self._rows[rule])

    def rule_ids(self, hits: Sequence[int]) -> tuple[str, ...]:
        """The ids of rules by their numbers in the index."""
        return tuple([self._ids[hit] for hit in hits])

    def settle(self, hits: Sequence[int]) -> Outcome:
        """What the hit policy makes of these rules, in the index's order, in a table that computes nothing."""
        return self._settle(hits, self._rows.__getitem__)

    def _settle(self, hits: Sequence[int], row: Any) -> Outcome:
        return settle(self.model, hits, row, self._default, ids=self._ids, ranked=self._ranked)

    def _decision(
        self, given: tuple[Any, ...], values: tuple[Value, ...] | None, outcome: Outcome, moment: datetime | None
    ) -> Decision:
        rules = self.rule_ids(outcome.hits)
        return Decision(self, given, self._by_heading(outcome.rows), rules, moment, outcome.diagnostics, values)

    def moment(self, at: datetime | None) -> datetime | None:
        """The effective time in UTC, where the table has effective dates."""
        if not self.model.effective:
            return None
        if not isinstance(at, datetime) or at.utcoffset() is None:
            problem = "is missing" if at is None else "has no time zone" if isinstance(at, datetime) else f"is {at!r}"
            raise BadInput(
                f"table {self.name!r} has effective dates: the argument 'at' {problem}",
                table=self.name,
                input="at",
                place=self.model.place,
                hint="give an aware time, such as datetime.now(UTC)",
            )
        return at.astimezone(UTC)

    def _read(self, inputs: Mapping[str, Any]) -> tuple[Value, ...]:
        """The inputs as the table uses them. Raises `BadInput`."""
        return self.converted([reader.find(inputs) for reader in self.readers])

    def converted(self, given: Sequence[Any]) -> tuple[Value, ...]:
        """Plain inputs, in the order of the columns, as the table uses them. Raises `BadInput`."""
        return tuple([reader.convert(raw) for reader, raw in zip(self.readers, given, strict=True)])

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

    def _by_heading(self, rows: Sequence[Row]) -> Outputs:
        """Rows of outputs as the policy shows them: one dict by heading, or a list of them."""
        listed = [dict(zip(self._headings, row, strict=True)) for row in rows]
        return listed if self.model.hit_policy.many else listed[0]

    def _evaluate(self, expression: Expression, scope: Scope) -> Value:
        """The value of an expression; in the standard's mode an error is null, and noted."""
        # The expression language is loaded by the first table that computes.
        from forewarn.decision_tables.feel import evaluate  # noqa: PLC0415

        # What FEEL knows beyond a cell's values (contexts, functions) has no place in a table's types.
        value: Value = evaluate(expression, scope, strict=self.model.strict, diagnostics=_notes.get())
        return value

    def _row(self, hit: int, scope: Scope) -> Row:
        """The outputs of a rule."""
        if not self._computes:
            return self._rows[hit]
        return tuple([self._output(cell, scope) for cell in self._rules[hit].outputs])

    def _default(self) -> Row:
        """The outputs of the Default row."""
        return tuple(
            [None if column.default is None else self._output(column.default, {}) for column in self.model.outputs]
        )

    def _output(self, cell: OutputCell, scope: Scope) -> Value:
        return cell.value if isinstance(cell, Constant) else self._evaluate(cell, scope)

    def explain_values(
        self, values: Sequence[Value], moment: datetime | None, fired: Sequence[str], diagnostics: Sequence[str]
    ) -> Explanation:
        """Each rule with the first cell that stops it for converted ``values``."""
        rules = explain_rules(self.model, self._context, values, scope=self._scope(values), moment=moment, fired=fired)
        return Explanation(self.name, self.version, self.scope_of(values), rules, tuple(diagnostics))

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {self.model.hit_policy.name}, {len(self.model.rules)} rules)"
