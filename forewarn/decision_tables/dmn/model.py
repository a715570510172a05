"""A decision model that decides: its tables through `Table`, everything else through FEEL."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from forewarn.decision_tables.dmn.effective_dates import EFFECTIVE
from forewarn.decision_tables.dmn.item_types import ItemTypes
from forewarn.decision_tables.dmn.source import Definition, ModelSource, Part, Problem
from forewarn.decision_tables.feel import FeelSyntaxError, parse_expression
from forewarn.decision_tables.feel.evaluating import Evaluator, TooMuch
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function
from forewarn.decision_tables.feel.scopes import Given, Scope
from forewarn.decision_tables.feel.types import FeelType, coerce
from forewarn.decision_tables.policies import DEFAULT
from forewarn.decision_tables.table import Table
from forewarn.errors import NotFound


class DmnModel:
    """A decision model from DMN XML, or from a workbook that holds one.

    Deciding follows the standard's mode: a fault gives null, and a line in ``diagnostics`` of the outcome.
    """

    def __init__(self, source: ModelSource) -> None:
        self.source = source
        self.types = ItemTypes(source.types)
        self._tables = {model.name: Table(model) for model in source.tables}
        self._definitions = {one.name: one for one in source.definitions}
        self._inputs = dict(source.inputs)
        self._names = frozenset(source.names())
        self._trees: dict[str, Node] = {}

    @property
    def name(self) -> str:
        """The model's name."""
        return self.source.name

    @property
    def tables(self) -> tuple[Table, ...]:
        """The decision tables, in the order of the file."""
        return tuple(self._tables.values())

    @property
    def decisions(self) -> tuple[str, ...]:
        """The names of the decisions, in the order of the file."""
        return tuple(one.name for one in self.source.definitions if one.part is Part.DECISION)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What of the file could not be taken over."""
        return self.source.problems

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        """The problems that a definition meets, itself or in what it requires."""
        waiting = [name]
        met = {""}
        while waiting:
            one = waiting.pop()
            if one in met:
                continue
            met.add(one)
            definition = self._definitions.get(one)
            waiting.extend(() if definition is None else definition.requires)
        return tuple(problem for problem in self.problems if problem.definition in met)

    def decide(
        self,
        name: str,
        inputs: Mapping[str, Any],
        *,
        diagnostics: list[str] | None = None,
        now: datetime | None = None,
    ) -> FeelValue:
        """The value of a decision for inputs by name; what the caller gives for a decision replaces it.

        Values are those of `forewarn.decision_tables.values`, contexts are dicts. ``now`` is what ``now()``
        and ``today()`` read. Raises `NotFound` where the model has no such decision.
        """
        definition = self._definition(name, Part.DECISION)
        return self._run(diagnostics, now, inputs, lambda run: run.decision(definition))

    def invoke(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        diagnostics: list[str] | None = None,
        now: datetime | None = None,
    ) -> FeelValue:
        """The value of a function or of a decision service, for arguments by name. Raises `NotFound`."""
        definition = self._definition(name, Part.FUNCTION, Part.SERVICE)

        def call(run: _Run) -> FeelValue:
            function = run.function(definition)
            given = Given(arguments)
            return function.call(*(given.get(parameter) for parameter, _ in definition.parameters))

        return self._run(diagnostics, now, {}, call)

    def _definition(self, name: str, *parts: Part) -> Definition:
        found = self._definitions.get(name)
        if found is None or found.part not in parts:
            near = difflib.get_close_matches(name, self._definitions, n=1)
            words = " or ".join(part.value for part in parts)
            raise NotFound(f"no {words} of that name: {name!r}", hint=f"did you mean {near[0]!r}?" if near else None)
        return found

    def _run(
        self, diagnostics: list[str] | None, now: datetime | None, inputs: Mapping[str, Any], do: Any
    ) -> FeelValue:
        told = [] if diagnostics is None else diagnostics
        try:
            return do(_Run(self, inputs, told, now))
        except FeelError as error:
            told.append(str(error))
        except TooMuch as error:
            told.append(error.message)
        except RecursionError:
            told.append("the model nests too deeply")
        return None

    def tree(self, text: str) -> Node:
        """The parsed form of FEEL text of this model. Raises `FeelSyntaxError`."""
        if text not in self._trees:
            parsed = parse_expression(text, self._names, types=self.types, tables=self._tables)
            self._trees[text] = parsed.tree
        return self._trees[text]

    def type_named(self, name: str) -> FeelType:
        """The type of that name."""
        return self.types.named(name)

    def table(self, title: str) -> Table | None:
        """The table of that title."""
        return self._tables.get(title)

    @cached_property
    def input_sources(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """For each table its headings with the FEEL that computes them."""
        found: dict[str, list[tuple[str, str]]] = {title: [] for title in self._tables}
        for one in self.source.table_inputs:
            found.setdefault(one.table, []).append((one.heading, one.source))
        return {title: tuple(pairs) for title, pairs in found.items()}

    @cached_property
    def output_names(self) -> Mapping[tuple[str, str], str]:
        """The output that a table's heading stands for, where that differs."""
        return {(one.table, one.heading): one.name for one in self.source.table_outputs}

    def definition(self, name: str) -> Definition | None:
        """The definition of that name."""
        return self._definitions.get(name)

    def input_type(self, name: str) -> FeelType | None:
        """The type of an input, or ``None`` where there is no such input."""
        named = self._inputs.get(name)
        return None if named is None else self.types.named(named)


class _Run:
    """One evaluation of a model: every decision is made once."""

    def __init__(
        self, model: DmnModel, inputs: Mapping[str, Any], diagnostics: list[str], now: datetime | None
    ) -> None:
        self.model = model
        self.given = Given(inputs)
        self.diagnostics = diagnostics
        self.now = now
        self._made: dict[str, FeelValue] = {}
        self._making: list[str] = []
        self.evaluator = Evaluator(strict=False, diagnostics=diagnostics, tables=self.ask, now=now)

    def value(self, name: str) -> FeelValue:
        """What a required name stands for: an input, a decision's value, a function."""
        definition = self.model.definition(name)
        if definition is not None and definition.part is not Part.DECISION:
            return self.function(definition)
        if name not in self._made:
            if name in self.given or definition is None:
                wanted = self.model.input_type(name)
                given = self.given.get(name)
                self._made[name] = given if wanted is None else self.fit(given, wanted, name)
            else:
                self._made[name] = self.decision(definition)
        return self._made[name]

    def fit(self, value: FeelValue, wanted: FeelType, name: str) -> FeelValue:
        """A value as its type asks for it; null and a diagnostic where it does not fit."""
        try:
            return coerce(value, wanted)
        except FeelError as error:
            self.diagnostics.append(f"{name!r}: {error}")
            return None

    def decision(self, definition: Definition) -> FeelValue:
        """Make a decision."""
        if definition.name in self._making:
            self.diagnostics.append(f"the decision {definition.name!r} requires itself")
            return None
        self._making.append(definition.name)
        try:
            return self._evaluate(definition, Scope(self._required(definition)))
        finally:
            self._making.pop()

    def _required(self, definition: Definition) -> dict[str, FeelValue]:
        return {name: self.value(name) for name in definition.requires}

    def _evaluate(self, definition: Definition, scope: Scope) -> FeelValue:
        try:
            tree = self.model.tree(definition.source)
        except FeelSyntaxError as error:
            self.diagnostics.append(f"{definition.name!r}: {error.message}")
            return None
        value = self.evaluator.value(tree, scope)
        return self.fit(value, self.model.type_named(definition.type), definition.name)

    def function(self, definition: Definition) -> Function:
        """A function of the model, or a decision service, as something to call."""
        names = tuple(name for name, _ in definition.parameters)
        types = [self.model.type_named(named) for _, named in definition.parameters]

        def call(*arguments: FeelValue) -> FeelValue:
            given = {
                name: self.fit(argument, wanted, name)
                for name, wanted, argument in zip(names, types, arguments, strict=True)
            }
            if definition.part is Part.SERVICE:
                return self._serve(definition, given)
            known = {name: self.value(name) for name in definition.requires if name != definition.name}
            return self._evaluate(definition, Scope({definition.name: function, **known, **given}))

        function = Function(definition.name, (names,), call)
        return function

    def _serve(self, definition: Definition, given: Mapping[str, FeelValue]) -> FeelValue:
        run = _Run(self.model, given, self.diagnostics, self.now)
        outputs = {name: run.value(name) for name in definition.requires}
        value = next(iter(outputs.values())) if len(outputs) == 1 else outputs
        return self.fit(value, self.model.type_named(definition.type), definition.name)

    def ask(self, title: str, evaluator: Evaluator, scope: Scope) -> FeelValue:
        """Decide a table over the names in scope."""
        table = self.model.table(title)
        if table is None:
            raise FeelError(f"there is no table {title!r}")
        inputs: dict[str, FeelValue] = {}
        for heading, source in self.model.input_sources[title]:
            try:
                tree = self.model.tree(source)
            except FeelSyntaxError as error:
                self.diagnostics.append(f"table {title!r}, input {heading!r}: {error.message}")
                inputs[heading] = None
                continue
            inputs[heading] = evaluator.value(tree, scope)
        at = scope.find(EFFECTIVE)[1] if table.model.effective else None
        if table.model.effective and (not isinstance(at, datetime) or at.tzinfo is None):
            raise FeelError(f"table {title!r} has effective dates, and {EFFECTIVE!r} is no time with a zone")
        decision = table.decide({**self._functions(), **inputs}, at=at)
        self.diagnostics.extend(f"table {title!r}: {code}" for code in decision.diagnostics)
        if isinstance(decision.outputs, list):
            return tuple(self._outcome(title, row) for row in decision.outputs)
        if len(table.outputs) > 1 and not decision.rules and DEFAULT not in decision.diagnostics:
            return None
        return self._outcome(title, decision.outputs)

    def _outcome(self, title: str, row: Mapping[str, FeelValue]) -> FeelValue:
        """The one output of a row, or a context of them by name."""
        if len(row) == 1:
            return next(iter(row.values()))
        return {self.model.output_names.get((title, heading), heading): value for heading, value in row.items()}

    def _functions(self) -> dict[str, Function]:
        return {one.name: self.function(one) for one in self.model.source.definitions if one.part is not Part.DECISION}
