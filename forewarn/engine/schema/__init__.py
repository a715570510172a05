"""The tables of the store (SQLAlchemy Core), a module a concern."""
