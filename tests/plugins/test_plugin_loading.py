"""Loading plugins: what is contained, what is reported, and who wins."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import Distribution, EntryPoint, EntryPoints
from pathlib import Path
from textwrap import dedent

import pytest

from forewarn.errors import BadPlugin
from forewarn.plugins import loading
from forewarn.plugins.loading import load_extensions

GOOD = """
    from forewarn.plugins.hookspecs import hookimpl

    @hookimpl
    def forewarn_flows():
        return {"Good": lambda context: None}
"""

BAD = {
    "raises at import": ("1 / 0", "ZeroDivisionError: division by zero (bad.py line 1)"),
    "does not parse": ("def :", "SyntaxError"),
    "is not text": ("x = '\udcff'", "not loaded"),
    "calls sys.exit at import": ("import sys\nsys.exit(3)", "it called sys.exit(3)"),
    "raises what is no Exception": ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd (bad.py line 2)"),
    "cannot even say what went wrong": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "not loaded: Mute",
    ),
    "raises in a hook": ("HOOK\ndef forewarn_flows():\n    raise KeyError('lost')", "forewarn_flows: KeyError: 'lost'"),
    "calls sys.exit in a hook": (
        "HOOK\ndef forewarn_sinks():\n    raise SystemExit",
        "forewarn_sinks: it called sys.exit",
    ),
    "misspells a hook": (
        "HOOK\ndef forewarn_flow():\n    return {}",
        "'forewarn_flow', did you mean 'forewarn_flows'?",
    ),
    "forgets the decorator": ("def forewarn_flows():\n    return {}", "lacks the decorator @hookimpl"),
    "asks for an argument": ("HOOK\ndef forewarn_flows(site):\n    return {}", "site"),
    "returns a list of flows": ("HOOK\ndef forewarn_flows():\n    return ['x']", "must return a mapping of flow names"),
    "names a flow by a number": (
        "HOOK\ndef forewarn_flows():\n    return {1: print}",
        "a flow name must be text, not 1",
    ),
    "offers a flow that is no function": (
        "HOOK\ndef forewarn_flows():\n    return {'x': 'y'}",
        "flow 'x' must be callable, not str",
    ),
    "offers a flow without a parameter": (
        "HOOK\ndef forewarn_flows():\n    return {'x': lambda: None}",
        "flow 'x' must be callable with one argument",
    ),
    "offers a coroutine": (
        "async def flow(context): pass\nHOOK\ndef forewarn_flows():\n    return {'x': flow}",
        "flow 'x' is a coroutine function",
    ),
    "offers a sink that takes nothing": (
        "HOOK\ndef forewarn_sinks():\n    return {'x': lambda: None}",
        "sink 'x' must be callable with one argument",
    ),
    "returns a mapping that breaks": (
        "class M(dict):\n    def items(self): raise OSError('gone')\nHOOK\ndef forewarn_flows():\n    return M(x=1)",
        "forewarn_flows: OSError: gone",
    ),
    "returns one path as text": ("HOOK\ndef forewarn_message_directories():\n    return '/tmp'", "a sequence of paths"),
    "names a folder that is not there": (
        "from pathlib import Path\nHOOK\ndef forewarn_message_directories():\n    return [Path('/not/there')]",
        "/not/there is not a folder",
    ),
    "is a generator": ("HOOK\ndef forewarn_flows():\n    yield {}", "must return a mapping"),
}


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a plugin of a site; its folder is returned."""
    folder = tmp_path / "plugins"
    folder.mkdir()

    def write(name: str, source: str) -> Path:
        text = dedent(source).replace("HOOK", "from forewarn.plugins.hookspecs import hookimpl\n@hookimpl")
        (folder / f"{name}.py").write_bytes(text.encode("utf-8", "surrogateescape"))
        return folder

    return write


@pytest.mark.parametrize("what", BAD)
def test_a_broken_plugin_is_one_line_and_the_others_go_on(what: str, plugin: Callable[[str, str], Path]) -> None:
    """Whatever is wrong with a plugin, its neighbours by name on both sides load, and one line says what it is."""
    source, reason = BAD[what]
    plugin("a_good", GOOD.replace("Good", "Before"))
    plugin("z_good", GOOD.replace("Good", "After"))
    folder = plugin("bad", source)
    extensions = load_extensions(site_plugins=folder, entry_points=False)
    assert set(extensions.flows) == {"Before", "After"}
    (failure,) = extensions.failures
    assert failure.name == "bad"
    assert failure.origin == "plugins/bad.py"
    assert reason in failure.reason
    assert "\n" not in str(failure)
    assert str(failure).startswith("plugin bad (plugins/bad.py): ")


def test_the_person_at_the_keyboard_may_stop_loading(plugin: Callable[[str, str], Path]) -> None:
    """An interrupt is not a plugin's failure."""
    folder = plugin("bad", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_extensions(site_plugins=folder, entry_points=False)


def test_strict_makes_every_failure_fatal(plugin: Callable[[str, str], Path]) -> None:
    """All failures stand in the one error that strict loading raises."""
    plugin("bad", "1/0")
    folder = plugin("worse", "raise SystemExit(2)")
    with pytest.raises(BadPlugin, match=r"(?s)plugin bad .*plugin worse"):
        load_extensions(site_plugins=folder, entry_points=False, strict=True)


def test_one_broken_hook_leaves_the_other_hooks_of_its_plugin(plugin: Callable[[str, str], Path]) -> None:
    """A hook that raises is left out by itself."""
    folder = plugin("half", GOOD + "\n    @hookimpl\n    def forewarn_sinks():\n        raise OSError('no')\n")
    extensions = load_extensions(site_plugins=folder, entry_points=False)
    assert set(extensions.flows) == {"Good"}
    assert [failure.reason.split(":")[0] for failure in extensions.failures] == ["forewarn_sinks"]


def test_an_edited_plugin_is_read_again(plugin: Callable[[str, str], Path]) -> None:
    """Opening the site again runs the new text, however quickly it follows the old one."""
    folder = plugin("mine", GOOD.replace("Good", "One1"))
    assert set(load_extensions(site_plugins=folder, entry_points=False).flows) == {"One1"}
    plugin("mine", GOOD.replace("Good", "Two2"))
    assert set(load_extensions(site_plugins=folder, entry_points=False).flows) == {"Two2"}


def test_files_with_an_underscore_are_not_plugins(plugin: Callable[[str, str], Path]) -> None:
    """They are what plugins keep for themselves."""
    folder = plugin("_broken", "1/0")
    assert load_extensions(site_plugins=folder, entry_points=False).failures == ()


def test_a_site_without_plugins_has_none(tmp_path: Path) -> None:
    """A folder that is not there is no fault."""
    extensions = load_extensions(site_plugins=tmp_path / "plugins", entry_points=False)
    assert not extensions.flows
    assert not extensions.failures


def test_a_plugin_may_use_dataclasses_and_its_own_path(plugin: Callable[[str, str], Path]) -> None:
    """A plugin's file is a module like any other: it is found by its name and knows where it lies."""
    source = """
        from __future__ import annotations
        from dataclasses import dataclass
        from pathlib import Path
        HOOK
        def forewarn_message_directories():
            return [Path(__file__).parent]

        @dataclass
        class Flow:
            name: str
            def __call__(self, context): pass

        @hookimpl
        def forewarn_flows():
            return {"Mine": Flow("x")}
    """
    folder = plugin("mine", dedent(source))
    extensions = load_extensions(site_plugins=folder, entry_points=False)
    assert extensions.failures == ()
    assert extensions.message_directories == (folder,)
    assert extensions.flows["Mine"].name == "x"  # type: ignore[attr-defined]


class _Installed(Distribution):
    """A distribution that is installed, as far as its metadata goes."""

    def __init__(self, name: str, version: str) -> None:
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Put a module on the path and its entry point among those that are installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    real = tuple(loading.installed_entry_points(group="forewarn"))
    added: list[EntryPoint] = []
    monkeypatch.setattr(loading, "installed_entry_points", lambda *, group: EntryPoints([*real, *added]))

    def write(name: str, source: str, *, distribution: str) -> None:
        module = f"forewarn_test_{tmp_path.name.replace('-', '_')}_{distribution}_{name}".replace("-", "_")
        text = dedent(source).replace("HOOK", "from forewarn.plugins.hookspecs import hookimpl\n@hookimpl")
        (tmp_path / f"{module}.py").write_text(text)
        entry = EntryPoint(name, module, "forewarn")
        vars(entry)["dist"] = _Installed(distribution, "1.2")
        added.append(entry)

    return write


def test_an_installed_plugin_is_known_by_name_version_and_origin(install: Callable[..., None]) -> None:
    """What the operator sees of a plugin that another distribution installs."""
    install("paging", GOOD, distribution="acme-paging")
    extensions = load_extensions()
    assert ("paging", "1.2", "installed by acme-paging") in {
        (one.name, one.version, one.origin) for one in extensions.plugins
    }
    assert "Good" in extensions.flows


def test_a_failure_of_an_installed_plugin_names_its_version(install: Callable[..., None]) -> None:
    """Stock plugins and the rest load although an installed one calls sys.exit."""
    install("paging", "import sys; sys.exit('bye')", distribution="acme-paging")
    extensions = load_extensions()
    assert "eml" in extensions.sinks
    (failure,) = extensions.failures
    assert str(failure) == "plugin paging 1.2 (installed by acme-paging): not loaded: it called sys.exit('bye')"


def test_the_allow_list_keeps_installed_plugins_out(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """FOREWARN_LOAD_PLUGINS names entry points or distributions; stock plugins always load; unknown names are told."""
    install("paging", GOOD.replace("Good", "Paging"), distribution="acme-paging")
    install("chat", GOOD.replace("Good", "Chat"), distribution="acme-chat")
    monkeypatch.setenv("FOREWARN_LOAD_PLUGINS", "")
    extensions = load_extensions()
    assert not {"Paging", "Chat"} & set(extensions.flows)
    assert "jsonl" in extensions.sinks
    monkeypatch.setenv("FOREWARN_LOAD_PLUGINS", " acme-chat , nobody")
    extensions = load_extensions()
    assert {"Paging", "Chat"} & set(extensions.flows) == {"Chat"}
    assert [(one.name, one.reason) for one in extensions.failures] == [("nobody", "no installed plugin of that name")]
    assert "Paging" in load_extensions(allow=["paging"]).flows


NAMED = """
    class Flow:
        def __init__(self, origin): self.origin = origin
        def __call__(self, context): pass

    HOOK
    def forewarn_flows():
        return {"Shared": Flow(%r), "Network Initiated Link Failure - L1": Flow(%r)}
"""


def test_the_nearer_plugin_wins_and_a_note_says_so(
    install: Callable[..., None], plugin: Callable[[str, str], Path]
) -> None:
    """Site before installed before stock, for each flow that they share."""
    install("aaa", NAMED % ("installed", "installed"), distribution="acme")
    extensions = load_extensions()
    assert extensions.flows["Network Initiated Link Failure - L1"].origin == "installed"  # type: ignore[attr-defined]
    folder = plugin("zzz", NAMED % ("site", "site"))
    extensions = load_extensions(site_plugins=folder)
    assert extensions.flows["Shared"].origin == "site"  # type: ignore[attr-defined]
    assert extensions.failures == ()
    assert (
        "flow 'Shared' of plugin aaa (installed by acme) is replaced by that of plugin zzz (plugins/zzz.py)"
        in extensions.notes
    )
    assert any("stock_flows (stock) is replaced by that of plugin zzz" in note for note in extensions.notes)


def test_a_plugin_of_the_same_name_is_replaced_whole(
    install: Callable[..., None], plugin: Callable[[str, str], Path]
) -> None:
    """A site may stand in for an installed plugin; only if its own loads."""
    install("paging", GOOD.replace("Good", "Installed"), distribution="acme")
    folder = plugin("paging", GOOD.replace("Good", "Own"))
    extensions = load_extensions(site_plugins=folder)
    assert {"Installed", "Own"} & set(extensions.flows) == {"Own"}
    assert extensions.notes == ("plugin paging (installed by acme) is replaced by paging (plugins/paging.py)",)
    plugin("paging", "1/0")
    extensions = load_extensions(site_plugins=folder)
    assert {"Installed", "Own"} & set(extensions.flows) == {"Installed"}


def test_of_two_equals_the_first_by_name_is_kept(plugin: Callable[[str, str], Path]) -> None:
    """Two plugins of one level with one flow: a failure of the second, which keeps its other flows."""
    plugin("b", NAMED % ("b", "b") + '\n    @hookimpl\n    def forewarn_sinks():\n        return {"s": Flow}\n')
    folder = plugin("a", NAMED % ("a", "a"))
    extensions = load_extensions(site_plugins=folder, entry_points=False)
    assert extensions.flows["Shared"].origin == "a"  # type: ignore[attr-defined]
    assert [one.name for one in extensions.failures] == ["b", "b"]
    assert "flow 'Shared' is already offered by plugin a (plugins/a.py)" in extensions.failures[0].reason
    assert set(extensions.sinks) == {"s"}


def test_stock_plugins_register_through_the_same_door() -> None:
    """They are entry points of this distribution, and nothing of them fails."""
    extensions = load_extensions(strict=True)
    assert {one.name for one in extensions.plugins if one.origin == "stock"} == {
        "stock_flows",
        "stock_formats",
        "stock_messages",
        "stock_sinks",
        "stock_summaries",
        "stock_workbooks",
    }
    assert len(extensions.flows) == 20
    assert {"console", "jsonl", "eml"} <= set(extensions.sinks)
    (workbooks,) = extensions.workbook_directories
    assert any((workbooks / "decision_tables").glob("*.xlsx"))


def test_a_hook_of_a_later_version_can_be_optional(plugin: Callable[[str, str], Path]) -> None:
    """A plugin that also serves a newer Forewarn marks what this one does not know."""
    source = GOOD + "\n    @hookimpl(optionalhook=True)\n    def forewarn_hook_to_come():\n        return 1\n"
    extensions = load_extensions(site_plugins=plugin("mine", source), entry_points=False)
    assert (set(extensions.flows), extensions.failures) == ({"Good"}, ())


def test_running_bare_sources_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the distribution's entry points there are no stock plugins, and no guess why."""
    monkeypatch.setattr(loading, "installed_entry_points", lambda **_: EntryPoints(()))
    (failure,) = load_extensions().failures
    assert str(failure).startswith("plugin forewarn (stock): its own plugins are not registered: install it")


def test_broken_metadata_does_not_hide_a_plugin(install: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution whose name cannot be read is known by the module of its plugin."""
    install("paging", GOOD, distribution="acme")
    monkeypatch.setattr(_Installed, "read_text", lambda self, filename: 1 / 0)
    extensions = load_extensions()
    assert "Good" in extensions.flows
    (paging,) = (one for one in extensions.plugins if one.name == "paging")
    assert paging.version is None
    assert paging.origin.startswith("installed by forewarn_test_")
