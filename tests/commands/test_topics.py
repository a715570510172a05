"""``forewarn topics``: what an integrator does with the topics of a bus at the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from services.kafka_topics import make_topic, topics_of
from services.rest_proxy import RestProxy

from forewarn.engine.publishing.queries import read_query
from tests.commands.conftest import call
from tests.commands.test_plugins_and_sinks import told


def settings(site: Path, text: str) -> None:
    """Add tables to the site's settings."""
    path = site / "forewarn.toml"
    path.write_text(path.read_text() + "\n" + text)


@pytest.fixture(scope="module")
def proxy(kafka: str) -> Iterator[RestProxy]:
    """A REST proxy before a real broker."""
    one = RestProxy(kafka)
    yield one
    one.close()


def test_a_topic_is_added_made_and_listed(kafka: str, proxy: RestProxy, site: Path) -> None:
    """It is on the broker when the command is back; the list says what it takes, and that the publisher is on."""
    settings(site, f'[sinks.bus]\nkind = "rest_proxy"\npublisher = "openMessageBus"\nurl = "{proxy.url}"\n')
    name = f"resolved-{make_topic(kafka)}"
    query = "troubleTicket.status=resolved,closed"
    added = call("topics", "add", name, "--site", site, "--content", query, "--partitions", 5, "--as", "ann")
    assert told(added) == f"topic {name}: added\n"
    assert topics_of(kafka)[name] == 5
    listed = told(call("topics", "list", "--site", site))
    assert query in listed
    assert "here, ann" in listed
    assert "publisher openMessageBus: on over bus\n" in listed
    assert "publisher hermes: off; the property sn_api_notif_mgmt.publisher_messages says openMessageBus\n" in listed
    (one,) = json.loads(told(call("topics", "list", "--site", site, "--json")))["topics"]
    assert (one["name"], one["type"], one["user_created"], one["content_query"]) == (name, "Egress", True, query)
    assert told(call("topics", "sync", "--site", site)) == "0 topics on the bus\n"
    removed = told(call("topics", "remove", name, "--site", site))
    assert removed == f"topic {name}: removed; what the bus holds of it stays there\n"
    assert name in topics_of(kafka)
    assert told(call("topics", "list", "--site", site)).startswith("no topics\n")


def test_a_bus_that_is_not_there_is_exit_1_and_the_topic_stays(site: Path) -> None:
    """One line says why; sync says it again; the list shows it."""
    result = call("topics", "add", "tickets", "--site", site)
    assert "warning: topic tickets: no bus is configured" in told(result, 1)
    again = json.loads(call("topics", "sync", "--site", site, "--json").stdout)
    assert (again["changed"], len(again["failures"])) == (0, 1)
    listed = told(call("topics", "list", "--site", site))
    assert "not yet: no bus is configured" in " ".join(listed.split())
    assert "publisher openMessageBus: off; no bus is configured" in listed


def test_sinks_list_says_which_sink_is_off(site: Path) -> None:
    """One whose publisher the property does not choose; it has nothing to do, and that is why."""
    settings(site, '[sinks.kafka]\nkind = "spokes"\npublisher = "hermes"\n')
    listed = told(call("sinks", "list", "--site", site))
    assert "off: the workbooks do not choose the publisher hermes" in " ".join(listed.split())
    found = {one["sink"]: one["off"] for one in json.loads(told(call("sinks", "list", "--site", site, "--json")))}
    assert (found.pop("kafka"), set(found.values())) == (True, {False})


def test_a_topic_of_the_bus_is_registered(site: Path) -> None:
    """With the queries it is told; told again, it changes."""
    assert told(call("topics", "register", "noc", "--site", site)) == "topic noc: registered\n"
    again = told(call("topics", "register", "noc", "--site", site, "--header", "a=1"))
    assert again == "topic noc: known, and noted as told\n"
    listed = told(call("topics", "list", "--site", site))
    assert "by the bus" in listed
    assert "a=1" in listed


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "a b"], 2, "error: 'a b' is no name of a topic"),
        (["add", "t", "--header", "a"], 2, "error: header query 'a', character 2: '=' is missing after 'a'"),
        (["remove", "t"], 2, "error: there is no topic 't' (there are: none)"),
        (["register", "t", "--type", "Both"], 2, "error: 'Both' is no type of a topic (one of: Egress, Ingress)"),
    ],
)
def test_a_wrong_word_is_one_line(arguments: list[str], code: int, said: str, site: Path) -> None:
    """With what is wrong, where, and what to write."""
    output = told(call("topics", *arguments, "--site", site), code)
    assert output.startswith(said)
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('publisher = "kafka"', "sinks.bus.publisher"),
        (
            'publisher = "hermes"\ntakes = ["customer notifications"]',
            'takes ["trouble ticket events"] and nothing else',
        ),
    ],
)
def test_a_wrong_publisher_is_a_fault_of_the_settings(table: str, said: str, site: Path) -> None:
    """One line that names the setting."""
    settings(site, f'[sinks.bus]\nkind = "spokes"\n{table}\n')
    output = told(call("topics", "list", "--site", site), 2)
    assert said in output
    assert output.count("\n") == 1


def test_the_page_shows_what_is_printed(repo: Path, site: Path) -> None:
    """The queries of the page can be read, and its fault is what the command says."""
    page = (repo / "docs" / "message-bus.md").read_text("utf-8")
    for written in ("a=1&b=2", "a=1,2", "a.b=1", "priority=1 - Critical", "troubleTicket.status=resolved,closed"):
        assert written in page
        assert read_query(written).terms
    (fault,) = re.findall(r"^error: header query.*$", page, re.MULTILINE)
    (typed,) = re.findall(r'--header "(eventType=A&status)"', page)
    assert told(call("topics", "add", "t", "--header", typed, "--site", site), 2) == fault + "\n"
