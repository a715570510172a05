"""All messages that a site knows, by key: the nearest file wins, each is read once and compiled at its first use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from forewarn.engine.messages.files import MessageFile, message_files
from forewarn.engine.messages.templates import CompiledTemplate, TemplateFault, compile_template, unknown_fields
from forewarn.errors import BadMessage, Finding, NotFound, Severity


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message with its fields filled in; ``subject`` is one line, and empty where the file has none."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    subject: CompiledTemplate | None
    body: CompiledTemplate


@dataclass(slots=True)
class MessageLibrary:
    """The message files of ``directories``, nearest first; those of ``domains`` come before them.

    A file is found by its key in this order: the domain's directories, files in the recipient's language (sub-folders
    such as ``de``), then the rest; in each, the nearest directory first (S3 "Customize message files").
    """

    directories: Sequence[Path]
    domains: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    _files: dict[tuple[str | None, str | None, str], MessageFile] = field(init=False, default_factory=dict)
    _all: list[MessageFile] = field(init=False, default_factory=list)
    _compiled: dict[Path, _Compiled] = field(init=False, default_factory=dict)
    _flows: dict[str, MessageFile] = field(init=False, default_factory=dict)
    _clashes: list[Finding] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for directory in self.directories:
            self._add(directory, None)
        for domain, directories in self.domains.items():
            for directory in directories:
                self._add(directory, domain)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all messages, sorted."""
        return tuple(sorted({key for _, _, key in self._files}))

    @property
    def files(self) -> tuple[MessageFile, ...]:
        """The files that are used, by key, domain and language; one that a nearer file hides is not among them."""
        order = sorted(self._files, key=lambda found: (found[2], found[0] or "", found[1] or ""))
        return tuple(self._files[found] for found in order)

    @property
    def flows(self) -> Mapping[str, str]:
        """The flows that message files name in their front matter, with the key of the nearest such message."""
        return {flow: file.key for flow, file in sorted(self._flows.items())}

    def file(self, key: str, *, language: str | None = None, domain: str | None = None) -> Path:
        """Where the message stands that `render` would use; raises `NotFound`."""
        return self._find(key, language, domain).path

    def render(
        self, key: str, fields: Mapping[str, Any], *, language: str | None = None, domain: str | None = None
    ) -> Rendered:
        """The message ``key`` with ``fields`` filled in: records (mappings of fields) and plain values, by name.

        ``language`` is a tag such as ``de-AT`` (then ``de`` will do). Raises `NotFound` where no file has that key, and
        `BadMessage`, with file and line, where it is wrong or uses a field that is not there.
        """
        file = self._find(key, language, domain)
        try:
            compiled = self._compile(file)
            subject = "" if compiled.subject is None else compiled.subject.render(fields)
            body = compiled.body.render(fields)
        except TemplateFault as fault:
            raise BadMessage(fault.message, place=file.place(fault.line), hint=fault.hint) from fault
        return Rendered(" ".join(subject.split()), body)

    def check(self, known_fields: Mapping[str, Collection[str]]) -> tuple[Finding, ...]:
        """Everything that is wrong with any file, those that a nearer one hides included.

        ``known_fields`` maps each record a message may use to its fields, and each plain value (``text``) to nothing.
        A message that is a flow is posted on an incident and knows nothing else.
        """
        return tuple(finding for file in self._all for finding in self._faults(file, known_fields)) + tuple(
            self._clashes
        )

    def _add(self, directory: Path, domain: str | None) -> None:
        """Index the files of one directory behind those that are there."""
        here: dict[str, MessageFile] = {}
        for file in message_files(directory):
            self._all.append(file)
            self._files.setdefault((domain, file.language, file.key), file)
            if file.flow is not None and file.language is None:
                first = here.setdefault(file.flow, file)
                if first is not file:
                    message = f"flow {file.flow!r} is already that of {first.shown}, which is kept"
                    self._clashes.append(Finding("FW607", Severity.ERROR, message, file.place(file.flow_line)))
                elif domain is None:
                    self._flows.setdefault(file.flow, file)

    def _find(self, key: str, language: str | None, domain: str | None) -> MessageFile:
        tags = _tags(language)
        places: list[tuple[str | None, str | None]] = []
        if domain is not None:
            places += [(domain, tag) for tag in (*tags, None)]
        places += [(None, tag) for tag in (*tags, None)]
        for where in places:
            file = self._files.get((*where, key))
            if file is not None:
                return file
        near = get_close_matches(key, self.keys, n=1)
        raise NotFound(f"there is no message {key!r}", hint=f"did you mean {near[0]!r}?" if near else None)

    def _compile(self, file: MessageFile) -> _Compiled:
        compiled = self._compiled.get(file.path)
        if compiled is None:
            for fault in file.faults:
                raise BadMessage(fault.message, place=fault.place, hint=fault.hint)
            subject = None
            if file.subject is not None:
                subject = compile_template(file.subject, name=file.shown, first_line=file.subject_line)
            body = compile_template(file.body, name=file.shown, first_line=file.body_line)
            compiled = self._compiled[file.path] = _Compiled(subject, body)
        return compiled

    def _faults(self, file: MessageFile, known_fields: Mapping[str, Collection[str]]) -> Iterator[Finding]:
        yield from file.faults
        if file.faults:
            return
        if not file.body.strip():
            yield Finding("FW608", Severity.ERROR, "this message is empty", file.place(file.body_line))
        known = known_fields if file.flow is None else {"incident": known_fields.get("incident", ())}
        for text, line in ((file.subject, file.subject_line), (file.body, file.body_line)):
            if text is None:
                continue
            try:
                compiled = compile_template(text, name=file.shown, first_line=line)
            except TemplateFault as fault:
                yield Finding(fault.code, Severity.ERROR, fault.message, file.place(fault.line), hint=fault.hint)
                continue
            for unknown in unknown_fields(compiled, known):
                hint = f"did you mean {unknown.hint}?" if unknown.hint else None
                place = file.place(unknown.line)
                yield Finding(unknown.code, Severity.ERROR, unknown.message, place, hint=hint, suggestion=unknown.hint)


def _tags(language: str | None) -> list[str]:
    """A language tag and its shorter forms: ``de-AT``, then ``de``."""
    parts = language.split("-") if language else []
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
