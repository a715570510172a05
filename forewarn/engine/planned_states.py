"""What may be done to a problem or a change request in its state, and what it means: tables, no state is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forewarn.engine import policies, states
from forewarn.engine.records import Row, change
from forewarn.engine.table_names import TASK_STATES, TASK_TRANSITIONS
from forewarn.engine.work import Work
from forewarn.errors import DecisionError, Refused

CREATE = "create"
"""The action that gives a new record its first state."""

_STAMPS = {states.RESOLVED: "resolved_at", states.CLOSED: "closed_at"}
_CASES = ("create", "copy", "resolve")


@dataclass(frozen=True, slots=True)
class Moved:
    """A record in its new state; ``cases`` says what is to be done with its cases: create, copy, resolve or nothing."""

    task: Row
    cases: str | None


def move(work: Work, kind: str, task: Row, action: str, given: Mapping[str, Any]) -> Moved:
    """Take a record to the state that Task Transitions has for an action; ``given`` are fields to write with it.

    Raises `Refused`, naming what can be done, where no rule matches, or where a field that the rule needs is empty;
    `BadRecord` for an action that the table does not know.
    """
    action = work.site.rulebook.allowed("task.action", action.strip()) or ""
    record = (kind, task["id"])
    asked = {"task.kind": kind, "task.state": task["state"], "task.action": action}
    answer = policies.decide_policy(work, TASK_TRANSITIONS, asked, record=record)
    if not answer.matched:
        state = task["state"] or "new"
        raise Refused(
            f"{task['number']} is {state}: {action} is not possible", hint=_possible(work, kind, task["state"])
        )
    filled = {**task, **given}
    missing = [name for name in answer.get("task.needs") or () if not filled.get(name)]
    if missing:
        words = " and ".join(name.replace("_", " ") for name in missing)
        raise Refused(f"{task['number']} needs {words} before: {action}")
    state = policies.needed(answer, "task.next_state")
    asked = {"task.kind": kind, "task.state": state}
    meaning = policies.decide_policy(work, TASK_STATES, asked, record=record)
    phase = policies.needed(meaning, "task.phase")
    stamps = {name: work.now if reached == phase else task[name] for reached, name in _STAMPS.items()}
    if phase == states.OPEN:
        stamps = dict.fromkeys(_STAMPS.values())
    moved = change(work, kind, task, {**given, "state": state, "phase": phase, **stamps})
    return Moved(moved, _cases(meaning))


def _cases(meaning: policies.Answer) -> str | None:
    said: str | None = meaning.get("task.cases")
    if said is not None and said not in _CASES:
        raise DecisionError(
            f"table {TASK_STATES!r} says {said!r} of cases",
            table=TASK_STATES,
            rules=meaning.rules,
            hint="use " + ", ".join(_CASES),
        )
    return said


def _possible(work: Work, kind: str, state: str | None) -> str:
    """The actions that the table has for a state, for whoever asked for another."""
    table = work.site.rulebook.library
    found = []
    for action in work.site.rulebook.listed("task.action"):
        inputs = {"task.kind": kind, "task.state": state, "task.action": action}
        decision = table.decide(TASK_TRANSITIONS, inputs, at=work.now)
        if decision.rules:
            found.append(action)
    return "possible: " + ", ".join(found) if found else "nothing more can be done to it"
