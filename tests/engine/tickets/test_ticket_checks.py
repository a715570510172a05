"""What the check says of the workbook of API notifications."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from engine_support import STOCK, Workbooks

from forewarn.engine.actions.checking import check_site
from forewarn.engine.producer import DEFAULTS, read_producer
from forewarn.engine.rulebook import read, workbooks_on_disk
from forewarn.plugins.api import Extensions

BOOK = "decision_tables/api_notifications.xlsx"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The stock workbooks, to change."""
    shutil.copytree(STOCK, tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sn_api_notif_mgmt.event.log", "error"),
        ("sn_api_notif_mgmt.inboundqueue.maxrecords", 0),
        ("sn_api_notif_mgmt.schedule.maxtime", 1.5),
        ("sn_api_notif_mgmt.publisher_messages", "kafka"),
    ],
)
def test_a_property_that_cannot_be_used_is_found_at_its_row(
    root: Path, stock_extensions: Extensions, name: str, value: Any
) -> None:
    """And until it is mended the producer works as by default."""
    books = Workbooks(root)
    cell = f"B{books.find(BOOK, 'Properties', name)}"
    books.set(BOOK, "Properties", cell, value)
    (found,) = [one for one in check_site(root, stock_extensions).findings if one.code == "FW413"]
    assert (found.place.sheet, found.place.cell) == ("Properties", cell)
    properties = read(workbooks_on_disk(root)).library.properties
    assert read_producer(properties) == read_producer({})


def test_an_event_that_nobody_knows_is_found(root: Path, stock_extensions: Extensions) -> None:
    """Where the Glossary was made to allow it."""
    books = Workbooks(root)
    glossary = books.find(BOOK, "Glossary", "Event")
    books.set(BOOK, "Glossary", f"F{glossary}", None)
    books.set(BOOK, "Trouble Ticket Events", "F4", None)
    row = books.find(BOOK, "Trouble Ticket Events", "B01")
    books.set(BOOK, "Trouble Ticket Events", f"F{row}", "Create Trouble Tickets Event")
    (found,) = [one for one in check_site(root, stock_extensions).findings if one.code == "FW412"]
    assert (found.place.cell, found.suggestion) == (f"F{row}", "Create Trouble Ticket Event")


def test_the_properties_have_the_defaults_of_the_document() -> None:
    """S3 "Producer framework system properties", and what the stock workbook sets is the same."""
    assert dict(DEFAULTS) == {
        "sn_api_notif_mgmt.event.log": "err",
        "sn_api_notif_mgmt.publisher_messages": "openMessageBus",
        "sn_api_notif_mgmt.inboundqueue.maxrecords": 200,
        "sn_api_notif_mgmt.inboundqueue.batch.limit": 200,
        "sn_api_notif_mgmt.glide.mutex.maxspin": 100,
        "sn_api_notif_mgmt.schedule.maxtime": 90000,
        "sn_api_notif_mgmt.glide.mutex.sleep": 100,
    }
    stock = read(workbooks_on_disk(STOCK)).library.properties
    assert {name: stock[name] for name in DEFAULTS} == dict(DEFAULTS)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("sn_api_notif_mgmt.schedule.max.runtime", "sn_api_notif_mgmt.schedule.maxtime"),
        ("sn_api_notif_mgmt.glide.mutex.script.maxspins", "sn_api_notif_mgmt.glide.mutex.maxspin"),
    ],
)
def test_other_spellings_of_a_property_are_understood(root: Path, spelling: str, name: str) -> None:
    """Other documents spell some otherwise: a row under that name counts as the property's own."""
    books = Workbooks(root)
    row = books.find(BOOK, "Properties", name)
    books.set(BOOK, "Properties", f"A{row}", spelling)
    books.set(BOOK, "Properties", f"B{row}", 7)
    book = read(workbooks_on_disk(root))
    assert not [one for one in book.findings if one.severity == "error"]
    assert 7 in {read_producer(book.library.properties).max_time, read_producer(book.library.properties).max_spin}
