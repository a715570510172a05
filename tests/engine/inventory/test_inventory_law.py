"""Any valid inventory, in any order of files and rows and in any format, loads to the same tables, once and for all.

The oracle is a dict model of the records, made before any file is written; it knows nothing of how files are
read or rows are stored.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from databases import Databases
from hypothesis import given
from hypothesis import strategies as st
from inventory_support import NOW, read_table

from forewarn.engine.inventory.loading import load_into
from forewarn.engine.store import Store, open_store
from forewarn.errors import Severity

TABLES = {
    "account": "accounts",
    "consumer": "consumers",
    "user": "users",
    "group": "groups",
    "group_member": "group_members",
    "ci": "cis",
    "service": "services",
    "ci_service": "ci_services",
    "contact": "contacts",
    "sold_product": "sold_products",
    "install_base": "install_base",
}

Row = dict[str, str]
Record = dict[str, Any]


@dataclass
class Model:
    """Records by kind as the tables should show them, and the rows that say so."""

    records: dict[str, list[Record]] = field(default_factory=lambda: {kind: [] for kind in TABLES})
    rows: list[tuple[str, Row]] = field(default_factory=list)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(" \t\r\n")


names = (
    st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\"',;\t"), min_size=1, max_size=12)
    .map(_clean)
    .filter(lambda text: len(text) > 0 and bool(text.strip()))
)
amounts = st.one_of(
    st.none(), st.decimals(min_value=-(10**9), max_value=10**12, places=2), st.integers(0, 10**6).map(Decimal)
)
yes_no = st.sampled_from([("yes", True), ("No", False), ("TRUE", True), ("0", False), ("", False)])
emails = st.one_of(st.none(), st.integers(0, 99).map(lambda number: f"user{number}@example.com"))
extras = st.dictionaries(st.sampled_from(["Region", "Größe", "Note, long"]), names, max_size=2)


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


@st.composite
def inventories(draw: st.DrawFn) -> Model:
    """A model with a handful of records of each kind, references by number, or by name where that is unique."""
    model = Model()

    def add(kind: str, record: Record, row: Row) -> None:
        extra = draw(extras) if kind not in {"group_member", "ci_service"} else {}
        model.records[kind].append({**record, "extra": extra})
        model.rows.append((kind, {**row, **extra}))

    def naming(kind: str, label: str) -> str:
        """A text that names the record: its number, or its name where no other record has it as either."""
        texts = [[one.get("user_name"), one.get("number"), one["name"]] for one in model.records[kind]]
        name = next(of_one[-1] for of_one in texts if label in of_one)
        unique = name is not None and sum(of_one.count(name) for of_one in texts) == 1
        return draw(st.sampled_from([label, name])) if unique else label

    def some(kind: str) -> st.SearchStrategy[str]:
        labels = [one.get("user_name") or one.get("number") or one["name"] for one in model.records[kind]]
        return st.sampled_from(labels)

    for number in range(draw(st.integers(1, 4))):
        name, value = draw(names), draw(amounts)
        record = {"number": f"A{number}", "name": name, "contract_value": value, "domain": ""}
        add("account", record, {"Number": f"A{number}", "Name": name, "Contract value": _amount(value)})
    for number in range(draw(st.integers(1, 3))):
        name, value, email = draw(names), draw(amounts), draw(emails)
        add(
            "consumer",
            {"number": f"C{number}", "name": name, "email": email, "contract_value": value, "domain": ""},
            {"Number": f"C{number}", "Name": name, "E-mail": email or "", "Contract value": _amount(value)},
        )
    for number in range(draw(st.integers(1, 3))):
        name, email = draw(st.one_of(st.none(), names)), draw(emails)
        add(
            "user",
            {"user_name": f"u{number}", "name": name, "email": email},
            {"User name": f"u{number}", "Name": name or "", "E-mail": email or ""},
        )
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        owner = draw(st.one_of(st.none(), some("user")))
        row = {"Name": name, "Owner": naming("user", owner) if owner else "", "E-mail": ""}
        add("group", {"name": name, "owner_id": owner, "email": None}, row)
    for group, user in draw(st.sets(st.tuples(some("group"), some("user")), max_size=3)):
        add("group_member", {"group_id": group, "user_id": user}, {"Group": group, "User": naming("user", user)})
    for kind, prefix in (("ci", "X"), ("service", "S")):
        for number, name in enumerate(draw(st.lists(names, min_size=1, max_size=3, unique=True))):
            given_number = f"{prefix}{number}" if draw(st.booleans()) else None
            record = {"number": given_number, "name": name, f"{kind}_class": None, "domain": ""}
            row = {"Number": given_number or "", "Name": name, "Class": ""}
            if kind == "service":
                typed, meant = draw(yes_no)
                record["is_critical"] = meant
                row["Critical"] = typed
            add(kind, record, row)
    for ci, service in draw(st.sets(st.tuples(some("ci"), some("service")), max_size=4)):
        typed = draw(st.sampled_from(["down", "Degraded", "NONE", ""]))
        add(
            "ci_service",
            {"ci_id": ci, "service_id": service, "effect": typed.lower() or "down"},
            {"Configuration item": naming("ci", ci), "Service": naming("service", service), "Effect": typed},
        )
    for number in range(draw(st.integers(0, 4))):
        name, email, (typed, meant) = draw(names), draw(emails), draw(yes_no)
        owner = draw(some("account"))
        add(
            "contact",
            {"number": f"K{number}", "name": name, "email": email, "account_id": owner, "is_primary": meant},
            {
                "Number": f"K{number}",
                "Name": name,
                "E-mail": email or "",
                "Account": naming("account", owner),
                "Primary": typed,
            },
        )
    for kind, prefix in (("sold_product", "P"), ("install_base", "I")):
        for number in range(draw(st.integers(0, 3))):
            name = draw(names)
            owned_by = draw(st.sampled_from(["account", "consumer"]))
            owner = draw(some(owned_by))
            record = {"number": f"{prefix}{number}", "name": name, "account_id": None, "consumer_id": None}
            record[f"{owned_by}_id"] = owner
            row = {"Number": f"{prefix}{number}", "Name": name, "Account": "", "Consumer": ""}
            row[owned_by.capitalize()] = naming(owned_by, owner)
            if kind == "install_base":
                service = draw(some("service"))
                record["service_id"] = service
                row["Service"] = naming("service", service)
                products = model.records["sold_product"]
                product = draw(st.sampled_from([None, *(one["number"] for one in products)]))
                record["sold_product_id"] = product
                row["Sold product"] = naming("sold_product", product) if product else ""
                if product and draw(st.booleans()):
                    # Without an owner in its row, the item belongs to whom its product belongs.
                    sold = next(one for one in products if one["number"] == product)
                    record.update(account_id=sold["account_id"], consumer_id=sold["consumer_id"])
                    row.update(Account="", Consumer="")
            add(kind, record, row)
    return model


def _csv(rows: Sequence[Row], separator: str, encoding: str) -> bytes:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, restval="", delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


@st.composite
def files(draw: st.DrawFn, rows: Sequence[tuple[str, Row]]) -> list[tuple[str, bytes]]:
    """The rows, shuffled and dealt to files: some to JSON lines, some to one or two csv files a kind."""
    shuffled = draw(st.permutations(rows))
    as_json = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    dealt: dict[str, list[Row]] = {}
    lines = []
    for (kind, row), json_line in zip(shuffled, as_json, strict=True):
        if json_line:
            lines.append(json.dumps({"kind": kind, **row}, ensure_ascii=draw(st.booleans())))
        else:
            folder = draw(st.sampled_from(["first", "second"]))
            dealt.setdefault(f"{folder}/{kind}.csv", []).append(row)
    written = [
        (name, _csv(some, draw(st.sampled_from(",;\t")), draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))))
        for name, some in dealt.items()
    ]
    if lines:
        written.append(("all.jsonl", "\n".join(lines).encode()))
    return draw(st.permutations(written))


def _load(store: Store, folder: Path, written: Sequence[tuple[str, bytes]]) -> Any:
    paths = []
    for name, content in written:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(path)
    report = load_into(store, paths, strict=True, domain="", asked_by="tester", now=NOW)
    errors = [str(finding) for finding in report.findings if finding.severity is Severity.ERROR]
    assert errors == []
    return report


def _assert_tables(store: Store, model: Model) -> None:
    for kind, records in model.records.items():
        expected = [{column: _to_four_places(value) for column, value in record.items()} for record in records]
        assert read_table(store, TABLES[kind]) == sorted(expected, key=_order), kind


def _to_four_places(value: Any) -> Any:
    return value.quantize(Decimal("0.0001")) if isinstance(value, Decimal) else value


def _order(record: Record) -> str:
    return json.dumps(record, default=str, sort_keys=True)


@given(data=st.data())
def test_any_inventory_in_any_order_loads_to_the_same_tables(data: st.DataObject, databases: Databases) -> None:
    """Loaded once, the tables are those of the model; loaded again in another order and form, nothing changes."""
    model = data.draw(inventories())
    with tempfile.TemporaryDirectory() as name, open_store(databases.url(Path(name))) as store:
        folder = Path(name)
        report = _load(store, folder / "once", data.draw(files(model.rows)))
        assert (report.added, report.changed, report.unchanged) == (len(model.rows), 0, 0)
        _assert_tables(store, model)
        again = _load(store, folder / "again", data.draw(files(model.rows)))
        assert (again.added, again.changed, again.unchanged) == (0, 0, len(model.rows))
        _assert_tables(store, model)


@given(data=st.data())
def test_later_rows_change_only_what_they_give(data: st.DataObject, databases: Databases) -> None:
    """A second load of some columns of some records changes these alone, and counts exactly those that differ."""
    model = data.draw(inventories())
    with tempfile.TemporaryDirectory() as name, open_store(databases.url(Path(name))) as store:
        folder = Path(name)
        _load(store, folder / "once", data.draw(files(model.rows)))
        changes: list[tuple[str, Row]] = []
        differing = 0
        for record in model.records["account"]:
            if data.draw(st.booleans()):
                continue
            before = dict(record)
            value, note = data.draw(amounts), data.draw(st.one_of(st.just(""), names))
            record["contract_value"] = value
            record["extra"] = {**record["extra"], "Region": note}
            if not note:
                del record["extra"]["Region"]
            changes.append(("account", {"Number": record["number"], "contract_value": _amount(value), "Region": note}))
            differing += record != before
        for record in model.records["contact"]:
            email = data.draw(emails)
            differing += record["email"] != email
            record["email"] = email
            changes.append(("contact", {"Number": record["number"], "E-MAIL": email or ""}))
        report = _load(store, folder / "later", data.draw(files(changes)))
        assert (report.added, report.changed, report.unchanged) == (0, differing, len(changes) - differing)
        _assert_tables(store, model)
