"""An analysis as findings: each with its cells, its rules, an input that shows it, and what to type instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from forewarn.decision_tables import codes as cell_codes
from forewarn.decision_tables.allowed_values import coverage
from forewarn.decision_tables.analysis import codes
from forewarn.decision_tables.analysis.analysing import LIMIT, STEPS, analyse
from forewarn.decision_tables.analysis.result import Analysis, Hidden, Overlap
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.explaining import show, show_test
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.errors import Finding, Place

_LONG = 80
_SOME = 6


def analyse_library(
    library: TableSet, *, limit: int = LIMIT, steps: int = STEPS, since: datetime | None = None
) -> tuple[Finding, ...]:
    """The findings of the analysis of every table of a library or workbook that can decide, in the order of sheets.

    ``limit``, ``steps`` and ``since`` are those of `analyse`. Nothing here refuses a table: it decides as before.
    """
    return tuple(
        finding
        for table in library.tables
        for finding in findings_of(analyse(table.model, limit=limit, steps=steps, since=since))
    )


def findings_of(analysis: Analysis) -> tuple[Finding, ...]:
    """An analysis in its owner's words, a finding each. What reading the table reports already is left out."""
    return tuple(_Teller(analysis).findings())


class _Teller:
    """Says what one analysis found."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.model = analysis.model
        self.ids = [rule.id for rule in self.model.rules]
        self.duplicates = {later: first for first, later in analysis.duplicates}

    def findings(self) -> Iterator[Finding]:
        """All findings, the gravest kinds first."""
        yield from self._overlaps()
        yield from self._cells()
        yield from self._gaps()
        yield from self._hidden()
        yield from self._spare()
        yield from self._limits()

    def _finding(
        self,
        code: Code,
        message: str,
        place: Place,
        *,
        rule: int | None = None,
        hint: str | None = None,
        witness: Mapping[str, Any] | None = None,
        related: Sequence[Place] = (),
        text: str | None = None,
        suggestion: str | None = None,
    ) -> Finding:
        finding = code.finding(
            message,
            place,
            hint=hint,
            rule=None if rule is None else self.ids[rule],
            text=text,
            suggestion=suggestion,
            related=tuple(related),
        )
        if witness is None:
            return finding
        return replace(finding, witness={heading: jsonable(value) for heading, value in witness.items()})

    def _overlaps(self) -> Iterator[Finding]:
        unique = self.model.hit_policy is HitPolicy.UNIQUE
        for pair in self.analysis.overlaps:
            yield self._finding(
                codes.OVERLAP if unique else codes.CONFLICT,
                f"rules {self.ids[pair.first]} and {self.ids[pair.second]} both take {_shown(pair.witness)}"
                + self._difference(pair),
                _rule_place(self.model, pair.second),
                rule=pair.second,
                hint=f"delete {self.ids[pair.second]}, it repeats {self.ids[pair.first]}"
                if self.duplicates.get(pair.second) == pair.first
                else None,
                witness=pair.witness,
                related=[_rule_place(self.model, pair.first)],
            )

    def _difference(self, pair: Overlap) -> str:
        headings = [
            column.heading
            for column, one, other in zip(
                self.model.outputs,
                self.model.rules[pair.first].outputs,
                self.model.rules[pair.second].outputs,
                strict=True,
            )
            if one != other
        ]
        return f" and differ in {', '.join(headings)}" if pair.differ and headings else ", with the same outputs"

    def _cells(self) -> Iterator[Finding]:
        for one in self.analysis.settled:
            position = next(place for place, column in enumerate(self.model.inputs) if column.heading == one.heading)
            column = self.model.inputs[position]
            test = self.model.rules[one.rule].tests[position]
            if coverage(test, column.allowed, column.nullable) is not None and not column.type.is_list:
                continue
            text = show_test(test)
            place = _cell_place(self.model, one.heading, one.rule)
            if one.always:
                message = f"every input that {one.heading!r} may have passes {text!r}"
                yield self._finding(cell_codes.ALWAYS_TRUE, message, place, rule=one.rule, text=text, suggestion="-")
            else:
                message = f"no input that {one.heading!r} may have passes {text!r}"
                yield self._finding(cell_codes.ALWAYS_FALSE, message, place, rule=one.rule, text=text)
        for rule in self.analysis.never:
            message = f"rule {self.ids[rule]} takes nothing: its cells on one attribute exclude each other"
            yield self._finding(codes.NEVER, message, _rule_place(self.model, rule), rule=rule)

    def _gaps(self) -> Iterator[Finding]:
        place = _headings_place(self.model)
        for gap in self.analysis.gaps:
            what = "; ".join(f"{heading}: {_short(cell)}" for heading, cell in gap.cells.items())
            yield self._finding(
                codes.GAP,
                f"no rule takes {what or 'anything'}, for example {_shown(gap.witness)}",
                place,
                witness=gap.witness,
            )
        for text in self.analysis.open_texts:
            yield self._finding(
                codes.NOT_DECIDABLE,
                f"{text.heading!r} is open text and no rule takes a text that no cell names: whether such an input"
                " comes is not decidable",
                _heading_place(self.model, text.heading),
                hint="list the allowed values in row 4 or in the Glossary, or add a Default row",
                witness=text.witness,
            )

    def _hidden(self) -> Iterator[Finding]:
        for hidden in self.analysis.shadowed:
            if self.duplicates.get(hidden.rule) in hidden.by and hidden.rule in self.duplicates:
                continue
            order = "rank better" if self.model.hit_policy is HitPolicy.PRIORITY else "stand before it"
            message = f"rule {self.ids[hidden.rule]} never decides: {self._named(hidden.by)} {order} and"
            yield self._of_hidden(codes.SHADOWED, f"{message} take all that it takes", hidden)
        for hidden in self.analysis.redundant:
            if hidden.rule in self.duplicates:
                continue
            message = f"without rule {self.ids[hidden.rule]} every answer stays the same"
            by = f": {self._named(hidden.by)} would give it" if hidden.by else ""
            yield self._of_hidden(codes.REDUNDANT, message + by, hidden)
        if self.model.hit_policy is not HitPolicy.UNIQUE:
            for first, later in self.analysis.duplicates:
                yield self._finding(
                    codes.DUPLICATE,
                    f"rule {self.ids[later]} asks and answers what {self.ids[first]} does",
                    _rule_place(self.model, later),
                    rule=later,
                    hint=f"delete {self.ids[later]}",
                    related=[_rule_place(self.model, first)],
                )

    def _of_hidden(self, code: Code, message: str, hidden: Hidden) -> Finding:
        return self._finding(
            code,
            message,
            _rule_place(self.model, hidden.rule),
            rule=hidden.rule,
            witness=hidden.witness,
            related=[_rule_place(self.model, rule) for rule in hidden.by[:_SOME]],
        )

    def _spare(self) -> Iterator[Finding]:
        for group in self.analysis.mergeable:
            first, rest = group.rules[0], group.rules[1:]
            yield self._finding(
                codes.MERGEABLE,
                f"rules {self._named(group.rules)} differ in {group.heading} alone",
                _cell_place(self.model, group.heading, first),
                rule=first,
                hint=f"type {_short(group.cell)} in {self.ids[first]} and delete {self._named(rest)}",
                suggestion=group.cell,
                related=[_cell_place(self.model, group.heading, rule) for rule in rest[:_SOME]],
            )
        for value in self.analysis.unused:
            code = codes.UNUSED_OUTPUT if value.output else codes.UNUSED_INPUT
            deed = "gives" if value.output else "takes"
            message = f"no rule {deed} {show(value.value)}, which {value.heading!r} lists"
            yield self._finding(code, message, _heading_place(self.model, value.heading), text=show(value.value))
        for rule in self.analysis.out_of_effect:
            ended = self.model.rules[rule].effective_to
            message = f"the time of rule {self.ids[rule]} is over since {ended.isoformat() if ended else ''}"
            yield self._finding(codes.OUT_OF_EFFECT, message, _rule_place(self.model, rule), rule=rule)

    def _limits(self) -> Iterator[Finding]:
        for entry in self.analysis.undecided:
            yield self._finding(
                codes.NOT_DECIDABLE,
                f"gaps and overlaps of {self._named(entry.rules)} are not decidable in {entry.subject}:"
                f" {entry.reason}; they are left out",
                _rule_place(self.model, entry.rules[0]),
                rule=entry.rules[0],
                related=[_rule_place(self.model, rule) for rule in entry.rules[1:_SOME]],
            )
        for cap in self.analysis.caps:
            if cap.rules:
                message = (
                    f"the {cap.what} stopped after {cap.limit:,} steps: nothing is said of {self._named(cap.rules)}"
                )
            elif cap.found is not None:
                message = f"{cap.found:,} {cap.what} were found, the first {cap.limit:,} are listed"
            elif cap.what.startswith("search"):
                message = f"the {cap.what} stopped after {cap.limit:,} steps: there may be more than is listed"
            else:
                message = f"there are more {cap.what} than the {cap.limit:,} that are listed"
            yield self._finding(codes.CAPPED, message, _headings_place(self.model))

    def _named(self, rules: Sequence[int]) -> str:
        names = [self.ids[rule] for rule in rules[:_SOME]]
        more = len(rules) - len(names)
        if more:
            return f"{', '.join(names)} and {more:,} more"
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _shown(witness: Mapping[str, Any]) -> str:
    return ", ".join(f"{heading} = {show(value)}" for heading, value in witness.items())


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _letters(model: TableModel) -> list[str]:
    """The letters of the If columns, from left to right."""
    letters = dict(model.columns)
    headings = [*(column.heading for column in model.inputs), *(column.heading for column in model.conditions)]
    found = [letters[one] for one in headings if one in letters]
    return sorted(found, key=lambda letter: (len(letter), letter))


def _range(model: TableModel, row: str | int | None) -> Place:
    letters = _letters(model)
    cell = None
    if letters and row:
        cell = f"{letters[0]}{row}" if len(letters) == 1 else f"{letters[0]}{row}:{letters[-1]}{row}"
    return Place(model.place.workbook, model.place.sheet, cell)


def _rule_place(model: TableModel, rule: int) -> Place:
    """The If cells of a rule, ``B7:D7``."""
    return _range(model, model.rules[rule].row)


def _headings_place(model: TableModel) -> Place:
    """The headings of the If columns."""
    cells = [column.place.cell for column in model.inputs if column.place.cell]
    row = "".join(char for char in cells[0] if char.isdigit()) if cells else None
    return _range(model, row)


def _heading_place(model: TableModel, heading: str) -> Place:
    places = {
        **{column.heading: column.place for column in model.outputs},
        **{column.heading: column.place for column in model.inputs},
    }
    return places[heading] if places[heading] != Place() else model.place


def _cell_place(model: TableModel, heading: str, rule: int) -> Place:
    letter = dict(model.columns).get(heading)
    row = model.rules[rule].row
    return Place(model.place.workbook, model.place.sheet, f"{letter}{row}" if letter and row else None)
