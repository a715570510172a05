"""What keeps the stream of records and the audit of decisions append-only: triggers that refuse everything else."""

from __future__ import annotations

from forewarn.engine.schema.deciding import decisions
from forewarn.engine.schema.seals import seals
from forewarn.engine.schema.work import activity

APPEND_ONLY = (activity.name, decisions.name, seals.name)
"""Tables whose rows are added and never changed."""


def guard_names(dialect: str) -> frozenset[str]:
    """The names of the triggers."""
    actions = ("update", "delete") if dialect == "sqlite" else ("change", "truncate")
    return frozenset(f"{table}_refuses_{action}" for table in APPEND_ONLY for action in actions)


def guards(dialect: str) -> tuple[str, ...]:
    """The statements that make them, for SQLite or PostgreSQL."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_refuses_{action} BEFORE {action.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in APPEND_ONLY
            for action in ("update", "delete")
        )
    function = (
        "CREATE FUNCTION refuse_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    return (
        function,
        *(
            f"CREATE TRIGGER {table}_refuses_{name} BEFORE {actions} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_append_only()"
            for table in APPEND_ONLY
            for name, actions in (("change", "UPDATE OR DELETE"), ("truncate", "TRUNCATE"))
        ),
    )
