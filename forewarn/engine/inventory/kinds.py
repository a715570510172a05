"""The kinds of inventory records and the headings of their files: the only place that lists them.

Reading, storing and the table in ``docs/inventory.md`` all follow from this list. The headings are the
words of the documents (S3 "Affected customers list columns", "Configuration Item", "Sold Product") and the
names of our columns; `forewarn.engine.inventory.headings` compares them without regard to case, ``_`` or ``-``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Table

from forewarn.engine.schema import inventory as schema


class FieldType(StrEnum):
    """What a cell of a column holds."""

    NUMBER = "number"
    TEXT = "text"
    EMAIL = "e-mail address"
    MONEY = "amount"
    YES_NO = "yes or no"
    CHOICE = "choice"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a kind.

    ``column`` is its name in the store, ``heading`` the one that the docs show, ``other_headings`` are read
    just as well. ``required`` asks for a value wherever a record is added. ``default`` stands where a cell is
    blank and the store asks for a value. ``refers_to`` is the kind whose records a reference names.
    """

    column: str
    heading: str
    meaning: str
    type: FieldType = FieldType.TEXT
    other_headings: tuple[str, ...] = ()
    required: bool = False
    default: str | bool | None = None
    choices: tuple[str, ...] = ()
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. ``name`` is the ``kind`` of a JSON line, ``sheet`` the name of its sheet or csv file.

    ``identity`` lists what tells two records apart: alternatives in order, each one or more columns.
    ``named_by`` are the columns by which other rows may name a record, in the order in which they are tried.
    ``one_owner`` asks that the record belongs to an account or to a consumer, and not to both.
    """

    name: str
    sheet: str
    meaning: str
    table: Table
    fields: tuple[Field, ...]
    identity: tuple[tuple[str, ...], ...]
    named_by: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    one_owner: bool = False

    def field(self, column: str) -> Field:
        """The field of that column of the store; raises KeyError."""
        for field in self.fields:
            if field.column == column:
                return field
        raise KeyError(column)

    def headings(self, columns: tuple[str, ...]) -> str:
        """The headings of these columns as a sentence names them: ``Configuration item and Service``."""
        return " and ".join(self.field(column).heading for column in columns)


def _number(prefix: str, *other_headings: str, required: bool = True) -> Field:
    return Field(
        "number", "Number", f"its number, such as {prefix}0000001", FieldType.NUMBER, other_headings, required=required
    )


def _name(*other_headings: str) -> Field:
    return Field("name", "Name", "its name", FieldType.TEXT, other_headings, required=True)


def _reference(kind: str, heading: str, *other_headings: str, required: bool = False) -> Field:
    return Field(
        f"{kind}_id",
        heading,
        f"the {heading[0].lower() + heading[1:]}, by number or name",
        FieldType.REFERENCE,
        other_headings,
        required=required,
        refers_to=kind,
    )


_EMAIL = Field("email", "E-mail", "its e-mail address", FieldType.EMAIL, ("Email", "Email address", "E-mail address"))
_DOMAIN = Field("domain", "Domain", "the domain it belongs to; blank is the domain of the site that loads")
_VALUE = Field(
    "contract_value", "Contract value", "value of its contracts, `1234.50`", FieldType.MONEY, ("Total contract value",)
)
_BY_NUMBER = (("number",),)
_BY_NUMBER_OR_NAME = (("number",), ("name",))
_NUMBER_THEN_NAME = ("number", "name")

_KINDS = (
    Kind(
        "account",
        "Accounts",
        "a company that is served",
        schema.accounts,
        (_number("ACCT", "Account number"), _name("Account name"), _VALUE, _DOMAIN),
        _BY_NUMBER,
        _NUMBER_THEN_NAME,
        ("customer account",),
    ),
    Kind(
        "consumer",
        "Consumers",
        "a person who is served",
        schema.consumers,
        (_number("CNSR", "Consumer number"), _name("Consumer name"), _EMAIL, _VALUE, _DOMAIN),
        _BY_NUMBER,
        _NUMBER_THEN_NAME,
    ),
    Kind(
        "user",
        "Users",
        "somebody who works on incidents and cases",
        schema.users,
        (
            Field("user_name", "User name", "the name to sign in with", FieldType.NUMBER, ("User id",), required=True),
            Field("name", "Name", "the person's name", FieldType.TEXT, ("Full name",)),
            _EMAIL,
        ),
        (("user_name",),),
        ("user_name", "name"),
    ),
    Kind(
        "group",
        "Groups",
        "an assignment group",
        schema.groups,
        (
            _name("Group name"),
            Field(
                "owner_id",
                "Owner",
                "the user who owns it, by user name or name",
                FieldType.REFERENCE,
                ("Group owner", "Manager"),
                refers_to="user",
            ),
            _EMAIL,
        ),
        (("name",),),
        ("name",),
        ("assignment group", "user group"),
    ),
    Kind(
        "group_member",
        "Group members",
        "who belongs to which group",
        schema.group_members,
        (
            _reference("group", "Group", "Assignment group", required=True),
            _reference("user", "User", "Member", "User name", required=True),
        ),
        (("group_id", "user_id"),),
        (),
        ("member",),
    ),
    Kind(
        "ci",
        "CIs",
        "a configuration item: a device, a controller, a link",
        schema.cis,
        (
            _number("CI", "CI number", required=False),
            _name("CI name", "Configuration item", "CI"),
            Field("ci_class", "Class", "its class, such as SD-WAN Controller", FieldType.TEXT, ("CI class",)),
            _DOMAIN,
        ),
        _BY_NUMBER_OR_NAME,
        _NUMBER_THEN_NAME,
        ("configuration item",),
    ),
    Kind(
        "ci_relation",
        "CI relations",
        "which CI hosts, connects or feeds which other",
        schema.ci_relations,
        (
            _reference("ci", "Configuration item", "CI", "CI name", "CI number", "Parent", "Parent CI", required=True),
            Field(
                "dependent_ci_id",
                "Dependent CI",
                "the CI that depends on it, by number or name",
                FieldType.REFERENCE,
                ("Dependent configuration item", "Child", "Child CI"),
                required=True,
                refers_to="ci",
            ),
            Field("relation", "Relation", "how, such as Hosts or Connects", FieldType.TEXT, ("Relation type", "Type")),
            Field(
                "effect",
                "Effect",
                "what a failure of the first does to the second",
                FieldType.CHOICE,
                default="down",
                choices=("down", "degraded", "none"),
            ),
        ),
        (("ci_id", "dependent_ci_id"),),
        (),
        ("ci relationship", "cmdb relation"),
    ),
    Kind(
        "service",
        "Services",
        "what is delivered over CIs",
        schema.services,
        (
            _number("SVC", "Service number", required=False),
            _name("Service name", "Service"),
            Field("service_class", "Class", "its class, such as SD-WAN", FieldType.TEXT, ("Service class",)),
            Field(
                "is_critical",
                "Critical",
                "whether its loss is a critical service impact",
                FieldType.YES_NO,
                ("Critical service", "Is critical"),
                default=False,
            ),
            _DOMAIN,
        ),
        _BY_NUMBER_OR_NAME,
        _NUMBER_THEN_NAME,
    ),
    Kind(
        "ci_service",
        "CI services",
        "which service stands on which CI",
        schema.ci_services,
        (
            _reference("ci", "Configuration item", "CI", "CI name", "CI number", required=True),
            _reference("service", "Service", "Service name", "Service number", required=True),
            Field(
                "effect",
                "Effect",
                "what a failure of the CI does to the service",
                FieldType.CHOICE,
                default="down",
                choices=("down", "degraded", "none"),
            ),
        ),
        (("ci_id", "service_id"),),
        (),
        ("ci service relation", "ci service relationship", "service ci", "relation"),
    ),
    Kind(
        "contact",
        "Contacts",
        "a person at an account who is written to",
        schema.contacts,
        (
            _number("CONT", "Contact number"),
            _name("Contact name"),
            _EMAIL,
            _reference("account", "Account", "Account number", "Account name", required=True),
            Field(
                "is_primary",
                "Primary",
                "whether the account is written to here first",
                FieldType.YES_NO,
                ("Primary contact", "Is primary"),
                default=False,
            ),
        ),
        _BY_NUMBER,
        _NUMBER_THEN_NAME,
    ),
    Kind(
        "sold_product",
        "Sold products",
        "a product that an account or a consumer bought",
        schema.sold_products,
        (
            _number("SP", "Sold product number"),
            _name("Sold product name", "Product"),
            _reference("account", "Account", "Account number", "Account name"),
            _reference("consumer", "Consumer", "Consumer number", "Consumer name"),
        ),
        _BY_NUMBER,
        _NUMBER_THEN_NAME,
        one_owner=True,
    ),
    Kind(
        "install_base",
        "Install base",
        "one installed item of a product, and the service it depends on",
        schema.install_base,
        (
            _number("IB", "Install base number", "Install base item number"),
            _name("Install base name", "Install base item"),
            _reference("service", "Service", "Service name", "Service number", required=True),
            _reference("sold_product", "Sold product", "Sold product number", "Sold product name"),
            _reference("account", "Account", "Account number", "Account name"),
            _reference("consumer", "Consumer", "Consumer number", "Consumer name"),
        ),
        _BY_NUMBER,
        _NUMBER_THEN_NAME,
        ("install base item", "installed product"),
        one_owner=True,
    ),
)

KINDS = {kind.name: kind for kind in _KINDS}
"""Every kind by its name, ordered so that a kind comes after all the kinds that its rows refer to."""
