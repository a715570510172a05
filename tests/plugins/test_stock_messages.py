"""The messages that come with Forewarn: all there, all different, all fit for use."""

from __future__ import annotations

import difflib
import itertools
import re
from pathlib import Path

import openpyxl
import pytest

from forewarn.engine.messages import MessageLibrary
from forewarn.plugins.loading import load_extensions
from forewarn.plugins.stock import messages, workbooks

SUBCATEGORIES = {
    "link_failure": "Link Failure",
    "device_failure": "Device Failure",
    "protocol_failure": "Protocol Failure",
    "soft_wan_link_failure": "Soft-WAN Link Failure",
    "software_failure": "Software Failure",
}
LEVELS = {
    "triage_network_coordinator": "Triage",
    "l1_network_engineer": "L1",
    "l2_network_engineer": "L2",
    "l3_network_engineer": "L3",
}
FLOWS = {
    f"Network Initiated {title} - {level}": f"sd_wan_{subcategory}_{end}"
    for (subcategory, title), (end, level) in itertools.product(SUBCATEGORIES.items(), LEVELS.items())
}
KNOWN = {
    "incident": ("number", "short_description", "configuration_item"),
    "case": (
        "number",
        "state",
        "short_description",
        "priority",
        "resolution_code",
        "resolution_notes",
        "probable_cause",
    ),
    "account": ("name",),
    "consumer": ("name",),
    "contact": ("name",),
    "text": (),
}
FIELDS = {
    "incident": {"number": "INC0000007", "short_description": "Tunnel down", "configuration_item": "Vmanage_10001"},
    "case": {
        "number": "CS0000009",
        "short_description": "Tunnel down",
        "priority": "2 - High",
        "resolution_code": "Solved permanently",
        "resolution_notes": "Restarted the controller.",
        "probable_cause": "Software",
    },
    "account": {"name": "Avid Corporation"},
    "contact": {"name": "Ann Avid"},
    "text": "Half of it is mended.",
}
PROVIDER = (
    "tech.case.assigned",
    "tech.case.commented",
    "tech.case.solution.answered",
    "tech.case.cancelled.provider",
)
LETTERS = ("email_to_proactive_case", "case_comment", "case_resolved", "case_closed", "case_statement")


@pytest.fixture(scope="module")
def library() -> MessageLibrary:
    """The stock messages alone."""
    return MessageLibrary([messages.DIRECTORY])


def test_each_flow_has_its_message_by_subcategory_level_and_persona(library: MessageLibrary) -> None:
    """Five subcategories at four levels, twenty flows, named as the escalation sheet names them."""
    assert library.flows == FLOWS
    assert set(load_extensions(strict=True).flows) == set(FLOWS)


def test_the_escalation_sheet_calls_flows_that_are_there() -> None:
    """Every flow in the stock sheet is offered by a stock plugin, and every flow offered is called."""
    sheet = openpyxl.load_workbook(
        workbooks.DIRECTORY / "decision_tables" / "incident_escalation_policy.xlsx"
    )["Incident Escalation Policy"]  # fmt: skip
    column = next(cell.column for cell in sheet[3] if cell.value == "Flow")
    called = {sheet.cell(row, column).value for row in range(5, sheet.max_row + 1)} - {None}
    assert called == set(FLOWS)


def test_the_notification_sheet_names_messages_that_are_there(library: MessageLibrary) -> None:
    """Every template in the stock sheet is a message."""
    sheet = openpyxl.load_workbook(
        workbooks.DIRECTORY / "decision_tables" / "customer_notifications.xlsx"
    )["Customer Notifications"]  # fmt: skip
    column = next(cell.column for cell in sheet[3] if cell.value == "Template")
    named = {sheet.cell(row, column).value for row in range(5, sheet.max_row + 1)} - {None}
    assert named
    assert named <= set(library.keys)


def test_no_stock_message_has_a_finding(library: MessageLibrary) -> None:
    """They use fields that records have, and nothing that messages cannot."""
    assert library.check(KNOWN) == ()


@pytest.mark.parametrize("key", FLOWS.values())
def test_instructions_are_worth_reading(key: str, library: MessageLibrary) -> None:
    """Steps, what to collect, whom to tell, when to hand over; filled in for the incident at hand."""
    body = library.render(key, FIELDS).body
    assert "INC0000007" in body
    assert "Vmanage_10001" in body
    assert "{" not in body
    steps = re.findall(r"^\d+\. ", body, re.MULTILINE)
    assert len(steps) >= 5
    assert 10 <= len(body.splitlines()) <= 26
    if key.endswith("l3_network_engineer"):
        assert "There is no higher level" in body
        assert "**Write down for the resolution:**" in body
    else:
        assert "**Escalate to" in body
        assert "**Collect:**" in body


def test_instructions_differ_from_each_other(library: MessageLibrary) -> None:
    """No two of the twenty are copies with a word changed."""
    bodies = {key: library.render(key, FIELDS).body.splitlines() for key in FLOWS.values()}
    for (one, left), (two, right) in itertools.combinations(bodies.items(), 2):
        same = set(left) & set(right)
        assert difflib.SequenceMatcher(None, left, right).ratio() < 0.5, (one, two, same)
        assert len([line for line in same if len(line) > 60]) == 0, (one, two, same)


@pytest.mark.parametrize("key", [*LETTERS, "case.opened.for.customer", "tech.case.awaiting.info"])
def test_letters_are_fit_to_send(key: str, library: MessageLibrary) -> None:
    """A subject with the case's number, the customer's name, no instruction left unfilled."""
    letter = library.render(key, FIELDS)
    assert "CS0000009" in letter.subject
    assert letter.body.startswith("Dear Ann Avid,")
    assert "{" not in letter.body


def test_every_template_of_the_support_case_is_there(library: MessageLibrary) -> None:
    """The keys are the documents' own (S3 "Email notifications and templates")."""
    assert {key for key in library.keys if "." in key} == {
        "case.opened.for.customer",
        "case.commented.for.customer",
        "tech.case.awaiting.info",
        "case.closed.for.customer",
        "tech.case.cancelled",
        "tech.case.solution.accepted.for.customer",
        "tech.case.solution.rejected.for.customer",
        "case.resolved.for.customer",
        "case.resolved.for.customer.watchlist",
        *PROVIDER,
    }


@pytest.mark.parametrize("key", PROVIDER)
def test_agents_are_told_in_their_own_words(key: str, library: MessageLibrary) -> None:
    """The four provider notifications (S3 "Provider notifications") name case and customer, and greet nobody."""
    told = library.render(key, FIELDS)
    assert "CS0000009" in told.subject
    assert "Avid Corporation" in told.body
    assert not told.body.startswith("Dear")
    assert "\n\n\n" not in told.body
    bare = library.render(key, {"case": {"number": "CS0000009", "short_description": "", "state": None}, "text": ""})
    assert "None" not in bare.body


@pytest.mark.parametrize("key", LETTERS)
def test_letters_do_without_what_may_be_missing(key: str, library: MessageLibrary) -> None:
    """A consumer has no account, a case may have no contact, and most fields may be empty."""
    bare = {
        "case": {"number": "CS0000009", "short_description": ""},
        "incident": {"short_description": None},
        "text": "x",
    }
    letter = library.render(key, bare)
    assert letter.body.startswith("Dear customer,")
    assert library.render(key, {**bare, "consumer": {"name": "Cy"}}).body.startswith("Dear Cy,")
    assert "None" not in letter.body
    assert "\n\n\n" not in letter.body


def test_the_sample_of_a_new_site_works(repo: Path) -> None:
    """The sample plugin loads, its flow runs on its message, and the sample messages have no findings."""
    sample = repo / "forewarn/plugins/stock/sample"
    extensions = load_extensions(site_plugins=sample / "plugins", strict=True)
    library = MessageLibrary([sample / "messages", *extensions.message_directories])
    assert library.check(KNOWN) == ()
    assert library.file("case_comment").parent == sample / "messages"
    notes: list[str] = []

    class Context:
        incident = FIELDS["incident"]

        def message(self, key: str) -> str:
            return library.render(key, FIELDS).body

        def work_note(self, text: str) -> None:
            notes.append(text)

        def open_task(self, short_description: str) -> str:
            assert short_description == "Call the vendor about INC0000007"
            return "TASK0000001"

    extensions.flows["Example Flow - Call The Vendor"](Context())  # type: ignore[arg-type]
    assert notes[0].startswith("**Call the vendor about INC0000007**")
    assert notes[1] == "TASK0000001 was opened for the call."
