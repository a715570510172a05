"""An example of a plugin of this site: one flow, which no table calls until you write its name into one.

Every ``*.py`` file in this folder is loaded when the site is opened, but for names that start with an underscore. A
plugin that fails is reported and left out; the site goes on without it. What plugins can do stands in
docs/plugins.md.

To try it: open decision_tables/incident_escalation_policy.xlsx, write ``Example Flow - Call The Vendor`` into the
Flow cell of a rule, and escalate an incident that this rule is for.
"""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.plugins.api import Flow, FlowContext
from forewarn.plugins.hookspecs import hookimpl


def call_the_vendor(context: FlowContext) -> None:
    """Give whoever works on the incident a task to call the vendor, with what to have at hand.

    A flow runs inside the transaction of the escalation: all of it is kept, or, if it raises, nothing. It changes
    records through ``context`` only and sends nothing anywhere; notifications go out when the transaction is done.
    """
    # The text stands in messages/example_call_the_vendor.md, where it can be changed without touching this file.
    context.work_note(context.message("example_call_the_vendor"))
    number = context.open_task(f"Call the vendor about {context.incident['number']}")
    context.work_note(f"{number} was opened for the call.")


@hookimpl
def forewarn_flows() -> Mapping[str, Flow]:
    """The name on the left is what the Flow column of the escalation sheet says."""
    return {"Example Flow - Call The Vendor": call_the_vendor}
