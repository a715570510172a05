"""Backtest: a table against what past incidents came to, and rules mined from them that it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forewarn.decision_tables import Table
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, TableModel
from forewarn.decision_tables.values import Kind, Value
from forewarn.engine.history.cases import History, PastIncident, read_cases
from forewarn.engine.history.drafting import new_table, with_rules
from forewarn.engine.history.evaluating import Agreement, agreement_of
from forewarn.engine.history.mapping import INPUT, OUTCOME, MappedColumn, Mapping
from forewarn.engine.history.mining import CONDITIONS, CONFIDENCE, SUPPORT, MinedRule, mine
from forewarn.engine.history.rows import open_history
from forewarn.engine.reports import Progress
from forewarn.errors import BadInput, DecisionError, Place, Refused

SHARE = 0.7
"""The share of the incidents, oldest first, from which rules are mined; the others test them."""

_MINED_KINDS = (Kind.STRING, Kind.BOOLEAN, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Mining:
    """How rules are mined: from which share of the incidents, and what a rule must come to (see `mine`)."""

    share: float = SHARE
    support: int = SUPPORT
    confidence: float = CONFIDENCE
    conditions: int = CONDITIONS


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What came of a backtest of ``model`` against the output ``outcome``.

    ``table`` is how the table itself answered the ``tested`` incidents (``None`` where it has no rules); with mining,
    those are the newest, ``mined`` the rules from the ``learned`` older ones that the table does not decide, and
    ``with_mined`` how it answers with them. ``usual`` is the most frequent outcome and of how many tested incidents it
    is right: what a rule without conditions would come to. ``not_allowed`` counts outcomes that the table does not
    list: no rule is mined from them.
    """

    model: TableModel
    outcome: str
    history: History
    tested: int
    usual: tuple[Value, int]
    table: Agreement | None
    learned: int = 0
    mined: tuple[MinedRule, ...] = ()
    with_mined: Agreement | None = None
    not_allowed: int = 0


def backtest(
    library: TableSet,
    path: Path,
    mapping: Mapping | None,
    *,
    table: str | None = None,
    mining: Mining | None = None,
    progress: Progress | None = None,
) -> BacktestReport:
    """Test a table of ``library`` (its only one, where ``table`` is not given) on the history in ``path``.

    ``mapping`` says what the columns of the history mean; without one, they are those named as the table's headings or
    bound names. With ``mining``, rules that the table lacks are mined from the older incidents, and table and rules are
    tested on the newer ones. A library without tables gets one for the headings of the mapping.
    Raises `UnreadableWorkbook`, `BadInput`, `UnknownTable`, `BadTable`, and `Refused` for what cannot be compared.
    """
    with open_history(path) as rows:
        model = _model(library, table, mapping)
        mapping = mapping or _by_names(model, rows.headings, path)
        mapping = mapping.typed(
            {column.heading: column.type for column in model.inputs}
            | {column.heading: column.type for column in model.outputs}
            | {column.binding.name: column.type for column in model.inputs if column.binding is not None}
        )
        outcome = _outcome(model, mapping)
        history = read_cases(rows, mapping, zone=library.definitions.zone, progress=progress)
    if mining is None:
        return _tested(model, outcome, history, history.incidents, progress)
    if model.hit_policy is not HitPolicy.FIRST:
        raise Refused(
            f"rules are mined for tables with hit policy First, and {model.name!r} has {model.hit_policy.name}",
            place=model.place,
            hint="mined rules overlap: the first that matches is to decide",
        )
    learned = history.incidents[: int(len(history.incidents) * mining.share)]
    tested = history.incidents[len(learned) :]
    report = _tested(model, outcome, history, tested, progress)
    missing = _undecided(model, learned, outcome.heading, progress)
    usable = [one for one in missing if outcome.allowed is None or holds(outcome.allowed, one.outcome)]
    rules = mine(
        _as_asked(model, usable),
        _minable(model, mapping),
        support=mining.support,
        confidence=mining.confidence,
        conditions=mining.conditions,
        progress=progress,
    )
    better = agreement_of(Table(with_rules(model, rules, outcome.heading)), tested, outcome.heading) if rules else None
    return replace(
        report,
        usual=_usual(learned, tested),
        learned=len(learned),
        mined=rules,
        with_mined=better,
        not_allowed=len(missing) - len(usable),
    )


def _model(library: TableSet, name: str | None, mapping: Mapping | None) -> TableModel:
    if name is None and len(library.tables) > 1:
        names = ", ".join(table.name for table in library.tables)
        raise BadInput("the workbook has several tables", hint=f"name one with --table: {names}")
    if name is not None and any(table.name == name for table in library.tables):
        return library.table(name).model
    if not library.tables and mapping is not None and not library.refused:
        inputs = list(dict.fromkeys(one.heading for one in mapping.of(INPUT)))
        outcome = next(one.heading for one in mapping.of(OUTCOME))
        return new_table(name or outcome, inputs, outcome, library.definitions)
    return library.table(name or next(iter([*library.refused, *(table.name for table in library.tables)]), "")).model


def _by_names(model: TableModel, headings: Sequence[str], path: Path) -> Mapping:
    """The columns of a history that are named as the table's own."""
    found: list[MappedColumn] = []
    for column in model.inputs:
        for name in (column.heading, "" if column.binding is None else column.binding.name):
            if name in headings:
                found.append(MappedColumn(name, INPUT, column.heading, column.type))
                break
    outputs = [column for column in model.outputs if column.heading in headings]
    if not outputs:
        raise BadInput(
            f"{path.name} has no column named as an output of {model.name!r}",
            table=model.name,
            place=Place(path.name),
            hint="say in a sheet History which column is which, or name a mapping with --mapping",
        )
    return Mapping((*found, MappedColumn(outputs[0].heading, OUTCOME, outputs[0].heading, outputs[0].type)))


def _outcome(model: TableModel, mapping: Mapping) -> OutputColumn:
    wanted = next(one for one in mapping.of(OUTCOME))
    for column in model.outputs:
        if wanted.heading in (column.heading, None if column.binding is None else column.binding.name):
            if model.hit_policy.many or model.hit_policy.aggregate:
                raise Refused(
                    f"table {model.name!r} gives lists or sums, and an incident came to one outcome",
                    place=model.place,
                    hint="backtest a table with hit policy Unique, Any, Priority or First",
                )
            return column
    raise BadInput(
        f"the outcome {wanted.heading!r} is no output of table {model.name!r}",
        table=model.name,
        place=wanted.place,
        hint=f"its outputs: {', '.join(column.heading for column in model.outputs)}",
    )


def _tested(
    model: TableModel,
    outcome: OutputColumn,
    history: History,
    tested: Sequence[PastIncident],
    progress: Progress | None,
) -> BacktestReport:
    own = agreement_of(Table(model), tested, outcome.heading, progress=progress) if model.rules else None
    return BacktestReport(model, outcome.heading, history, len(tested), _usual(tested, tested), own)


def _usual(learned: Sequence[PastIncident], tested: Sequence[PastIncident]) -> tuple[Value, int]:
    counts = Counter(one.outcome for one in learned if one.outcome is not None)
    if not counts:
        return None, 0
    usual = min(counts, key=lambda value: (-counts[value], str(value)))
    return usual, sum(one.outcome == usual for one in tested)


def _undecided(
    model: TableModel, incidents: Sequence[PastIncident], outcome: str, progress: Progress | None
) -> list[PastIncident]:
    """The incidents with an outcome that no rule of the table decides."""
    known = [one for one in incidents if one.outcome is not None]
    if not model.rules:
        return known
    return [known[place] for place in agreement_of(Table(model), known, outcome, progress=progress).undecided]


def _as_asked(model: TableModel, incidents: Sequence[PastIncident]) -> list[PastIncident]:
    """The incidents with their inputs as the table reads them; those that it refuses are left out."""
    readers = Table(model).readers
    found: list[PastIncident] = []
    for one in incidents:
        try:
            values = {reader.column.heading: reader.convert(reader.find(one.inputs)) for reader in readers}
        except DecisionError:
            continue
        found.append(replace(one, inputs=values))
    return found


def _minable(model: TableModel, mapping: Mapping) -> list[str]:
    """The inputs over which rules are mined: plain texts, numbers and booleans that the history gives."""
    given = {one.heading for one in mapping.of(INPUT)}

    def plain(column: InputColumn) -> bool:
        named = column.heading in given or (column.binding is not None and column.binding.name in given)
        return named and column.type.kind in _MINED_KINDS and not column.type.is_list and column.expression is None

    return [column.heading for column in model.inputs if plain(column)]
