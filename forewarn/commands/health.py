"""Health and metrics of a working process, for whoever watches it: two pages on a port of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from forewarn.engine.delivery_reports import SiteStatus
from forewarn.errors import BadSettings, ForewarnError

Ask = Callable[[], SiteStatus]
TEXT = "text/plain; charset=utf-8"


@contextmanager
def serving(port: int, ask: Ask) -> Iterator[int]:
    """Serve ``/health`` and ``/metrics`` on 127.0.0.1 while the block lasts; gives the port (a free one for 0).

    ``/health`` is 200 where the store answers, else 503 with the reason. ``/metrics`` needs prometheus-client.
    Raises BadSettings where the port cannot be had.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(ask))
    except OSError as problem:
        raise BadSettings(
            f"port {port} cannot be had: {problem.strerror}", hint="name another with --port"
        ) from problem
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(ask: Ask) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = {"/health": _health, "/metrics": _metrics}.get(self.path.partition("?")[0])
            status, kind, body = page(ask) if page else (404, TEXT, b"there are /health and /metrics\n")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Whoever watches asks often: that is not worth a line each."""

    return Handler


def _health(ask: Ask) -> tuple[int, str, bytes]:
    try:
        found = ask()
    except ForewarnError as problem:
        return 503, "application/json", json.dumps({"status": "down", "reason": str(problem)}).encode() + b"\n"
    resting = [queue.sink for queue in found.queues if queue.resting_until is not None]
    told = {
        "status": "up",
        "waiting": sum(queue.waiting for queue in found.queues),
        "resting_sinks": resting,
        "workers_alive": sum(worker.alive for worker in found.workers),
    }
    return 200, "application/json", json.dumps(told).encode() + b"\n"


def _metrics(ask: Ask) -> tuple[int, str, bytes]:
    try:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - an extra
    except ImportError:
        return 501, TEXT, b"metrics need prometheus-client: pip install 'forewarn[metrics]'\n"
    registry = CollectorRegistry()
    try:
        registry.register(_Collector(ask()))
    except ForewarnError as problem:
        return 503, TEXT, f"{problem}\n".encode()
    return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(registry)


class _Collector:
    """The state of a site as gauges."""

    def __init__(self, status: SiteStatus) -> None:
        self._status = status

    def collect(self) -> Iterator[Any]:
        """A family a figure, with the sink as its label where it is one of a sink."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - an extra

        status = self._status
        for name, about, attribute in (
            ("forewarn_queue_waiting", "Notifications that wait for a sink", "waiting"),
            ("forewarn_queue_due", "Notifications that are due now", "due"),
            ("forewarn_queue_held", "Notifications that a process holds", "held"),
            ("forewarn_queue_given_up", "Notifications that were refused or tried too often", "given_up"),
            ("forewarn_sink_failures", "Calls of a sink in a row that failed", "failures"),
        ):
            family = GaugeMetricFamily(name, about, labels=["sink"])
            for queue in status.queues:
                family.add_metric([queue.sink], getattr(queue, attribute))
            yield family
        oldest = GaugeMetricFamily("forewarn_queue_oldest_seconds", "Age of the oldest that waits", labels=["sink"])
        resting = GaugeMetricFamily("forewarn_sink_resting", "1 while a sink rests", labels=["sink"])
        for queue in status.queues:
            age = (status.at - queue.oldest).total_seconds() if queue.oldest else 0.0
            oldest.add_metric([queue.sink], age)
            resting.add_metric([queue.sink], float(queue.resting_until is not None))
        yield from (oldest, resting)
        yield GaugeMetricFamily(
            "forewarn_workers_alive", "Processes that work", value=sum(worker.alive for worker in status.workers)
        )
        yield GaugeMetricFamily("forewarn_rules_due", "Event rules whose time has passed", value=status.rules_due)
        yield GaugeMetricFamily("forewarn_open_incidents", "Incidents that are open", value=status.open_incidents)
        attention = GaugeMetricFamily("forewarn_attention", "What needs somebody", labels=["what"])
        for what, count in status.attention.items():
            attention.add_metric([what], count)
        yield attention
