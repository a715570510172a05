"""decide: one table asked by hand, of a site or of one workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import call, data


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """A workbook with one sheet, as a person would type it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Discount"
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def discount(tmp_path: Path) -> Path:
    """A small table: text, number and boolean inputs."""
    return workbook(
        tmp_path / "discount.xlsx",
        [
            ["Discount"],
            ["First", "If", "If", "If", "Then"],
            ["Rule", "Grade", "Amount", "Member", "Percent"],
            ["Values", 'gold; silver; ""', None, None, None],
            ["D1", "gold", ">= 100", True, 10],
            ["D2", "silver", ">= 100", "-", 5],
            ["D3", "-", "-", "-", 0],
        ],
    )


def glossary(path: Path) -> Path:
    """Say the types, and that the amount may be null."""
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Glossary")
    for row in (
        ["heading", "table", "record", "attribute", "type", "allowed values", "unit", "nullable", "meaning"],
        ["Grade", None, None, None, "string", None, None, "yes", None],
        ["Amount", None, None, None, "number", None, None, "yes", None],
        ["Member", None, None, None, "boolean", None, None, "no", None],
        ["Percent", None, None, None, "number", None, None, "no", None],
    ):
        sheet.append(row)
    book.save(path)
    return path


def test_a_table_of_the_site(made_site: Path) -> None:
    """Outputs, rule and version are printed; names are headings or bound names, in any case."""
    for names in (("Impact", "Urgency"), ("impact", "urgency"), ("incident.impact", "incident.urgency")):
        result = call("decide", "Priority", f"{names[0]}=1 - High", f"{names[1]}=2 - Medium", "--site", made_site)
        assert result.exit_code == 0, result.output
        assert "Priority: 2 - High" in result.stdout
        assert "rules: P02" in result.stdout


def test_null_is_null(made_site: Path) -> None:
    """The first escalation is decided for the empty stage."""
    told = data(
        call(
            "decide", "Incident Escalation Policy", "category=SD-WAN", "subcategory=Link failure", "stage=null",
            "--json", "--site", made_site,
        )
    )  # fmt: skip
    assert told["rules"] == ["E01"]
    assert told["outputs"]["Next stage"] == "Triage"
    assert told["inputs"]["Stage"] is None


def test_a_list_for_rule_order_and_collect(made_site: Path) -> None:
    """Tables with many hits give a list of outputs, one row each."""
    told = data(
        call(
            "decide", "Customer Notifications", "event=case created", "case type=Technology Product Support case",
            "--json", "--site", made_site,
        )
    )  # fmt: skip
    assert told["rules"] == ["N01", "N02"]
    assert [row["Recipient"] for row in told["outputs"]] == ["primary contact", "consumer"]
    text = call(
        "decide", "Customer Notifications", "event=case created", "case type=Technology Product Support case",
        "--site", made_site,
    ).stdout  # fmt: skip
    assert "email_to_proactive_case" in text
    assert "rules: N01, N02" in text


def test_explain_shows_the_cell_that_stopped_each_rule(made_site: Path) -> None:
    """--explain prints a line a rule with workbook, sheet and cell."""
    result = call("decide", "Priority", "impact=1 - High", "urgency=2 - Medium", "--explain", "--site", made_site)
    sheet = openpyxl.load_workbook(made_site / "decision_tables" / "priority.xlsx")["Priority"]
    rows = {cell.value: cell.row for cell in sheet["A"]}
    told = [line.strip() for line in result.stdout.splitlines()]
    assert f"P02: fired, decision_tables/priority.xlsx › Priority!A{rows['P02']}" in told
    place = f"decision_tables/priority.xlsx › Priority!C{rows['P01']}"
    assert f"P01: stopped at {place}: Urgency is 2 - Medium, the cell says 1 - High" in told


@pytest.mark.parametrize(
    ("inputs", "rules"),
    [
        (["Grade=gold", "Amount=100", "Member=yes"], ["D1"]),
        (["Grade=gold", "Amount=99.99", "Member=yes"], ["D3"]),
        (["Grade=gold", "Amount=100", "Member=false"], ["D3"]),
        (["Grade=silver", "Amount=1e3", "Member=no"], ["D2"]),
        (["Grade=null", "Amount=null", "Member=no"], ["D3"]),
        (["Grade=", "Amount=100", "Member=no"], ["D3"]),
        (['Grade="gold"', "Amount=100", "Member=true"], ["D1"]),
    ],
)
def test_values_are_read_by_the_type_of_their_column(discount: Path, inputs: list[str], rules: list[str]) -> None:
    """Numbers, booleans, null, the empty text and quoted text mean what they say."""
    told = data(call("decide", "Discount", *inputs, "--workbook", glossary(discount), "--json"))
    assert told["rules"] == rules


def test_the_empty_text_is_not_null(discount: Path) -> None:
    """``x=`` reaches the table as text, ``x=null`` as null."""
    book = glossary(discount)
    empty = data(call("decide", "Discount", "Grade=", "Amount=1", "Member=no", "--workbook", book, "--json"))
    null = data(call("decide", "Discount", "Grade=null", "Amount=1", "Member=no", "--workbook", book, "--json"))
    assert (empty["inputs"]["Grade"], null["inputs"]["Grade"]) == ("", None)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (["Grade=gold", "Amount=1,5", "Member=yes"], ("Amount", "1.5")),
        (["Grade=gold", "Amount=many", "Member=yes"], ("Amount", "not a number")),
        (["Grade=gold", "Amount=", "Member=yes"], ("Amount",)),
        (["Grade=gold", "Amount=5", "Member=perhaps"], ("Member", "true")),
        (["Grade=gold", "Amount=5", "Member=null"], ("Member", "null")),
        (["Grade=gold", "Amount=5"], ("Member", "missing")),
        (["Grade=golden", "Amount=5", "Member=yes"], ("Grade", "'gold'")),
        (["Grad=gold", "Amount=5", "Member=yes"], ("'Grad'", "'Grade'")),
        (["gold", "Amount=5", "Member=yes"], ("'gold'", "name=value")),
        (["Grade=gold", "Grade=silver", "Member=yes"], ("'Grade'", "twice")),
    ],
)
def test_a_bad_input_names_what_is_wrong(discount: Path, inputs: list[str], words: tuple[str, ...]) -> None:
    """A bad input is exit 2 and one line that names it and how to mend it."""
    result = call("decide", "Discount", *inputs, "--workbook", glossary(discount))
    assert result.exit_code == 2, result.output
    last = result.stderr.splitlines()[-1]
    assert all(word in last for word in words), last
    assert result.stdout == ""


def test_an_unknown_table_names_the_nearest(made_site: Path, discount: Path) -> None:
    """A table that there is not is exit 2, with a suggestion."""
    for result in (
        call("decide", "Prioritty", "--site", made_site),
        call("decide", "Discont", "--workbook", discount),
    ):
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert "Priority" in call("decide", "Prioritty", "--site", made_site).stderr


def test_a_refused_table_says_everything_that_is_wrong_with_it(discount: Path) -> None:
    """A table with two bad cells is refused with a line for each."""
    book = openpyxl.load_workbook(discount)
    book["Discount"]["C5"] = ">= 1,5"
    book["Discount"]["C6"] = ">= x >"
    book.save(discount)
    result = call("decide", "Discount", "Grade=gold", "--workbook", glossary(discount))
    assert result.exit_code == 2
    assert "Discount!C5" in result.stderr
    assert "Discount!C6" in result.stderr


def test_two_rules_under_unique_name_both(tmp_path: Path) -> None:
    """A decision that cannot be made is exit 2 and names the rules."""
    book = workbook(
        tmp_path / "u.xlsx",
        [["Discount"], ["Unique", "If", "Then"], ["Rule", "Grade", "Percent"], ["U1", "gold", "a"], ["U2", "-", "b"]],
    )
    result = call("decide", "Discount", "Grade=gold", "--workbook", book)
    assert result.exit_code == 2
    assert "U1" in result.stderr
    assert "U2" in result.stderr


def test_effective_dates_need_a_time(tmp_path: Path) -> None:
    """A table with effective dates is decided for --at; a time without zone is a usage error."""
    book = workbook(
        tmp_path / "dates.xlsx",
        [
            ["Discount"],
            ["First", "If", "Then", "Note"],
            ["Rule", "Grade", "Percent", "Effective from"],
            ["T1", "gold", "new", "2026-06-01"],
            ["T2", "gold", "old", None],
        ],
    )
    for at, rule in (("2026-06-01T00:00:00Z", "T1"), ("2026-05-31T23:59:59Z", "T2")):
        told = data(call("decide", "Discount", "Grade=gold", "--at", at, "--workbook", book, "--json"))
        assert told["rules"] == [rule]
    for at in ("2026-06-01T00:00:00", "yesterday"):
        result = call("decide", "Discount", "Grade=gold", "--at", at, "--workbook", book)
        assert result.exit_code == 2
        assert "--at" in result.stderr
