"""Functions that plugins offer to the expressions in cells: known while workbooks are read, bounded when called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from forewarn.plugins.api import CellFunction
from forewarn.plugins.limits import within

SECONDS = 2.0
"""How long one call may take: a decision waits for it, and a transaction for the decision."""


@contextmanager
def known_to_cells(functions: Mapping[str, CellFunction]) -> Iterator[None]:
    """Let expressions that are read within the block call these functions."""
    if not functions:
        yield
        return
    # The expression language is loaded where it is met.
    from forewarn.decision_tables.feel.added import added_functions  # noqa: PLC0415

    with added_functions({name: _bounded(name, function) for name, function in functions.items()}):
        yield


def _bounded(name: str, function: CellFunction) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return within(SECONDS, lambda: function(*arguments), name=f"cell function {name}")
        except SystemExit as error:
            raise RuntimeError(f"it called sys.exit({error.code!r})") from error

    return call
