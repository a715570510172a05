"""The flows of network-initiated incidents: each posts the instructions of its message file.

Which flows there are stands in the front matter of the stock messages (``flow: Network Initiated Link Failure - L1``),
when each is called stands in the escalation sheet; there is no list of subcategories or levels in code.
"""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.engine.messages import message_flows
from forewarn.plugins.api import Flow
from forewarn.plugins.hookspecs import hookimpl
from forewarn.plugins.stock import messages


@hookimpl
def forewarn_flows() -> Mapping[str, Flow]:
    """One flow for each stock message that names one."""
    return message_flows([messages.DIRECTORY])
