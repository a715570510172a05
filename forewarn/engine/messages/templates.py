"""Subjects and bodies of messages: refused, bounded and compiled once, then rendered many times.

On top of Jinja2's sandbox a message has no calls, no assignments, no macros, no includes and none of the operators
that make large values out of small ones. What is left always ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import GeneratorType, TracebackType
from typing import Any

from jinja2 import Template, TemplateSyntaxError, UndefinedError, nodes

from forewarn.engine.messages.environment import BOUNDED, BUDGET, ENVIRONMENT, Budget, TooMuch, within_length
from forewarn.plugins.api import RecordView

MOST_PARTS = 50

_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.If, nodes.For, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Filter, nodes.Test, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos, nodes.Tuple, nodes.List,
    nodes.Keyword,
)  # fmt: skip
_WORDS = {
    "Assign": "{% set %}", "Call": "a call", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "Dict": "{…: …}",
    "AssignBlock": "{% set %}", "CallBlock": "{% call %}", "FilterBlock": "{% filter %}", "FromImport": "{% from %}",
}  # fmt: skip


class TemplateFault(Exception):
    """What is wrong with a message, at a line of its file; ``code`` is that of a finding."""

    def __init__(self, code: str, message: str, line: int | None, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that a message uses: the name it starts with (``incident``), the field if any, and the line.

    It is ``optional`` where the message says what to do without it (``default``, ``is defined``).
    """

    name: str
    field: str | None
    line: int
    optional: bool = False

    def unknown_in(self, known: Mapping[str, Collection[str]]) -> TemplateFault | None:
        """What is wrong with it, the nearest good spelling as the fault's hint; ``None`` where it is known.

        A name that ``known`` maps to nothing is a plain value: its fields are nobody's business.
        """
        if self.name not in known:
            near = get_close_matches(self.name, known, n=1)
            message = f"there is no {self.name!r} to write about"
            return TemplateFault("FW605", message, self.line, hint=near[0] if near else None)
        fields = known[self.name]
        if self.field is None or not fields or self.field in fields or self.optional:
            return None
        near = get_close_matches(self.field, fields, n=1)
        message = f"{self.name} has no field {self.field!r}"
        return TemplateFault("FW606", message, self.line, hint=f"{self.name}.{near[0]}" if near else None)


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A subject or a body, ready to be rendered many times; ``references`` are the fields that it uses."""

    template: Template
    references: tuple[Reference, ...]

    def render(self, fields: Mapping[str, Any]) -> str:
        """Fill in ``fields``: records (mappings) and plain values by name; raises `TemplateFault`."""
        budget = Budget()
        context = self.template.new_context({**fields, BUDGET: budget})
        parts: list[str] = []
        length = 0
        stream = self.template.root_render_func(context)
        try:
            for part in stream:
                parts.append(part)
                length += len(part)
                within_length(length)
                budget.check_time()
        except UndefinedError as error:
            raise self._unknown(error, fields) from error
        except TooMuch as error:
            line = self._line(error)
            if line is None and isinstance(stream, GeneratorType) and stream.gi_frame is not None:
                line = self.template.get_corresponding_lineno(stream.gi_frame.f_lineno)  # it is over a bound of ours
            raise TemplateFault("FW604", f"the message was stopped: {error}", line) from error
        except Exception as error:  # a message is foreign text: whatever it brings about is its own fault
            what = f"the message cannot be rendered: {error or type(error).__name__}"
            raise TemplateFault("FW604", what, self._line(error)) from error
        return "".join(parts).strip("\n")

    def _unknown(self, error: UndefinedError, fields: Mapping[str, Any]) -> TemplateFault:
        """Name the unknown field, and the nearest one that is known."""
        line = self._line(error)
        known = {name: _fields_of(value) for name, value in fields.items()}
        for reference in sorted(self.references, key=lambda one: (one.line != line, one.line)):
            fault = reference.unknown_in(known)
            if fault is not None:
                hint = f"did you mean {fault.hint}?" if fault.hint else None
                return TemplateFault(fault.code, fault.message, fault.line, hint=hint)
        return TemplateFault("FW606", f"the message uses a value that is not there: {error}", line)

    def _line(self, error: BaseException) -> int | None:
        """The line of the message file at which ``error`` arose."""
        line: int | None = None
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.template.filename:
                line = self.template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


def compile_template(text: str, *, name: str, first_line: int) -> CompiledTemplate:
    """Compile a subject or a body that starts at ``first_line`` of the file ``name``; raises `TemplateFault`."""
    padded = "\n" * (first_line - 1) + text  # so that the lines Jinja tells are those of the file
    try:
        tree = ENVIRONMENT.parse(padded, name, name)
    except TemplateSyntaxError as error:
        raise TemplateFault("FW603", error.message or "not a template", error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise TemplateFault("FW603", f"not a template: {error}", first_line) from error
    try:
        _refuse_what_is_not_allowed(tree)
        references = _references(tree)
        _bound_loops(tree)
        code = ENVIRONMENT.compile(tree, name, f"<message {name}:{first_line}>")
    except TemplateSyntaxError as error:
        raise TemplateFault("FW603", error.message or "not a template", error.lineno) from error
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise TemplateFault("FW603", f"not a template: {error}", first_line) from error
    return CompiledTemplate(Template.from_code(ENVIRONMENT, code, {}), references)


def unknown_fields(compiled: CompiledTemplate, known: Mapping[str, Collection[str]]) -> Iterator[TemplateFault]:
    """The fields that a message uses and no record has (see `Reference.unknown_in`)."""
    for reference in compiled.references:
        fault = reference.unknown_in(known)
        if fault is not None:
            yield fault


def _fields_of(value: Any) -> Collection[str]:
    """The fields of a record; none for a plain value."""
    return ("number", *value) if isinstance(value, RecordView) else tuple(value) if isinstance(value, Mapping) else ()


def _refuse_what_is_not_allowed(tree: nodes.Template) -> None:
    for node in _walk(tree):
        kind = type(node).__name__
        if not isinstance(node, _ALLOWED_NODES):
            word = _WORDS.get(kind, f"{{% {kind.lower()} %}}" if isinstance(node, nodes.Stmt) else kind.lower())
            hint = "use fields, filters, {% if %} and {% for %}"
            raise TemplateFault("FW604", f"a message cannot use {word}", node.lineno, hint=hint)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateFault("FW604", "a message cannot use recursive loops", node.lineno)
        if isinstance(node, nodes.Name | nodes.Getattr) and _plain_name(node).startswith("_"):
            raise TemplateFault("FW604", f"{_plain_name(node)!r} is not a field", node.lineno)
        if isinstance(node, nodes.Filter) and node.name not in ENVIRONMENT.filters:
            raise _unknown_word("filter", node.name, ENVIRONMENT.filters, node.lineno)
        if isinstance(node, nodes.Test) and node.name not in ENVIRONMENT.tests:
            raise _unknown_word("test", node.name, ENVIRONMENT.tests, node.lineno)
        if isinstance(node, nodes.Output):
            for expression in node.nodes:
                if _parts(expression) > MOST_PARTS:
                    what = f"one expression joins more than {MOST_PARTS} parts"
                    raise TemplateFault("FW604", what, expression.lineno)


def _unknown_word(kind: str, name: str, known: Iterable[str], line: int) -> TemplateFault:
    near = get_close_matches(name, known, n=1)
    return TemplateFault(
        "FW604", f"there is no {kind} {name!r}", line, hint=f"did you mean {near[0]}?" if near else None
    )


def _plain_name(node: nodes.Name | nodes.Getattr) -> str:
    return node.name if isinstance(node, nodes.Name) else node.attr


def _walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, without recursion: nesting in a message must not exhaust the stack."""
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.iter_child_nodes())))


def _parts(expression: nodes.Node) -> int:
    """How many values an expression could join into one."""
    return sum(
        len(node.nodes) if isinstance(node, nodes.Concat) else len(node.items) if isinstance(node, nodes.List) else 1
        for node in _walk(expression)
        if isinstance(node, nodes.Concat | nodes.Add | nodes.List)
    )


def _references(tree: nodes.Template) -> tuple[Reference, ...]:
    """The fields that a message uses, other than what its own loops name."""
    local = {"loop"}
    optional: set[tuple[str, str | None]] = set()
    found: list[Reference] = []
    inner: set[int] = set()
    for node in _walk(tree):
        if isinstance(node, nodes.For):
            local |= {name.name for name in node.target.find_all(nodes.Name)}
            if isinstance(node.target, nodes.Name):
                local.add(node.target.name)
        guards = (isinstance(node, nodes.Filter) and node.name == "default") or (
            isinstance(node, nodes.Test) and node.name in {"defined", "undefined"}
        )
        if guards and isinstance(node, nodes.Filter | nodes.Test) and node.node is not None:
            start = _reference(node.node)
            if start is not None:
                optional |= {(start.name, start.field), (start.name, None)}
        reference = _reference(node)
        if reference is not None and id(node) not in inner:
            found.append(reference)
            if isinstance(node, nodes.Getattr | nodes.Getitem):
                inner.add(id(node.node))
    marked = [replace(one, optional=(one.name, one.field) in optional) for one in found if one.name not in local]
    return tuple(dict.fromkeys(marked))


def _reference(node: nodes.Node) -> Reference | None:
    """``incident``, ``incident.number`` or ``incident["number"]``."""
    if isinstance(node, nodes.Name) and node.ctx == "load":
        return Reference(node.name, None, node.lineno)
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return Reference(node.node.name, node.attr, node.lineno)
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and isinstance(node.arg, nodes.Const):
        return Reference(node.node.name, str(node.arg.value), node.lineno) if isinstance(node.arg.value, str) else None
    return None


def _bound_loops(tree: nodes.Template) -> None:
    """Let every loop draw its turns from the budget of the rendering."""
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, BOUNDED, [], [], None, None, lineno=loop.lineno)
        loop.iter.set_environment(ENVIRONMENT)
