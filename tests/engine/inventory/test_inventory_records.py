"""What rows do to records: identity, changes, references, contradictions, owners, all or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import pytest
from inventory_support import NOW, account, counts, only, said
from sqlalchemy import select

from forewarn.engine.actions.inventory import load_files
from forewarn.engine.clock import SteppingClock
from forewarn.engine.inventory.loading import load_into
from forewarn.engine.open_site import OpenSite
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.schema.inventory import inventory_loads
from forewarn.plugins.api import Extensions

LARGEST = "922337203685477.5807"


def test_loading_again_changes_nothing_and_says_so(load, rows, store):
    """The second load counts every row as unchanged, writes nothing, and is not recorded as a load."""
    files = {
        "accounts.csv": "Number,Name,Contract value,Tier\nA1,One,5.50,gold\n",
        "services.csv": "Name,Class\nOverlay,SD-WAN\n",
        "cis.csv": "Name\nVmanage\n",
        "relations.csv": "CI,Service\nVmanage,Overlay\n",
        "install_base.csv": "Number,Name,Service,Account\nI1,Edge,Overlay,One\n",
    }
    first = load(files)
    assert (first.added, first.changed, first.unchanged, first.refused) == (5, 0, 0, 0)
    before = {name: rows(name) for name in ("accounts", "services", "cis", "ci_services", "install_base")}
    second = load(files)
    assert (second.added, second.changed, second.unchanged, second.refused) == (0, 0, 5, 0)
    assert str(second).endswith("Nothing has changed.")
    assert {name: rows(name) for name in before} == before
    with store.read() as connection:
        loads = connection.execute(select(inventory_loads)).mappings().all()
    assert [(load["asked_by"], load["loaded_at"], load["files"]) for load in loads] == [("tester", NOW, list(files))]


def test_a_changed_row_updates_only_given_columns(load, rows):
    """A column that the file does not have keeps its value; a blank cell of one that it has empties it."""
    load({"accounts.csv": "Number,Name,Contract value,Tier,Region\nA1,One,5,gold,EMEA\n"})
    report = load({"accounts.csv": "Number,Contract value,Tier\nA1,6,silver\n"})
    assert counts(report, "account") == (0, 1, 0, 0, 0)
    assert rows("accounts") == [account("A1", "One", "6", Tier="silver", Region="EMEA")]
    load({"accounts.csv": "Number,Contract value,Tier\nA1,,\n"})
    assert rows("accounts") == [account("A1", "One", Region="EMEA")]


def test_a_needed_value_cannot_be_emptied(load, rows):
    """A blank name is refused, the record stays."""
    load({"accounts.csv": "Number,Name\nA1,One\n"})
    finding = only(load({"accounts.csv": "Number,Name\nA1, \n"}))
    assert str(finding) == "accounts.csv line 2, column Name: FW703 Name is blank (type its name)"
    assert rows("accounts") == [account("A1", "One")]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0", "0"),
        ("1234.5", "1234.5"),
        ("-3.1250", "-3.125"),
        ("+7", "7"),
        ("922337203685477.5807", "922337203685477.5807"),
    ],
)
def test_amounts(typed, value, load, rows):
    """Digits with a point are exact to four places."""
    load({"accounts.csv": f"Number,Name,Contract value\nA1,One,{typed}\n"})
    assert rows("accounts")[0]["contract_value"] == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ('"1,5"', "'1,5' can be read in two ways (write the amount with a point: 1.5)"),
        ('"1,234.50"', "'1,234.50' can be read in two ways (write the amount with a point alone: 1234.50)"),
        ('"1.234,50"', "can be read in two ways"),
        ("$100", "'$100' is not an amount"),
        ("1 000", "'1 000' is not an amount"),
        ("1E+06", "'1E+06' is not an amount"),
        ("NaN", "'NaN' is not an amount"),
        ("١٢", "is not an amount"),
        ("1.23456", "1.23456 has more than four decimal places"),
        ("922337203685477.5808", "more than the store keeps"),
        ("9" * 39, "more than the store keeps"),
        ("9" * 41, "is not an amount"),
        (".5", "is not an amount"),
    ],
)
def test_amounts_that_are_refused(typed, says, load):
    """Everything that could mean another amount is refused with the mend."""
    finding = only(load({"accounts.csv": f"Number,Name,Contract value\nA1,One,{typed}\n"}))
    assert finding.code == "FW704"
    assert says in str(finding)
    assert str(finding.place) == "accounts.csv line 2, column Contract value"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("yes", True), ("No", False), ("TRUE", True), ("false", False), ("1", True), ("0", False), ("", False)],
)
def test_yes_and_no(typed, stored, load, rows):
    """In words, as 1 and 0, in any case; blank is no."""
    load({"services.csv": f"Name,Critical\nOverlay,{typed}\n"})
    assert rows("services")[0]["is_critical"] is stored


@pytest.mark.parametrize("typed", ["y", "2", "maybe", "ja"])
def test_neither_yes_nor_no(typed, load):
    """Anything else is refused."""
    assert "is neither yes nor no (type yes or no)" in said(load({"services.csv": f"Name,Critical\nA,{typed}\n"}))


@pytest.mark.parametrize(
    ("typed", "stored"), [("down", "down"), ("Degraded", "degraded"), ("NONE", "none"), ("", "down")]
)
def test_effects(typed, stored, load, rows):
    """One of three words in any case; blank is down."""
    load({"cis.csv": "Name\nC\n", "services.csv": "Name\nS\n", "ci_services.csv": f"CI,Service,Effect\nC,S,{typed}\n"})
    assert rows("ci_services")[0]["effect"] == stored


def test_an_unknown_effect(load):
    """Other words are refused with the three that there are."""
    files = {"cis.csv": "Name\nC\n", "services.csv": "Name\nS\n", "ci_services.csv": "CI,Service,Effect\nC,S,broken\n"}
    assert "'broken' is not one of down, degraded, none" in said(load(files))


@pytest.mark.parametrize(
    "typed", ["nobody", "a@b@c", "a b@example.com", "@example.com", '"a@b.c, d@e.f"', '"a@b.c\nBcc: x@y.z"']
)
def test_addresses_that_are_none(typed, load):
    """One address, without spaces or line ends."""
    assert "is not an e-mail address" in said(load({"users.csv": f"User name,E-mail\nu,{typed}\n"}))


def test_references_by_number_or_name_in_any_order_of_files(load, rows):
    """Rows may name records of files that come later."""
    report = load(
        {
            "install_base.csv": "Number,Name,Service,Sold product,Account\nI1,A,Overlay,P1,A1\nI2,B,S2,Gold,One\n",
            "sold_products.csv": "Number,Name,Account\nP1,Gold,One\n",
            "contacts.csv": "Number,Name,Account,Primary\nK1,Kim,One,yes\n",
            "group_members.csv": "Group,User\nNOC,Ann Lee\n",
            "groups.csv": "Name,Owner\nNOC,ann\n",
            "users.csv": "User name,Name\nann,Ann Lee\n",
            "services.csv": "Number,Name\nS1,Overlay\nS2,Underlay\n",
            "accounts.csv": "Number,Name\nA1,One\n",
        }
    )
    assert report.findings == ()
    assert [(row["service_id"], row["sold_product_id"], row["account_id"]) for row in rows("install_base")] == [
        ("S1", "P1", "A1"),
        ("S2", "P1", "A1"),
    ]
    assert rows("group_members") == [{"group_id": "NOC", "user_id": "ann", "extra": {}}]
    assert rows("groups")[0]["owner_id"] == "ann"


def test_a_number_goes_before_a_name(load, rows):
    """A text that is one record's number and another's name means the number."""
    load({"accounts.csv": "Number,Name\nA1,A2\nA2,Two\n", "contacts.csv": "Number,Name,Account\nK1,Kim,A2\n"})
    assert rows("contacts")[0]["account_id"] == "A2"


def test_an_ambiguous_name_is_refused_with_the_numbers(load):
    """The finding lists the records that have the name."""
    report = load(
        {
            "accounts.csv": "Number,Name\nA1,Acme\nA2,Acme\n",
            "contacts.csv": "Number,Name,Account\nK1,Kim,Acme\nK2,Lou,A2\n",
        }
    )
    assert str(only(report)) == (
        "contacts.csv line 2, column Account: FW706 Account: 2 Accounts have the name 'Acme' (A1, A2) (give the number)"
    )
    assert counts(report, "contact") == (1, 0, 0, 0, 1)


def test_an_unknown_reference_and_one_whose_row_is_refused(load):
    """The second says that the row it needs is refused, and where that is."""
    report = load(
        {
            "accounts.csv": "Number,Name,Contract value\nA1,One,x\n",
            "contacts.csv": "Number,Name,Account\nK1,Kim,A1\nK2,Lou,A9\n",
        }
    )
    refused, unknown = [finding for finding in report.findings if finding.code == "FW705"]
    assert "no account has the number or name 'A1', its row is refused" in refused.message
    assert [str(place) for place in refused.related] == ["accounts.csv line 2"]
    assert unknown.message == "Account: no account has the number or name 'A9'"
    assert str(unknown.place) == "contacts.csv line 3, column Account"


def test_the_same_row_twice_is_one(load, rows):
    """Rows of the same content, in one file or two, are loaded once; the repeats are counted."""
    report = load(
        {
            "accounts.csv": "Number,Name\nA1,One\nA1,One\nA2,Two\n",
            "account.csv": "Name,Number\nOne,A1\n",
        }
    )
    assert counts(report, "account") == (2, 0, 0, 2, 0)
    assert rows("accounts") == [account("A1", "One"), account("A2", "Two")]


def test_rows_that_contradict_are_both_refused(load, rows):
    """Neither is taken; each names the other; the rest is loaded."""
    report = load({"accounts.csv": "Number,Name\nA1,One\nA2,Two\nA1,Uno\n"})
    assert [str(finding) for finding in report.findings] == [
        "accounts.csv line 2: FW707 account A1 stands in another row with other values: accounts.csv line 4 "
        "(keep one of the rows)",
        "accounts.csv line 4: FW707 account A1 stands in another row with other values: accounts.csv line 2 "
        "(keep one of the rows)",
    ]
    assert rows("accounts") == [account("A2", "Two")]


def test_cis_by_number_or_by_name(load, rows):
    """A CI without a number is known by its name, takes a number later, and is then renamed by it."""

    def cis():
        return [(row["number"], row["name"], row["ci_class"]) for row in rows("cis")]

    load({"cis.csv": "Name,Class\nVmanage_10001,Controller\n"})
    assert counts(load({"cis.csv": "Name,Number\nVmanage_10001,CI1\n"}), "ci") == (0, 1, 0, 0, 0)
    assert cis() == [("CI1", "Vmanage_10001", "Controller")]
    assert counts(load({"cis.csv": "Number,Name\nCI1,Vmanage_1\n"}), "ci") == (0, 1, 0, 0, 0)
    assert cis() == [("CI1", "Vmanage_1", "Controller")]


@pytest.mark.parametrize(
    ("text", "says", "left"),
    [
        pytest.param("CI2,Alpha", "'Alpha' is taken by ci CI1", {"Alpha", "Beta"}, id="name of a numbered record"),
        pytest.param("CI1,Beta", "'Beta' is taken by ci Beta", {"Alpha", "Beta"}, id="rename to a taken name"),
        pytest.param("CI5,New\nCI6,New", "'New' is given to another record too", {"Alpha", "Beta"}, id="two new ones"),
        pytest.param("CI5,New\n,New", "'New' is given to another record too", {"Alpha", "Beta"}, id="with and without"),
        pytest.param("CI5,Beta\nCI5,New", "'CI5' is given to another record too", {"Alpha", "Beta"}, id="number twice"),
    ],
)
def test_names_that_are_taken(text, says, left, load, rows):
    """Names of CIs are unique: a row that claims another's name is refused, nothing else is harmed."""
    load({"cis.csv": "Number,Name\nCI1,Alpha\n,Beta\n"})
    report = load({"cis.csv": f"Number,Name\n{text}\nCI9,Gamma\n"})
    assert says in said(report)
    assert {finding.code for finding in report.findings} == {"FW708"}
    assert {row["name"] for row in rows("cis")} == {*left, "Gamma"}
    assert counts(report, "ci")[4] == text.count("\n") + 1


@pytest.mark.parametrize(
    ("owner", "says"),
    [(",", "belongs to nobody"), ("A1,C1", "belongs to an account and to a consumer")],
)
def test_a_product_has_one_owner(owner, says, load):
    """An account or a consumer, not none and not both."""
    report = load(
        {
            "accounts.csv": "Number,Name\nA1,One\n",
            "consumers.csv": "Number,Name\nC1,Con\n",
            "sold_products.csv": f"Number,Name,Account,Consumer\nP1,Gold,{owner}\n",
        }
    )
    assert says in only(report).message


def test_an_item_belongs_to_whom_its_product_belongs(load, rows):
    """Where the row names no owner, the sold product's owner is taken; loading again changes nothing."""
    files = {
        "accounts.csv": "Number,Name\nA1,One\n",
        "consumers.csv": "Number,Name\nC1,Con\n",
        "services.csv": "Name\nS\n",
        "sold_products.csv": "Number,Name,Account,Consumer\nP1,Gold,A1,\nP2,Fibre,,C1\n",
        "install_base.csv": "Number,Name,Service,Sold product,Account\nI1,a,S,P1,\nI2,b,S,P2,\nI3,c,S,,\n",
    }
    report = load(files)
    assert [(row["account_id"], row["consumer_id"]) for row in rows("install_base")] == [("A1", None), (None, "C1")]
    assert "this install base" not in said(report)
    assert "install base I3 belongs to nobody" in said(report)
    again = load(files)
    assert (again.added, again.changed, again.refused) == (0, 0, 1)
    load({"install_base.csv": "Number,Sold product\nI1,P2\n"})
    assert {(row["number"], row["account_id"], row["consumer_id"]) for row in rows("install_base")} == {
        ("I1", None, "C1"),
        ("I2", None, "C1"),
    }


def test_two_primary_contacts_are_a_warning(load, rows):
    """Both are loaded, and the report says that one of them should be."""
    report = load(
        {
            "accounts.csv": "Number,Name\nA1,One\n",
            "contacts.csv": "Number,Name,Account,Primary\nK1,Kim,A1,yes\nK2,Lou,A1,yes\nK3,Max,A1,no\n",
        }
    )
    assert only(report).message == "account A1 has 2 primary contacts"
    assert len(rows("contacts")) == 3


def test_strict_loads_nothing_where_one_row_is_bad(load, rows, store):
    """The report counts what would have been; the store is as it was."""
    report = load({"accounts.csv": "Number,Name,Contract value\nA1,One,1\nA2,Two,x\n"}, strict=True)
    assert not report.loaded
    assert counts(report, "account") == (1, 0, 0, 0, 1)
    assert "Nothing is loaded" in str(report)
    assert rows("accounts") == []
    with store.read() as connection:
        assert connection.execute(select(inventory_loads)).all() == []


def test_strict_bears_warnings_and_notes(load, rows):
    """Only errors stop a strict load."""
    report = load({"accounts.csv": "Number,Name,Region\nA1,One,EMEA\n"}, strict=True)
    assert report.loaded
    assert len(rows("accounts")) == 1
    assert len(report.findings) == 1


def test_the_domain_of_the_site_is_that_of_rows_that_name_none(load, rows):
    """A domain that a row names goes first; a stored one stays."""
    load({"accounts.csv": "Number,Name,Domain\nA1,One,north\nA2,Two,\n"}, domain="top")
    load({"accounts.csv": "Number,Name\nA1,Uno\nA3,Three\n"}, domain="other")
    assert {row["number"]: row["domain"] for row in rows("accounts")} == {"A1": "north", "A2": "top", "A3": "other"}


def test_every_bad_cell_of_a_row_is_reported_and_the_row_counts_once(load):
    """Two findings, one refused row."""
    report = load({"contacts.csv": "Number,Name,E-mail,Account,Primary\nK1,Kim,nobody,A1,perhaps\n"})
    assert [finding.code for finding in report.findings] == ["FW704", "FW704"]
    assert report.refused == 1


def test_a_report_as_json(load):
    """The JSON form carries counts and findings with their places."""
    report = load({"accounts.csv": "Number,Name,Contract value\nA1,One,x\n"}).to_dict()
    assert report["counts"] == [
        {"kind": "account", "sheet": "Accounts", "added": 0, "changed": 0, "unchanged": 0, "repeated": 0, "refused": 1}
    ]
    assert report["findings"][0]["cell"] == "line 2, column Contract value"


def test_a_load_that_breaks_off_leaves_nothing(store, write, rows):
    """Whatever happens while rows are written, the store has all of them or none."""

    def break_off(stage: str, done: int, total: int | None) -> None:
        if stage == "Contacts" and done:
            raise KeyboardInterrupt

    files = write(
        {"accounts.csv": "Number,Name\nA1,One\n", "contacts.csv": "Number,Name,Account\nK1,Kim,A1\nK2,Lou,A1\n"}
    )
    with pytest.raises(KeyboardInterrupt):
        load_into(store, files, strict=False, domain="", asked_by="tester", now=NOW, progress=break_off)
    assert rows("accounts") == rows("contacts") == []


def test_the_action_asks_the_site_for_store_domain_and_time(store, write, tmp_path, rows):
    """`load_files` is the load with what the open site has."""
    site = OpenSite(
        root=tmp_path,
        store=store,
        rulebook=cast("Rulebook", None),
        extensions=Extensions({}, {}, (), ()),
        clock=SteppingClock(NOW),
        domain="north",
    )
    report = load_files(site, write({"accounts.csv": "Number,Name\nA1,One\n"}), asked_by="admin")
    assert report.added == 1
    assert rows("accounts")[0]["domain"] == "north"
    with store.read() as connection:
        (loaded,) = connection.execute(select(inventory_loads)).mappings()
    assert (loaded["asked_by"], loaded["loaded_at"], loaded["counts"][0]["added"]) == ("admin", NOW, 1)
