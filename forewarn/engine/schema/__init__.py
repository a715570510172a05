"""The tables of the store (SQLAlchemy Core), a module a concern; importing this package knows all of them."""

from forewarn.engine.schema import deciding, delivery, inventory, numbering, planned_work, publishing, seals, work
from forewarn.engine.schema.base import metadata

__all__ = ["deciding", "delivery", "inventory", "metadata", "numbering", "planned_work", "publishing", "seals", "work"]
