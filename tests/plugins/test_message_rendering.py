"""Message files: which is found, what is filled in, and what is stopped."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.engine.messages import MessageLibrary, Rendered, message_flows, with_message_flows
from forewarn.errors import BadMessage, NotFound
from forewarn.plugins.api import Extensions, RecordView

FIELDS: Mapping[str, Any] = {
    "incident": RecordView(
        "incident",
        "INC0000001",
        {
            "short_description": "Tunnel down",
            "stage": None,
            "items": 3,
            "opened_at": datetime.datetime(2026, 3, 1, 9, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            "cost": Decimal("1234567.5"),
            "needs_attention": True,
        },
    ),
    "account": {"name": "Avid Corporation"},
    "text": "a" * 100_000,
    "rows": [{"name": "one"}, {"name": "two"}],
    "many": list(range(1_000)),
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., MessageLibrary]:
    """Write a message and open the library that holds it."""

    def write(text: str, *, key: str = "m", folder: str = "messages") -> MessageLibrary:
        path = tmp_path / folder / f"{key}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return MessageLibrary([tmp_path / "messages"])

    return write


RENDERED = {
    "a field": ("{{ incident.short_description }}", "Tunnel down"),
    "the number of a record": ("{{ incident.number }}", "INC0000001"),
    "a field named like a method": ("{{ incident.items }}", "3"),
    "a field in brackets": ('{{ incident["short_description"] }}', "Tunnel down"),
    "null": ("<{{ incident.stage }}>", "<>"),
    "null with a default": ('{{ incident.stage | default("none") }}', "none"),
    "no such field, with a default": ('{{ incident.site | default("none") }}', "none"),
    "no such record, with a default": ('{{ contact.name | default(account.name) }}', "Avid Corporation"),
    "asked for before use": ("{% if incident.site is defined %}{{ incident.site }}{% endif %}.", "."),
    "a time": ("{{ incident.opened_at }}", "2026-03-01 07:05 UTC"),
    "a date": ('{{ incident.opened_at | date("%d.%m.%Y") }}', "01.03.2026"),
    "money": ("{{ incident.cost | money }}", "1,234,567.50"),
    "a decimal": ("{{ incident.cost }}", "1234567.5"),
    "yes": ("{{ incident.needs_attention }}", "yes"),
    "a loop": ("{% for row in rows %}{{ loop.index }}{{ row.name }}{% if not loop.last %}, {% endif %}{% endfor %}",
               "1one, 2two"),
    "a list of fields": ('{{ rows | map(attribute="name") | join("; ") }}', "one; two"),
    "the first of a list": ("{{ rows[0].name }}{{ many[-1] }}", "one999"),
    "a part of a list": ("{{ many[:3] }}", "0, 1, 2"),
    "a block on a line of its own": ("a\n{% if text %}\nb\n{% endif %}\nc", "a\nb\nc"),
    "text that looks like markup": ("<{{ account.name }} & {{ '<b>' }}>", "<Avid Corporation & <b>>"),
}  # fmt: skip


@pytest.mark.parametrize("what", RENDERED)
def test_fields_are_filled_in(what: str, write: Callable[..., MessageLibrary]) -> None:
    """What a message says, and what the recipient reads."""
    template, expected = RENDERED[what]
    library = write(f"---\nsubject: {template.replace(chr(10), ' ')}\n---\n{template}\n")
    rendered = library.render("m", FIELDS)
    assert rendered.body == expected
    assert rendered.subject == " ".join(expected.split())


STOPPED = {
    "reaches for Python": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "a message cannot use a call"),
    "names what is private": ("{{ incident._fields }}", "'_fields' is not a field"),
    "reads an attribute by text": ("{{ incident['__class__'] }}", "incident has no field '__class__'"),
    "reads an attribute by filter": ("{{ incident | attr('kind') }}", "there is no filter 'attr'"),
    "reads a method": ("{{ text.upper }}", "'str object' has no attribute 'upper'"),
    "reads through map": ("{{ rows | map(attribute='__class__') | list }}", "no attribute '__class__'"),
    "reads a file": ("{% include '/etc/passwd' %}", "a message cannot use {% include %}"),
    "imports": ("{% import 'os' as os %}", "a message cannot use {% import %}"),
    "extends": ("{% extends 'base' %}", "a message cannot use {% extends %}"),
    "assigns": ("{% set a = 1 %}", "a message cannot use {% set %}"),
    "defines a macro that calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% macro %}"),
    "counts for ever": ("{% for a in range(999999999) %}{% endfor %}", "a message cannot use a call"),
    "nests loops": (
        "{% for a in many %}{% for b in many %}{% for c in many %}{% endfor %}{% endfor %}{% endfor %}",
        "its loops take more than 100000 turns",
    ),
    "recurses": ("{% for a in rows recursive %}{{ loop(rows) }}{% endfor %}", "a message cannot use"),
    "multiplies text": ("{{ 'x' * 1000000000 }}", "a message cannot use *"),
    "raises to a power": ("{{ 9 ** 9 ** 9 }}", "a message cannot use **"),
    "formats with a width": ("{{ '%1000000000d' % 1 }}", "a message cannot use %"),
    "formats by filter": ("{{ '%1000000000d' | format(1) }}", "there is no filter 'format'"),
    "pads": ("{{ 'x' | center(1000000000) }}", "there is no filter 'center'"),
    "indents": ("{{ 'x\ny' | indent(1000000000) }}", "more than 1000000 characters"),
    "replaces a by more": ("{{ text | replace('a', 'aaaaaaaaaaaaaaaaaaaa') }}", "more than 1000000 characters"),
    "joins by more": ("{{ text | join('xxxxxxxxxxxxxxxxxxxx') }}", "more than 1000000 characters"),
    "repeats its text": ("{% for a in many %}{{ text }}{% endfor %}", "more than 1000000 characters"),
    "joins too much at once": ("{{ " + " ~ ".join(["text"] * 60) + " }}", "joins more than 50 parts"),
    "prints a record": ("{{ incident }}", "RecordView cannot be written out"),
    "prints the loop": ("{% for a in rows %}{{ loop }}{% endfor %}", "cannot be written out"),
    "is nested deeply": ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "not a template"),
    "nests too many blocks": ("{% for a in rows %}" * 30 + "{% endfor %}" * 30, "not a template"),
    "holds a huge number": ("{{ " + "9" * 9_999 + " }}", "not a template"),
    "dates what is no date": ("{{ account.name | date }}", "is not a date"),
    "divides by nothing": ("{{ 1 / 0 }}", "a message cannot use /"),
    "does not end": ("{% if text %}", "Unexpected end of template"),
    "misspells a filter": ("{{ text | uper }}", "there is no filter 'uper' (did you mean upper?)"),
    "misspells a test": ("{{ text is defind }}", "there is no test 'defind' (did you mean defined?)"),
    "misspells a field": ("{{ incident.short_desciption }}", "(did you mean incident.short_description?)"),
    "misspells a record": ("{{ acount.name }}", "there is no 'acount' to write about (did you mean account?)"),
}


@pytest.mark.parametrize("what", STOPPED)
def test_what_a_message_must_not_do_is_stopped_at_its_line(what: str, write: Callable[..., MessageLibrary]) -> None:
    """One line with file and line, whether it was refused or stopped."""
    template, reason = STOPPED[what]
    library = write(f"---\nabout: a trap\n---\n\nHarmless.\n{template}\n")
    with pytest.raises(BadMessage) as caught:
        library.render("m", FIELDS)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.place.workbook == "messages/m.md"
    if reason != "not a template":
        assert caught.value.place.cell in {"line 6", "line 7"}, caught.value


def test_a_fault_in_the_subject_has_its_line(write: Callable[..., MessageLibrary]) -> None:
    """The subject is a template too, on a line of the front matter."""
    library = write("---\n\nsubject: On {{ incident.nubmer }}\n---\nHello\n")
    with pytest.raises(BadMessage, match=r"messages/m.md › line 3: .*'nubmer' \(did you mean incident.number\?\)"):
        library.render("m", FIELDS)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), st.sampled_from(["{{ %s }}", "{%% %s %%}", "%s"]))
def test_no_message_brings_about_anything_but_text_or_a_known_error(
    tmp_path_factory: pytest.TempPathFactory, words: str, frame: str
) -> None:
    """Whatever stands in a file, it renders or it is a BadMessage; and what `check` passes has no syntax error."""
    folder = tmp_path_factory.mktemp("messages")
    (folder / "m.md").write_text(frame % words, "utf-8")
    library = MessageLibrary([folder])
    try:
        library.render("m", FIELDS)
    except BadMessage as error:
        assert str(error).startswith(f"{folder.name}/m.md")  # noqa: PT017 - either outcome is right
    library.check({})


def test_a_subject_cannot_become_two_lines(write: Callable[..., MessageLibrary]) -> None:
    """A field with line breaks would otherwise add headers to a mail."""
    library = write("---\nsubject: On {{ text }}\n---\nx\n")
    assert library.render("m", {"text": "a\r\nBcc: b@example.com"}).subject == "On a Bcc: b@example.com"


def test_the_nearest_file_is_used(tmp_path: Path) -> None:
    """Domain, then language, then the site, then stock; a longer language tag before its shorter one."""

    def put(folder: str, key: str, text: str) -> None:
        path = tmp_path / folder / f"{key}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    put("stock", "k", "stock")
    put("stock", "only_stock", "stock")
    put("stock/de", "k", "stock de")
    put("stock/fr", "k", "stock fr")
    put("site", "k", "site")
    put("site/de", "k", "site de")
    put("site/de-AT", "k", "site de-AT")
    put("acme", "k", "acme")
    put("acme/fr", "k", "acme fr")
    library = MessageLibrary([tmp_path / "site", tmp_path / "stock"], domains={"acme": [tmp_path / "acme"]})

    def body(key: str, language: str | None = None, domain: str | None = None) -> str:
        return library.render(key, {}, language=language, domain=domain).body

    assert body("k") == "site"
    assert body("k", "de") == body("k", "de-CH") == "site de"
    assert body("k", "de-AT") == "site de-AT"
    assert body("k", "fr") == "stock fr"
    assert body("k", "es") == "site"
    assert body("k", "de", "acme") == body("k", None, "acme") == "acme"
    assert body("k", "fr", "acme") == "acme fr"
    assert body("k", None, "other") == "site"
    assert body("only_stock", "de", "acme") == "stock"
    assert library.keys == ("k", "only_stock")
    assert library.file("k") == tmp_path / "site" / "k.md"


def test_an_unknown_key_names_the_nearest(write: Callable[..., MessageLibrary]) -> None:
    """`NotFound`, with a suggestion."""
    with pytest.raises(NotFound, match=r"there is no message 'case_coment' .*'case_comment'"):
        write("x", key="case_comment").render("case_coment", {})


def test_a_broken_nearer_file_is_not_passed_over(tmp_path: Path) -> None:
    """The stock words must not go out where the site has its own."""
    for name, content in (("site", b"\xff\xfe"), ("stock", b"fine")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.md").write_bytes(content)
    with pytest.raises(BadMessage, match=r"site/m\.md: this message cannot be read: byte 1 is not UTF-8 text"):
        MessageLibrary([tmp_path / "site", tmp_path / "stock"]).render("m", {})


FRONT_MATTER = {
    "no end": ("---\nsubject: x\n", "line 1", "the front matter has no end"),
    "unknown name": ("---\nsubjct: x\n---\nb", "line 2", "front matter has no 'subjct'"),
    "no name": ("---\nabout: x\nhello\n---\nb", "line 3", "not a line of front matter: 'hello'"),
    "twice": ("---\nsubject: x\nsubject: y\n---\nb", "line 3", "'subject' stands twice"),
    "nothing to say": ("---\nsubject: x\n---\n\n", "line 4", "this message is empty"),
}


@pytest.mark.parametrize("what", FRONT_MATTER)
def test_faults_of_front_matter_are_findings_with_their_line(what: str, write: Callable[..., MessageLibrary]) -> None:
    """`check` tells file and line."""
    text, line, message = FRONT_MATTER[what]
    (finding,) = write(text).check({})
    assert (finding.place.workbook, finding.place.cell) == ("messages/m.md", line)
    assert message in finding.message


def test_front_matter_survives_other_editors(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends change nothing."""
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "m.md").write_bytes("\ufeff---\r\nsubject: S {{ text }}\r\n---\r\nline one\r\nline two\r\n".encode())
    assert MessageLibrary([folder]).render("m", {"text": "t"}) == Rendered("S t", "line one\nline two")


def test_check_finds_unknown_fields_before_anybody_is_written_to(write: Callable[..., MessageLibrary]) -> None:
    """Each with file, line, the nearest name; what is optional or local is none; a shadowed file is checked too."""
    library = write(
        "---\nsubject: {{ case.nubmer }}\n---\n{{ incident.number }}\n"
        "{% for row in rows %}{{ row.anything }}{{ loop.index }}{% endfor %}\n"
        "{{ contact.frist_name }} {{ acount.name }} {{ contact.nick | default('x') }} {{ text.anything }}\n"
        "{{ acount.other | default('x') }} {% if case.site is defined %}{{ case.site }}{% endif %}"
    )
    known = {
        "incident": ("number",),
        "case": ("number",),
        "contact": ("first_name",),
        "account": ("name",),
        "rows": (),
        "text": (),
    }
    found = [(one.code, one.place.cell, one.suggestion) for one in library.check(known)]
    assert found == [
        ("FW606", "line 2", "case.number"),
        ("FW606", "line 6", "contact.first_name"),
        ("FW605", "line 6", "account"),
        ("FW605", "line 7", "account"),
    ]


def test_a_flow_knows_the_incident_alone(write: Callable[..., MessageLibrary]) -> None:
    """What a letter may use is unknown where a message is posted on an incident."""
    known = {"incident": ("number",), "case": ("number",)}
    text = "{{ incident.number }} {{ case.number }}"
    assert write(text).check(known) == ()
    (finding,) = write(f"---\nflow: Mine\n---\n{text}").check(known)
    assert (finding.code, finding.message) == ("FW605", "there is no 'case' to write about")


def test_a_message_that_names_a_flow_is_that_flow(tmp_path: Path) -> None:
    """The flow posts the message; the nearest file wins; two of one folder are a finding."""
    for folder, key, flow in (
        ("stock", "a", "Flow A"),
        ("stock", "b", "Flow B"),
        ("site", "mine", "Flow A"),
        ("site", "other", "Flow A"),
        ("site", "new", "Flow C"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{key}.md").write_text(f"---\nflow: {flow}\n---\n{folder}/{key}\n")
    folders = [tmp_path / "site", tmp_path / "stock"]
    library = MessageLibrary(folders)
    assert library.flows == {"Flow A": "mine", "Flow B": "b", "Flow C": "new"}
    assert [(one.code, str(one.place)) for one in library.check({})] == [("FW607", "site/other.md › line 2")]

    def code(context: object) -> None:
        raise AssertionError

    stock = Extensions({"Flow B": code, **message_flows([tmp_path / "stock"])} | {"Flow B": code}, {}, (), ())
    flows = with_message_flows(stock, library).flows
    assert set(flows) == {"Flow A", "Flow B", "Flow C"}
    assert flows["Flow B"] is code
    posted: list[str] = []

    class Context:
        def message(self, key: str) -> str:
            return library.render(key, {}).body

        def work_note(self, text: str) -> None:
            posted.append(text)

    flows["Flow A"](Context())  # type: ignore[arg-type]
    flows["Flow C"](Context())  # type: ignore[arg-type]
    assert posted == ["site/mine", "site/new"]
