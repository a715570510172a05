"""CloudEvents 1.0 in structured JSON: an envelope around an alert, whose source and id tell repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.errors import BadRecord
from forewarn.plugins.api import AlertFormat, InboundAlert
from forewarn.plugins.stock.formats.fields import present, text

_REQUIRED = ("id", "source", "type")


class CloudEvents:
    """Reads the envelope; ``inner`` are formats that its data may be in, else it is product JSON."""

    def __init__(self, inner: Sequence[AlertFormat]) -> None:
        self._inner = inner

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """A CloudEvent says which version of the specification it follows."""
        return "specversion" in document

    def read(self, document: Mapping[str, Any]) -> Sequence[InboundAlert]:
        """The alert in the data, under the event's own source and id; a document of another format as that reads it."""
        version = text(document, "specversion")
        if version != "1.0":
            raise BadRecord(f"a CloudEvent of version {version}: version 1.0 can be read")
        missing = [name for name in _REQUIRED if text(document, name) is None]
        if missing:
            raise BadRecord(f"a CloudEvent without {' and '.join(missing)}")
        data = document.get("data")
        if data is None and "data_base64" in document:
            raise BadRecord("a CloudEvent with binary data: an alert is JSON")
        if data is not None and not isinstance(data, Mapping):
            raise BadRecord("the data of a CloudEvent is not an object")
        content: Mapping[str, Any] = data or {}
        for one in self._inner:
            if one.recognises(content):
                return one.read(content)
        return [InboundAlert(_alert(document, content))]


def _alert(document: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in data.items() if name not in ("id", "source")}
    return {
        **present(
            {
                "ci": text(document, "subject"),
                "name": text(document, "type"),
                "time": text(document, "time"),
                "data_id": text(data, "id"),
            }
        ),
        **present(own),
        "id": text(document, "id"),
        "source": text(document, "source"),
        "event_type": text(document, "type"),
    }
