"""The only module that touches durable-rules: short sessions of facts, nothing else.

The library crashes, hangs or answers wrongly when it is used as its documentation shows. Here it is used in the
one way that holds: no timers, no events, no retraction, one session id alive at a time, which is primed, given
its facts, run, read, and deleted whatever happens. Actions only note what fired.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeAlias

from forewarn.errors import ForewarnError, RulesUnavailable
from forewarn.rules import limits

Firing: TypeAlias = tuple[str, dict[str, str]]

BUILD_HINT = (
    'rebuild it with: CC="gcc -DPyEval_CallObject=PyObject_CallObject" pip install --no-cache-dir '
    "--force-reinstall --no-binary :all: durable-rules==2.0.28"
)


class UnsafeMessage(ForewarnError):
    """A message or a rule that the library does not bear; it was not handed over."""


def load_library() -> ModuleType:
    """The library's engine module; raises RulesUnavailable with the way to build it."""
    try:
        return importlib.import_module("durable.engine")
    except ImportError as error:
        raise RulesUnavailable(
            f"durable-rules cannot be imported ({error}): event rules are off, everything else works", hint=BUILD_HINT
        ) from error


class RuleHost:
    """Rule sets loaded into the library, each under its index.

    ``definitions`` are rule sets as `forewarn.rules.compiler` makes them: rule names to rules without actions.
    Raises RulesUnavailable where the library cannot be imported, UnsafeMessage where it refuses a rule set.
    """

    def __init__(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        self._engine = load_library()
        self._fired: list[Firing] = []
        self._sessions = 0
        engine = self._engine

        class QuietHost(engine.Host):  # type: ignore[misc, name-defined]
            """A host without timer threads: they dispatch half-made sessions behind one's back."""

            def _run(self) -> None:
                return

        self._host = QuietHost()
        for index, definition in enumerate(definitions):
            rules = {name: {**rule, "run": self._noting(name)} for name, rule in definition.items()}
            rules[_PRIME] = {"all": [{"m": {"$and": [{_PRIME: 1}]}}], "pri": 0, "run": _nothing}
            try:
                self._host.register_rulesets({f"shard{index}": rules})
            except Exception as error:  # the library raises bare Exception for whatever it refuses
                raise UnsafeMessage(f"durable-rules refuses the rules: {error}") from error

    def _noting(self, name: str) -> Any:
        def note(closure: Any) -> None:
            self._fired.append((name, {alias: message["id"] for alias, message in closure._m.items()}))

        return note

    def run(self, shard: int, messages: Sequence[Mapping[str, str | int]]) -> list[Firing]:
        """Run one session and return what fired, in the order of firing.

        Raises UnsafeMessage for messages that must not go in, and for errors of the library.
        """
        check_messages(messages)
        self._sessions += 1
        self._fired = []
        session = str(self._sessions)
        rules = self._host.get_ruleset(f"shard{shard}")
        try:
            self._act(rules, self._assert(rules, {"id": _PRIME, _PRIME: 1, "sid": session}))
            state = None
            for message in messages:
                handle = self._assert(rules, {**message, "sid": session})
                state = state if handle is None else handle
            if state is not None:
                self._act(rules, state)
            left = rules.get_state(session)
        except UnsafeMessage:
            raise
        except Exception as error:  # the library raises bare Exception for whatever it refuses
            raise UnsafeMessage(f"durable-rules failed: {error}") from error
        finally:
            rules.delete_state(session)
        if "exception" in left:
            raise UnsafeMessage(f"durable-rules failed while rules fired: {left['exception']}")
        return self._fired

    def _assert(self, rules: Any, message: dict[str, str | int]) -> Any:
        """Hand over one fact; returns the handle of its session where a pattern took it."""
        try:
            return rules.assert_fact(message)
        except self._engine.MessageNotHandledException:
            return None

    def _act(self, rules: Any, state: Any) -> None:
        errors: list[Any] = []

        def completed(error: Any, _state: Any) -> None:
            if error:
                errors.append(error)

        rules.do_actions(state, completed)
        if errors:
            raise UnsafeMessage(f"durable-rules failed while rules fired: {errors[0]}")


def check_messages(messages: Sequence[Mapping[str, str | int]]) -> None:
    """Refuse what the library takes and then chokes on: raises UnsafeMessage, names the message."""
    seen: dict[int, str] = {}
    for message in messages:
        if len(message) >= limits.MAX_MESSAGE_KEYS:
            raise UnsafeMessage(f"a message has {len(message)} keys, fewer than {limits.MAX_MESSAGE_KEYS} hold")
        name = message.get("id")
        if not isinstance(name, str) or not name or len(name) > limits.MAX_ID:
            raise UnsafeMessage(f"a message needs an id of at most {limits.MAX_ID} characters")
        for key, value in message.items():
            _check_value(name, key, value)
        other = seen.setdefault(_id_hash(name), name)
        if other != name:
            raise UnsafeMessage(f"the ids {other} and {name} are one to the library (32-bit FNV-1a)")


def _check_value(name: str, key: str, value: str | int) -> None:
    if key in _FORBIDDEN_KEYS or "$" in key or "." in key:
        raise UnsafeMessage(f"{key!r} of message {name} is a name that the library keeps for itself")
    if isinstance(value, str):
        if len(value.encode()) > limits.MAX_TEXT:
            raise UnsafeMessage(f"{key} of message {name} is longer than {limits.MAX_TEXT} bytes")
    elif type(value) is not int:
        raise UnsafeMessage(f"{key} of message {name} is a {type(value).__name__}, not a text or a whole number")
    elif abs(value) > limits.MAX_INTEGER:
        raise UnsafeMessage(f"{key} of message {name} is larger than 64 bits hold with room for a window")


@lru_cache(maxsize=1 << 16)
def _id_hash(name: str) -> int:
    return fnv1a(name)


_PRIME = "_prime"
"""A session begins with a fact of this name, for which a rule that does nothing fires: the library deletes a session
by two pointers that it sets only when a first action has run, and crashes over what it finds there before."""

_FORBIDDEN_KEYS = limits.RESERVED_ATTRIBUTES - {"id"}


def _nothing(closure: Any) -> None:
    """The action of the priming rule."""


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash by which the library tells ids apart."""
    number = 2_166_136_261
    for byte in text.encode():
        number = ((number ^ byte) * 16_777_619) & 0xFFFFFFFF
    return number
