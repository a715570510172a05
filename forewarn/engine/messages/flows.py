"""Flows out of message files: a file that names a flow in its front matter is that flow.

The escalation sheet names flows, message files name the flow they belong to, and nothing in between knows stages,
subcategories or levels: whoever adds a row to the sheet and a message file has a new flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forewarn.engine.messages.library import MessageLibrary
from forewarn.plugins.api import Extensions, Flow, FlowContext


@dataclass(frozen=True, slots=True)
class PostInstructions:
    """A flow that posts a message on the incident as a work note, for whoever works on it now (S3 "About messages
    used in escalation workflows").
    """

    message_key: str

    def __call__(self, context: FlowContext) -> None:
        """Post the message, rendered for the incident of ``context``."""
        context.work_note(context.message(self.message_key))


def message_flows(directories: Sequence[Path]) -> dict[str, Flow]:
    """The flows that the message files of ``directories`` (nearest first) name, by name."""
    return {flow: PostInstructions(key) for flow, key in MessageLibrary(directories).flows.items()}


def with_message_flows(extensions: Extensions, library: MessageLibrary) -> Extensions:
    """``extensions`` with the flows of the site's own message files added.

    A nearer message takes the place of a farther one of the same flow; a flow that a plugin wrote as code stays, it
    can do what a message cannot.
    """
    flows = dict(extensions.flows)
    for flow, key in library.flows.items():
        if isinstance(flows.get(flow, PostInstructions(key)), PostInstructions):
            flows[flow] = PostInstructions(key)
    return replace(extensions, flows=flows)
