"""Inventories of any size, the same for the same seed, with one CI whose failure hits exactly N accounts.

``python -m tests.engine.inventory.generate FOLDER --accounts 10000 …`` writes the files; tests and benchmarks
call `generate` and `write_csv`, `write_xlsx` or `write_json_lines`.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

OUTAGE_CI = "Vmanage_20001"

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Inventory:
    """Rows by kind name, each a mapping of headings to text, and what an outage of ``outage_ci`` hits."""

    rows: Mapping[str, Rows]
    outage_ci: str
    affected_accounts: frozenset[str]
    affected_install_base: frozenset[str]


def generate(
    *, accounts: int = 10_000, install_base: int = 20_000, services: int = 2_000, affected: int = 3_000, seed: int = 1
) -> Inventory:
    """Make an inventory in which a failure of `OUTAGE_CI` hits exactly ``affected`` accounts.

    Every account has one primary contact and one sold product. A fifth of the services (at least one) stands on
    the outage CI; the items of the affected accounts depend on these, all others on the rest. Needs
    ``install_base`` ≥ ``accounts`` ≥ ``affected`` and at least two services.
    """
    chance = random.Random(seed)
    account_numbers = [f"ACCT{number:07}" for number in range(1, accounts + 1)]
    hit = frozenset(chance.sample(account_numbers, affected))
    service_names = [f"SD-WAN overlay {number:05}" for number in range(1, services + 1)]
    hit_services = service_names[: max(1, services // 5)]
    safe_services = service_names[len(hit_services) :]
    other_cis = [f"Vedge_{number:05}" for number in range(1, max(2, services // 4) + 1)]
    owners = account_numbers + [chance.choice(account_numbers) for _ in range(install_base - accounts)]
    items = [
        {
            "Number": f"IB{number:07}",
            "Name": f"Edge router {number}",
            "Service": chance.choice(hit_services if owner in hit else safe_services),
            "Sold product": owner.replace("ACCT", "SP"),
            "Account": owner,
        }
        for number, owner in enumerate(owners, start=1)
    ]
    rows: dict[str, Rows] = {
        "account": [
            {
                "Number": number,
                "Name": f"Customer {number.removeprefix('ACCT')}",
                "Contract value": f"{chance.randrange(1_000, 5_000_000)}.{chance.randrange(100):02}",
            }
            for number in account_numbers
        ],
        "contact": [
            {
                "Number": number.replace("ACCT", "CONT"),
                "Name": f"Contact of {number}",
                "E-mail": f"noc-{number.lower()}@example.com",
                "Account": number,
                "Primary": "yes",
            }
            for number in account_numbers
        ],
        "ci": [
            {"Name": OUTAGE_CI, "Class": "SD-WAN Controller"},
            *({"Name": name, "Class": "SD-WAN Edge"} for name in other_cis),
        ],
        "service": [
            {
                "Number": f"SVC{number:07}",
                "Name": name,
                "Class": "SD-WAN",
                "Critical": "yes" if chance.random() < 0.2 else "no",
            }
            for number, name in enumerate(service_names, start=1)
        ],
        "ci_service": [
            *(
                {"Configuration item": OUTAGE_CI, "Service": name, "Effect": chance.choice(["down", "degraded"])}
                for name in hit_services
            ),
            *(
                {"Configuration item": chance.choice(other_cis), "Service": name, "Effect": "down"}
                for name in safe_services
            ),
        ],
        "sold_product": [
            {"Number": number.replace("ACCT", "SP"), "Name": "Managed SD-WAN", "Account": number}
            for number in account_numbers
        ],
        "install_base": items,
    }
    return Inventory(rows, OUTAGE_CI, hit, frozenset(item["Number"] for item in items if item["Account"] in hit))


def write_csv(inventory: Inventory, folder: Path) -> list[Path]:
    """One csv file a kind, named by the kind."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, rows in inventory.rows.items():
        path = folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def write_json_lines(inventory: Inventory, path: Path) -> list[Path]:
    """One file of JSON lines, each with its kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for kind, rows in inventory.rows.items():
            for row in rows:
                file.write(json.dumps({"kind": kind, **row}) + "\n")
    return [path]


def write_xlsx(inventory: Inventory, path: Path) -> list[Path]:
    """One workbook with a sheet a kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook(write_only=True)
    for kind, rows in inventory.rows.items():
        sheet = book.create_sheet(kind)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    book.save(path)
    return [path]


def main() -> None:
    """Write an inventory from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--install-base", type=int, default=20_000)
    parser.add_argument("--services", type=int, default=2_000)
    parser.add_argument("--affected", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("csv", "xlsx", "jsonl"), default="csv")
    chosen = parser.parse_args()
    inventory = generate(
        accounts=chosen.accounts,
        install_base=chosen.install_base,
        services=chosen.services,
        affected=chosen.affected,
        seed=chosen.seed,
    )
    if chosen.format == "csv":
        paths = write_csv(inventory, chosen.folder)
    elif chosen.format == "xlsx":
        paths = write_xlsx(inventory, chosen.folder / "inventory.xlsx")
    else:
        paths = write_json_lines(inventory, chosen.folder / "inventory.jsonl")
    print(f"{inventory.outage_ci} hits {len(inventory.affected_accounts)} accounts; wrote", *paths)


if __name__ == "__main__":
    main()
