"""The generator's promises, the three formats side by side, and the inventory of the demonstration."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files

import pytest
from generate import OUTAGE_CI, Inventory, generate, write_csv, write_json_lines, write_xlsx
from inventory_support import NOW, read_table

from forewarn.engine.inventory.loading import load_into
from forewarn.engine.store import open_store


def hit(rows, ci: str) -> tuple[set[str], set[str]]:
    """The accounts and items that a failure of ``ci`` reaches, joined by hand: rows(table) has names for ids."""
    numbers = {row["name"]: row["number"] or row["name"] for row in rows("cis")}
    services = {
        row["service_id"] for row in rows("ci_services") if row["ci_id"] == numbers[ci] and row["effect"] != "none"
    }
    items = [row for row in rows("install_base") if row["service_id"] in services]
    return {row["account_id"] for row in items if row["account_id"]}, {row["number"] for row in items}


@pytest.mark.parametrize(("accounts", "affected"), [(1, 0), (1, 1), (40, 13), (40, 40)])
def test_the_outage_hits_exactly_as_many_accounts_as_asked(accounts, affected, load, rows, tmp_path):
    """The affected accounts and items are those that the generator names."""
    inventory = generate(accounts=accounts, install_base=accounts * 2, services=10, affected=affected, seed=7)
    report = load(write_csv(inventory, tmp_path / "generated"), strict=True)
    assert report.findings == ()
    assert len(inventory.affected_accounts) == affected
    assert hit(rows, OUTAGE_CI) == (inventory.affected_accounts, inventory.affected_install_base)


def test_the_same_seed_gives_the_same_inventory():
    """Another seed gives another one."""

    def small(seed: int) -> Inventory:
        return generate(accounts=20, install_base=30, services=5, affected=5, seed=seed)

    assert small(3) == small(3)
    assert small(3) != small(4)


def test_the_three_formats_load_to_the_same_tables(tmp_path, databases):
    """csv, workbook and JSON lines of one inventory fill three stores alike."""
    inventory = generate(accounts=30, install_base=60, services=12, affected=7)
    tables = []
    for name, paths in {
        "csv": write_csv(inventory, tmp_path / "csv"),
        "xlsx": write_xlsx(inventory, tmp_path / "inventory.xlsx"),
        "jsonl": write_json_lines(inventory, tmp_path / "inventory.jsonl"),
    }.items():
        with open_store(databases.url(tmp_path / name)) as store:
            report = load_into(store, paths, strict=True, domain="", asked_by="tester", now=NOW)
            assert report.findings == ()
            tables.append({table: read_table(store, table) for table in ("accounts", "contacts", "install_base")})
    assert tables[0] == tables[1] == tables[2]
    assert len(tables[0]["install_base"]) == 60


def test_more_rows_than_one_statement_takes(load, rows, tmp_path):
    """Look-ups and writes go in chunks; a row of a later chunk is found and compared like any other."""
    inventory = generate(accounts=6_000, install_base=6_000, services=4, affected=1)
    assert load(write_csv(inventory, tmp_path / "first")).added == 6_000 * 4 + 4 * 2 + 3
    again = load(write_csv(inventory, tmp_path / "second"))
    assert (again.added, again.changed, again.refused) == (0, 0, 0)
    changed = load({"accounts.csv": "Number,Contract value\nACCT0006000,1\nACCT0000001,2\n"})
    assert changed.changed == 2
    assert {row["contract_value"] for row in rows("accounts")} >= {Decimal(1), Decimal(2)}


def test_the_demonstration_inventory(load, rows):
    """Its controller reaches five accounts over six items; each has one primary contact with an address."""
    folder = files("forewarn.plugins.stock.sample") / "inventory"
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".csv")), key=lambda path: path.name)
    report = load(paths, strict=True)
    assert report.loaded
    assert report.findings == ()
    accounts, items = hit(rows, "Vmanage_10001")
    names = {row["number"]: row["name"] for row in rows("accounts")}
    assert {"Avid Corporation", "Tom Tom Networks", "Unity System"} <= {names[number] for number in accounts}
    assert (len(accounts), len(items)) == (5, 6)
    assert len(names) > len(accounts)
    for number in accounts:
        (primary,) = (row for row in rows("contacts") if row["account_id"] == number and row["is_primary"])
        assert primary["email"].endswith("example.com")
    assert {row["owner_id"] for row in rows("groups")} <= {row["user_id"] for row in rows("group_members")}
