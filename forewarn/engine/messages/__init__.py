"""Message files: instructions for engineers and letters to customers, as Markdown with the fields of records.

Every message is a file that a site can override (S3 "Customize message files"): looked up by key, read once, rendered
in a sandbox that reaches nothing but the fields it is given.
"""

from forewarn.engine.messages.files import MessageFile
from forewarn.engine.messages.flows import PostInstructions, message_flows, with_message_flows
from forewarn.engine.messages.library import MessageLibrary, Rendered

__all__ = [
    "MessageFile",
    "MessageLibrary",
    "PostInstructions",
    "Rendered",
    "message_flows",
    "with_message_flows",
]
