"""Calling a sink: outside every transaction, under a limit of time, with its secrets kept out of what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.secrets import Secrets
from forewarn.plugins.api import DeliveryResult, Notification, Outcome, Sink, SinkSettings, Spoke
from forewarn.plugins.limits import TookTooLong, within

Result = TypeVar("Result")

LONGEST_REASON = 300


class SinkFailed(Exception):
    """The sink as a whole failed; the text is one line for the operator. One that ``hung`` must not be called again."""

    def __init__(self, reason: str, *, hung: bool = False) -> None:
        super().__init__(reason)
        self.hung = hung


class SinkCalls:
    """One sink of a site, opened; whatever it throws, `sys.exit` included, becomes `SinkFailed`."""

    def __init__(self, site: OpenSite, name: str, configuration: SinkConfiguration) -> None:
        """Open the sink; raises `SinkFailed` where no plugin provides its kind or its factory fails."""
        self.site = site
        self.name = name
        self._seconds = configuration.time_limit
        self._secrets = Secrets(configuration.options, site.root)
        factory = site.extensions.sinks.get(configuration.kind)
        if factory is None:
            raise SinkFailed(f"no plugin provides sinks of the kind {configuration.kind!r}")
        settings = SinkSettings(name=name, options=dict(configuration.options), site_root=site.root)
        self._sink: Sink = self.bounded(lambda: factory(settings))

    def deliver(self, batch: Sequence[Notification]) -> Mapping[str, DeliveryResult]:
        """What the sink answers, by event id; those that it did not answer for are tried again."""
        sink = self._sink

        def call() -> dict[str, DeliveryResult]:
            return {checked.event_id: checked for checked in map(_checked, sink.deliver(batch))}

        answered = self.bounded(call, named=True)
        silent = "the sink gave no answer for it"
        return {
            one.event_id: self.told(answered.get(one.event_id, DeliveryResult(one.event_id, Outcome.RETRY, silent)))
            for one in batch
        }

    def close(self) -> None:
        """Let the sink let go of what it holds."""
        self.bounded(self._sink.close)

    def as_spoke(self) -> Spoke | None:
        """The sink as a spoke, where it is one too: it makes topics."""
        return self._sink if callable(getattr(self._sink, "post", None)) else None  # type: ignore[return-value]

    def told(self, result: DeliveryResult) -> DeliveryResult:
        """A result whose reason is one line without secrets."""
        return result if result.reason is None else replace(result, reason=self._line(result.reason))

    def _line(self, text: str) -> str:
        return self._secrets.hidden(" ".join(text.split()))[:LONGEST_REASON]

    def bounded(self, call: Callable[[], Result], *, named: bool = False) -> Result:
        """What a call that is not ours returns; whatever it raises is `SinkFailed`, ``named`` with its type."""
        try:
            return within(self._seconds, call, name=f"sink {self.name}")
        except TookTooLong as problem:
            raise SinkFailed(str(problem), hung=True) from problem
        except KeyboardInterrupt:
            raise
        except BaseException as failure:  # noqa: BLE001 - a plugin's fault must not keep the other sinks from delivering
            # Without its cause: the exception of a sink may hold what its text does not show.
            raise SinkFailed(self._line(_said(failure, named=named))) from None


def _said(failure: BaseException, *, named: bool) -> str:
    """An exception as text; one of ours says all itself, of others the type helps."""
    if isinstance(failure, SystemExit):
        return f"it called sys.exit({failure.code!r})"
    try:
        text = str(failure)
    except Exception:  # noqa: BLE001 - an exception of a plugin may fail even at this
        text = ""
    name = type(failure).__name__
    return f"{name}: {text}" if named and text else text or name


def _checked(answer: DeliveryResult) -> DeliveryResult:
    if not isinstance(answer, DeliveryResult) or not isinstance(answer.outcome, Outcome):
        raise TypeError(f"the sink answered {answer!r}, not a DeliveryResult")
    reason = None if answer.reason is None else str(answer.reason)
    return replace(answer, reason=reason)
