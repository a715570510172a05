"""The tables that the engine asks, by name, and what it reads from each, by binding."""

from __future__ import annotations

from collections.abc import Mapping

ESCALATION = "Incident Escalation Policy"
MAJOR_CASE = "Major Case Policy"
SERVICE_DEFINITION = "Service Definition"
CASE_TYPE = "Case Type Mapping"
FIELD_MAP = "Field Map"
PRIORITY = "Priority"
ALERT_IMPACT = "Alert Impact"
ACTION_STATES = "Action States"
STATE_PHASES = "State Phases"
NOTIFICATIONS = "Customer Notifications"
TICKET_EVENT_RULES = "Trouble Ticket Events"
TICKET_STATUS = "Ticket Status"
TASK_TRANSITIONS = "Task Transitions"
TASK_STATES = "Task States"
TASK_FIELD_MAP = "Task Field Map"

REQUIRED = (
    ESCALATION,
    MAJOR_CASE,
    SERVICE_DEFINITION,
    CASE_TYPE,
    FIELD_MAP,
    PRIORITY,
    ALERT_IMPACT,
    ACTION_STATES,
    STATE_PHASES,
    NOTIFICATIONS,
    TASK_TRANSITIONS,
    TASK_STATES,
    TASK_FIELD_MAP,
)
"""The tables without which a site cannot work."""

NEEDED_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    ESCALATION: ("incident.stage", "incident.assignment_group", "flow.name"),
    MAJOR_CASE: ("major_case.handling",),
    SERVICE_DEFINITION: ("case.service_definition",),
    CASE_TYPE: ("case.case_type",),
    FIELD_MAP: ("transfer.from_field", "transfer.to_field"),
    PRIORITY: ("incident.priority",),
    ALERT_IMPACT: ("incident.impact", "incident.urgency"),
    ACTION_STATES: ("record.state",),
    STATE_PHASES: ("record.phase",),
    NOTIFICATIONS: ("message.key", "notification.recipient"),
    TICKET_EVENT_RULES: ("ticket.event", "ticket.active"),
    TICKET_STATUS: ("ticket.status",),
    TASK_TRANSITIONS: ("task.next_state", "task.needs"),
    TASK_STATES: ("task.phase", "task.cases"),
    TASK_FIELD_MAP: ("transfer.from_field", "transfer.to_field"),
}
"""What the engine reads from each of them, and from tables that a site may do without."""
