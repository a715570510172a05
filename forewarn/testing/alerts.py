"""Alerts for tests, good as they are, each field of which can be said otherwise."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count(1)


def alert(**fields: Any) -> dict[str, Any]:
    """A critical link failure on a CI of the sample inventory that five accounts depend on, but for ``fields``.

    Each call gives another id, unless ``id`` says which.
    """
    return {
        "id": f"alert-{next(_numbers)}",
        "source": "test monitor",
        "ci": "Vmanage_10001",
        "name": "link down",
        "severity": "critical",
        "state": "raised",
        "short_description": "A link is down",
        "category": "SD WAN",
        "subcategory": "Link Failure",
        **fields,
    }
