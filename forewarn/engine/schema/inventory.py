"""Who is served with what, on which machines: the records that `forewarn load` fills.

The way of an outage runs through these tables from left to right (S3 "About identifying affected accounts"):
CI → service → install base item → account or consumer → contact.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, UniqueConstraint

from forewarn.engine.schema.base import Json, Key, Money, UtcTime, key, metadata

accounts = Table(
    "accounts",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False, index=True),
    Column("contract_value", Money),
    Column("domain", String(80), nullable=False, default="", server_default=""),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

consumers = Table(
    "consumers",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False, index=True),
    Column("email", String(254)),
    Column("contract_value", Money),
    Column("domain", String(80), nullable=False, default="", server_default=""),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

contacts = Table(
    "contacts",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("is_primary", Boolean, nullable=False, default=False),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

cis = Table(
    "cis",
    metadata,
    key(),
    Column("number", String(40), unique=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("ci_class", String(100)),
    Column("domain", String(80), nullable=False, default="", server_default=""),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

ci_relations = Table(
    "ci_relations",
    metadata,
    key(),
    # The CI that hosts, connects or feeds another, and the one that depends on it.
    Column("ci_id", ForeignKey("cis.id"), nullable=False),
    Column("dependent_ci_id", ForeignKey("cis.id"), nullable=False, index=True),
    Column("relation", String(80)),
    # What a failure of the first does to the second: "down", "degraded", or "none" where another takes over.
    Column("effect", String(20), nullable=False, default="down", server_default="down"),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
    UniqueConstraint("ci_id", "dependent_ci_id"),
)

services = Table(
    "services",
    metadata,
    key(),
    Column("number", String(40), unique=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("service_class", String(100)),
    Column("is_critical", Boolean, nullable=False, default=False),
    Column("domain", String(80), nullable=False, default="", server_default=""),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

ci_services = Table(
    "ci_services",
    metadata,
    key(),
    Column("ci_id", ForeignKey("cis.id"), nullable=False),
    Column("service_id", ForeignKey("services.id"), nullable=False, index=True),
    # What a failure of the CI does to the service: "down", "degraded", or "none" where another CI takes over.
    Column("effect", String(20), nullable=False, default="down", server_default="down"),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
    UniqueConstraint("ci_id", "service_id"),
)

sold_products = Table(
    "sold_products",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), index=True),
    Column("consumer_id", ForeignKey("consumers.id"), index=True),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

install_base = Table(
    "install_base",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("service_id", Key, ForeignKey("services.id"), nullable=False, index=True),
    Column("sold_product_id", ForeignKey("sold_products.id"), index=True),
    Column("account_id", ForeignKey("accounts.id"), index=True),
    Column("consumer_id", ForeignKey("consumers.id"), index=True),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

users = Table(
    "users",
    metadata,
    key(),
    Column("user_name", String(80), nullable=False, unique=True),
    Column("name", String(200)),
    Column("email", String(254)),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

groups = Table(
    "groups",
    metadata,
    key(),
    Column("name", String(200), nullable=False, unique=True),
    Column("owner_id", ForeignKey("users.id")),
    Column("email", String(254)),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
)

group_members = Table(
    "group_members",
    metadata,
    key(),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("extra", Json, nullable=False, default=dict, server_default="{}"),
    UniqueConstraint("group_id", "user_id"),
)

inventory_loads = Table(
    "inventory_loads",
    metadata,
    key(),
    Column("loaded_at", UtcTime, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("files", Json, nullable=False),
    # By kind: how many rows were added, changed, unchanged, repeated and refused.
    Column("counts", Json, nullable=False),
)
