"""How a table would have decided past incidents, against what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.decision_tables import Table
from forewarn.decision_tables.index.cells import same
from forewarn.decision_tables.values import Value
from forewarn.engine.history.cases import PastIncident
from forewarn.engine.reports import Progress
from forewarn.errors import DecisionError

_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """The incidents that came to ``outcome``: how many are decided, how many so; ``instead`` counts other answers."""

    outcome: Value
    incidents: int
    decided: int
    agreed: int
    instead: tuple[tuple[Value, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a table answers past incidents. ``errors`` counts those that it refuses, which it does not decide either.

    ``undecided`` are the positions of the incidents without an answer of a rule, in the order that was handed in.
    """

    incidents: int
    decided: int
    agreed: int
    errors: int
    by_outcome: tuple[OutcomeResult, ...]
    undecided: tuple[int, ...] = ()

    @property
    def coverage(self) -> float:
        """The share of the incidents that the table decides."""
        return self.decided / self.incidents if self.incidents else 0.0

    @property
    def agreement(self) -> float:
        """Of those that it decides, the share that came to what it says."""
        return self.agreed / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Value
    by_rule: bool
    error: bool = False


def agreement_of(
    table: Table, incidents: Sequence[PastIncident], outcome: str, *, progress: Progress | None = None
) -> Agreement:
    """Decide each incident as it stood when it was opened, and compare the output ``outcome`` with what it came to.

    A table with effective dates is asked at each incident's time of opening. An incident without outcome agrees with
    nothing, and counts as one of null.
    """
    answers = _answers(table, incidents, outcome, progress)
    counts: dict[tuple[type, str], list[tuple[PastIncident, _Answer]]] = {}
    for one, answer in zip(incidents, answers, strict=True):
        counts.setdefault((type(one.outcome), str(one.outcome)), []).append((one, answer))
    results = [_result(pairs) for pairs in counts.values()]
    return Agreement(
        len(incidents),
        sum(one.decided for one in results),
        sum(one.agreed for one in results),
        sum(answer.error for answer in answers),
        tuple(sorted(results, key=lambda one: (-one.incidents, str(one.outcome)))),
        tuple(place for place, answer in enumerate(answers) if not answer.by_rule),
    )


def _result(pairs: Sequence[tuple[PastIncident, _Answer]]) -> OutcomeResult:
    wanted = pairs[0][0].outcome
    decided = [answer.value for _, answer in pairs if answer.value is not None]
    others = Counter(value for value in decided if not same(value, wanted))
    instead = tuple(sorted(others.items(), key=lambda item: (-item[1], str(item[0]))))
    return OutcomeResult(wanted, len(pairs), len(decided), len(decided) - others.total(), instead)


def _answers(table: Table, incidents: Sequence[PastIncident], outcome: str, progress: Progress | None) -> list[_Answer]:
    import pandas  # noqa: PLC0415 - heavy, and only a backtest needs it here

    answers: list[_Answer] = []
    for start in range(0, len(incidents), _CHUNK):
        part = incidents[start : start + _CHUNK]
        if table.model.effective:
            answers += [_one(table, one, outcome) for one in part]
        else:
            frame = pandas.DataFrame([one.inputs for one in part], dtype=object)
            decided = table.decide_frame(frame, errors="report")
            columns = (decided[outcome].tolist(), decided["rules"].tolist(), decided["error"].tolist())
            for value, rules, error in zip(*columns, strict=True):
                wrong = isinstance(error, str)
                missing = value is None or value != value  # noqa: PLR0124 - a null in a frame may be NaN
                answers.append(_Answer(None if missing or wrong else value, bool(rules) and not wrong, wrong))
        if progress is not None:
            progress("decide", len(answers), len(incidents))
    return answers


def _one(table: Table, incident: PastIncident, outcome: str) -> _Answer:
    try:
        decision = table.decide(incident.inputs, at=incident.opened)
    except DecisionError:
        return _Answer(None, False, True)
    assert isinstance(decision.outputs, dict)  # noqa: S101 - tables that list are refused before
    return _Answer(decision.outputs[outcome], bool(decision.rules))
