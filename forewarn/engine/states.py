"""What an action makes of a record's state, and what a state means: both are tables, no state is named here."""

from __future__ import annotations

from dataclasses import dataclass

from forewarn.engine import policies
from forewarn.engine.table_names import ACTION_STATES, STATE_PHASES
from forewarn.engine.work import Work

OPEN = "open"
RESOLVED = "resolved"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class State:
    """A state and its phase (open, resolved or closed)."""

    state: str
    phase: str


def after(work: Work, kind: str, action: str, *, record: tuple[str, int], case_type: str | None = None) -> State | None:
    """The state that an action leads to; None where no rule of Action States matches: the state stays.

    ``kind`` is incident, incident task, case or major case; ``record`` is whose audit the decisions belong to.
    Raises `DecisionError` where the phase of the state is unknown.
    """
    asked = {"record.kind": kind, "case.case_type": case_type, "record.action": action}
    answer = policies.decide_policy(work, ACTION_STATES, asked, record=record)
    if not answer.matched:
        return None
    state = policies.needed(answer, "record.state")
    asked = {"record.kind": kind, "case.case_type": case_type, "record.state": state}
    phase = policies.needed(policies.decide_policy(work, STATE_PHASES, asked, record=record), "record.phase")
    return State(state, phase)


def major_case_state(work: Work, action: str, *, record: tuple[str, int], case_type: str | None = None) -> str | None:
    """The major case state that promote, propose or reject leads to; it has no phase of its own."""
    asked = {"record.kind": "major case", "case.case_type": case_type, "record.action": action}
    answer = policies.decide_policy(work, ACTION_STATES, asked, record=record)
    return policies.needed(answer, "record.state") if answer.matched else None
