"""Each hook by itself: what it gives is collected, nonsense is refused with a line, the neighbours go on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from forewarn.plugins import hookspecs
from forewarn.plugins.api import CaseType, Extensions
from forewarn.plugins.limits import TookTooLong, within
from forewarn.plugins.loading import LISTED, NAMED, load_extensions

HOOKS = [name for name in vars(hookspecs) if name.startswith("forewarn_")]
HEAD = """
    from forewarn.plugins.hookspecs import hookimpl
    from forewarn.plugins.api import CaseType, Summary
"""

Load = Callable[..., Extensions]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a site's plugins from sources by name."""

    def loaded(*, seconds: float = 20.0, **sources: str) -> Extensions:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(dedent(HEAD) + dedent(source))
        return load_extensions(site_plugins=tmp_path, entry_points=False, seconds=seconds)

    return loaded


def reason(extensions: Extensions) -> str:
    """The reason of the one failure."""
    (failure,) = extensions.failures
    return failure.reason


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_named_test(hook: str, repo: Path) -> None:
    """A hook without a test of its own name fails here."""
    written = "\n".join(path.read_text("utf-8") for path in (repo / "tests").rglob("test_*.py"))
    assert re.search(rf"def test_{hook}\w*\(", written), hook


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_collected(hook: str) -> None:
    """Nothing that a plugin offers is dropped: each hook has its place in what the engine is handed."""
    attributes = {one.name: one.attribute for one in NAMED} | {name: attribute for name, attribute, _ in LISTED}
    assert attributes[hook] in Extensions.__dataclass_fields__


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_types(hook: str) -> None:
    """An author's editor knows what a hook returns."""
    assert inspect.signature(getattr(hookspecs, hook)).return_annotation


def test_forewarn_flows(load: Load) -> None:
    """A mapping of names to functions of one argument."""
    loaded = load(mine="@hookimpl\ndef forewarn_flows(): return {' My Flow ': lambda context: None}")
    assert list(loaded.flows) == ["My Flow"]


def test_forewarn_sinks(load: Load) -> None:
    """A mapping of kinds to factories."""
    assert list(load(mine="@hookimpl\ndef forewarn_sinks(): return {'pager': lambda settings: None}").sinks) == [
        "pager"
    ]


def test_forewarn_message_directories(load: Load, tmp_path: Path) -> None:
    """Folders, the nearest plugin's first, each once."""
    source = "from pathlib import Path\n@hookimpl\ndef forewarn_message_directories(): return [Path(__file__).parent]"
    assert load(mine=source, other=source).message_directories == (tmp_path,)


def test_forewarn_workbook_directories(load: Load, tmp_path: Path) -> None:
    """Folders with workbooks for new sites."""
    source = "from pathlib import Path\n@hookimpl\ndef forewarn_workbook_directories(): return [Path(__file__).parent]"
    assert load(mine=source).workbook_directories == (tmp_path,)


def test_forewarn_event_actions(load: Load) -> None:
    """A mapping of names to functions of one argument."""
    assert list(load(mine="@hookimpl\ndef forewarn_event_actions(): return {'page': print}").event_actions) == ["page"]
    odd = load(mine="@hookimpl\ndef forewarn_event_actions(): return {'page': lambda: None}")
    assert "event action 'page' must be callable with one argument, the EventContext" in reason(odd)


def test_forewarn_alert_formats(load: Load) -> None:
    """A mapping of names to objects with both methods."""
    source = """
        class Ours:
            def recognises(self, document): return "ours" in document
            def read(self, document): return []
        @hookimpl
        def forewarn_alert_formats(): return {"ours": Ours()}
    """
    assert list(load(mine=source).alert_formats) == ["ours"]
    odd = load(mine="@hookimpl\ndef forewarn_alert_formats(): return {'ours': print}")
    assert "alert format 'ours' needs a method recognises(), see forewarn.plugins.api.AlertFormat" in reason(odd)


def test_forewarn_case_types(load: Load) -> None:
    """A mapping of names to case types."""
    good = load(mine="@hookimpl\ndef forewarn_case_types(): return {'Router': CaseType('Routers', ('serial',))}")
    assert good.case_types == {"Router": CaseType("Routers", ("serial",))}
    odd = load(mine="@hookimpl\ndef forewarn_case_types(): return {'Router': ['serial']}")
    assert reason(odd) == "forewarn_case_types: case type 'Router' must be a CaseType, not list"


def test_forewarn_cell_functions(load: Load) -> None:
    """A mapping of names to functions with named parameters."""
    good = load(mine="@hookimpl\ndef forewarn_cell_functions(): return {'twice': lambda number: 2 * number}")
    assert good.cell_functions["twice"](4) == 8
    odd = load(mine="@hookimpl\ndef forewarn_cell_functions(): return {'twice': lambda *numbers: 0}")
    assert "cell function 'twice' must take named parameters" in reason(odd)


def test_forewarn_recipients(load: Load) -> None:
    """A mapping of lists to functions of a record."""
    good = load(mine="@hookimpl\ndef forewarn_recipients(): return {'Metro': lambda record: ['ACC1']}")
    assert list(good.recipients) == ["Metro"]
    odd = load(mine="@hookimpl\ndef forewarn_recipients(): return {'Metro': ['ACC1']}")
    assert reason(odd) == "forewarn_recipients: recipients list 'Metro' must be callable, not list"


def test_forewarn_record_observers(load: Load) -> None:
    """A sequence of objects with both methods; one that cannot be hashed is as good as any."""
    observer = """
        class Observer:
            __hash__ = None
            def before_commit(self, changes): pass
            def after_commit(self, changes): pass
    """
    hook = "@hookimpl\ndef forewarn_record_observers(): return [Observer(), Observer()]"
    assert len(load(mine=dedent(observer) + hook).record_observers) == 2
    odd = load(mine="@hookimpl\ndef forewarn_record_observers(): return [print]")
    assert "record observer needs a method before_commit(), see forewarn.plugins.api.RecordObserver" in reason(odd)


def test_forewarn_spoke_selectors(load: Load) -> None:
    """A sequence of functions of a request, the nearest plugin's first."""
    good = load(mine="@hookimpl\ndef forewarn_spoke_selectors(): return [lambda request: None]")
    assert len(good.spoke_selectors) == 1
    odd = load(mine="@hookimpl\ndef forewarn_spoke_selectors(): return {'a': print}")
    assert reason(odd) == "forewarn_spoke_selectors: must return a sequence of spoke selectors, not dict"


def test_forewarn_checks(load: Load) -> None:
    """A mapping of codes to functions of a table; the product's own codes are not given away."""
    good = load(mine="@hookimpl\ndef forewarn_checks(): return {'ACME01': lambda table: []}")
    assert list(good.table_checks) == ["ACME01"]
    odd = load(mine="@hookimpl\ndef forewarn_checks(): return {'FW203': lambda table: []}")
    assert "check 'FW203' is not a code" in reason(odd)


def test_forewarn_summaries(load: Load) -> None:
    """A mapping of purposes to functions of texts."""
    good = load(mine="@hookimpl\ndef forewarn_summaries(): return {'case summary': lambda texts: Summary('x', 'me')}")
    assert list(good.summaries) == ["case summary"]
    odd = load(mine="async def s(texts): pass\n@hookimpl\ndef forewarn_summaries(): return {'case summary': s}")
    assert "is a coroutine function: nothing here awaits it" in reason(odd)


def test_a_plugin_that_hangs_at_import_is_left_behind(load: Load) -> None:
    """Its neighbours load, and one line says how long it was waited for."""
    good = "@hookimpl\ndef forewarn_flows(): return {NAME: lambda context: None}"
    loaded = load(
        seconds=0.2,
        before=good.replace("NAME", "'Before'"),
        hangs="import time\ntime.sleep(60)",
        later=good.replace("NAME", "'After'"),
    )
    assert set(loaded.flows) == {"Before", "After"}
    assert reason(loaded) == "not loaded: it did not come back within 0.2 s, and was left behind"


def test_a_hook_that_spins_is_left_behind(load: Load) -> None:
    """A loop without end is waited for no longer than a sleep; the plugin's other hooks are called."""
    source = """
        import time
        ends = time.monotonic() + 5
        @hookimpl
        def forewarn_flows():
            while time.monotonic() < ends: pass
        @hookimpl
        def forewarn_sinks(): return {"pager": lambda settings: None}
    """
    loaded = load(seconds=0.3, mine=source)
    assert list(loaded.sinks) == ["pager"]
    assert reason(loaded).startswith("forewarn_flows: it did not come back within 0.3 s")


def test_further_folders_are_plugins_of_the_site(tmp_path: Path) -> None:
    """Each folder that is named beside the site's own is loaded in the same way, and a name clash is told."""
    for folder in ("own", "more"):
        (tmp_path / folder).mkdir()
        source = f"@hookimpl\ndef forewarn_flows(): return {{'{folder}': lambda context: None}}"
        (tmp_path / folder / f"{folder}.py").write_text(dedent(HEAD) + source)
    (tmp_path / "more" / "own.py").write_text("")
    loaded = load_extensions(site_plugins=tmp_path / "own", more_plugins=[tmp_path / "more"], entry_points=False)
    assert set(loaded.flows) == {"own", "more"}
    assert "another plugin of this name was loaded first" in reason(loaded)


def test_a_bounded_call_gives_back_what_it_returns_and_raises() -> None:
    """The thread in between is not seen: values, exceptions and interrupts come through."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    assert within(5, lambda: 7, name="t") == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0, name="t")
    with pytest.raises(KeyboardInterrupt):
        within(5, interrupt, name="t")
    with pytest.raises(TookTooLong, match=r"within 0\.05 s"):
        within(0.05, lambda: __import__("time").sleep(30), name="t")
