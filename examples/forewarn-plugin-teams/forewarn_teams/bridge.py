"""The flow: somebody opens a call for all who are needed, and is told how."""

from __future__ import annotations

from forewarn.plugins.api import FlowContext


def open_a_bridge(context: FlowContext) -> None:
    """Post the instructions and open a task. Nothing leaves the machine here: a person opens the call."""
    context.work_note(context.message("teams_open_a_bridge"))
    task = context.open_task(f"Open a bridge for {context.incident['number']}")
    if context.note:
        context.work_note(f"For {task}: {context.note}")
