"""The known faults of a database as one line each: what is wrong, with which database, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from forewarn.errors import Conflict, ForewarnError, StoreUnusable

_Fault = Callable[[str], ForewarnError]


def _unusable(words: str, hint: str | None = None) -> _Fault:
    return lambda name: StoreUnusable(words.format(name), hint=hint)


def _conflict(_name: str) -> ForewarnError:
    return Conflict("another action changed the same records", hint="try again")


_AWAY = _unusable("{}: the database server does not answer", "nothing of this action was kept; try again when it runs")
_FULL = _unusable("the disk of {} is full", "nothing of this action was kept; make room, then try again")
_READ_ONLY = _unusable("{} cannot be written", "check its permissions")
_PASSWORD = _unusable("{}: the database server refuses the user or the password", "check [database] url")

_BY_STATE: Mapping[str, _Fault] = {
    "28": _PASSWORD,
    "3D": _unusable("there is no database {} on the server", "make it with: createdb, or name another one"),
    "531": _FULL,
    "533": _unusable("{}: the database server has no connection left", "stop a process, or raise max_connections"),
    "08": _AWAY,
    "57P": _AWAY,
    "25006": _READ_ONLY,
    "42501": _unusable("{}: the database user may not do this", "grant it the rights on the schema and its tables"),
    "40": _conflict,
    "58030": _unusable("{}: the disk answers with an error"),
    "XX001": _unusable("{} is damaged", "restore it from a backup"),
}
"""By the first letters of PostgreSQL's codes; the longest that fits counts."""

_BY_WORDS: Mapping[str, _Fault] = {
    "not a database": _unusable("{} is not a database", "move it away, or name another file"),
    "malformed": _unusable("{} is damaged", "restore it from a backup"),
    "database is locked": _unusable("{} is locked by another process", "try again later"),
    "readonly database": _READ_ONLY,
    "unable to open": _unusable("{} cannot be opened", "check the folder and its permissions"),
    "database or disk is full": _FULL,
    "disk i/o error": _unusable("{}: the disk answers with an error", "check its space and its quota"),
    # While a connection is made, the driver of PostgreSQL knows words only.
    "password authentication failed": _PASSWORD,
    "no password supplied": _PASSWORD,
    "does not exist": _BY_STATE["3D"],
    "too many clients": _BY_STATE["533"],
    "connection refused": _AWAY,
    "connection failed": _AWAY,
    "connection timeout": _AWAY,
    "server closed the connection": _AWAY,
    "the connection is lost": _AWAY,
    "the connection is closed": _AWAY,
    "name or service not known": _unusable("{}: nobody knows the database server by this name", "check [database] url"),
}


def explained(problem: DBAPIError, name: str) -> ForewarnError | None:
    """What a fault of the database ``name`` means; None for one that we do not know."""
    if not isinstance(problem, OperationalError | DatabaseError):
        return None
    state = getattr(problem.orig, "sqlstate", None)
    if state:
        fitting = [sign for sign in _BY_STATE if state.startswith(sign)]
        return _BY_STATE[max(fitting, key=len)](name) if fitting else None
    words = str(problem.orig).lower()
    return next((fault(name) for sign, fault in _BY_WORDS.items() if sign in words), None)
