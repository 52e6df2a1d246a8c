"""The city's figures for Prometheus: read from what the city counts anyway, only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from stadtwerk import __version__
from stadtwerk.supervise.processes import noted, usages

if TYPE_CHECKING:
    from stadtwerk.app.operations import Operations
    from stadtwerk.kernel.tally import Durations

PREFIX = "stadtwerk_"


def expose(operations: Operations, accept: str) -> tuple[bytes, str]:
    """Return all figures in the text format that is asked for, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(operations))
    encode, media = choose_encoder(accept)
    return encode(registry), media


class _Collector(Collector):
    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def collect(self) -> Iterator[Metric]:
        """Read everything now."""
        told = self._operations
        yield from _build()
        yield from _commands(told)
        yield from _observations(told)
        yield from _notifications(told)
        yield from _doors(told)
        yield from _loop(told)
        yield from _processes(told)
        yield from _limits(told)


def _build() -> Iterator[Metric]:
    yield _gauge("build_info", "Release of the running core, always 1.", {(__version__,): 1}, "version")


def _commands(told: Operations) -> Iterator[Metric]:
    entered = told.commands.entered
    yield _counter("commands", "Commands by kind and the state they entered.", entered, "kind", "state")
    decided = {(): told.city.lane.decide_s}
    yield _histogram("command_decision_seconds", "Wall time from an order to its durable decision.", decided)
    confirmed = {(kind,): spent for kind, spent in told.commands.confirm_s.items()}
    help_text = "City time from a request to the confirmation of all its devices."
    yield _histogram("command_confirm_seconds", help_text, confirmed, "kind")
    stores = {("decisions",): told.city.store.writer.commit_s, ("telemetry",): told.city.telemetry.writer.commit_s}
    yield _histogram("store_commit_seconds", "Wall time of one durable group commit.", stores, "store")


def _observations(told: Operations) -> Iterator[Metric]:
    city = told.city
    rows = {(): city.pump.rows_committed}
    yield _counter("observation_rows", "Observation rows committed since the core's start.", rows)
    missed = {(): city.gate.missed}
    yield _counter("radio_frames_missed", "Radio frames that the frame counters show as lost.", missed)
    aside = {(reason,): n for reason, n in city.telemetry.quarantined().items()}
    yield _counter("quarantined_messages", "Messages or frames set aside, by reason.", aside, "reason")
    yield _gauge("inbox_rows", "Observation rows waiting for a commit.", {(): city.pump.waiting_rows})
    yield _gauge("broker_connected", "1 while the broker is reached.", {(): float(city.radio.connected)})
    yield _gauge("lamps", "Lamps of the city.", {(): len(city.lighting.inventory)})
    yield _gauge("lamps_silent", "Lamps not heard for three report periods.", {(): told.silent()})


def _notifications(told: Operations) -> Iterator[Metric]:
    figures = told.city.context.notifier.figures()
    states = {(state,): figures[state] for state in ("due", "delivered", "dead", "pending")}
    help_text = "Notifications of the present subscriptions: due = delivered + dead + pending."
    yield _gauge("notifications", help_text, states, "state")
    yield _gauge("subscriptions", "Subscriptions to entities.", {(): figures["subscriptions"]})
    failing = {(): figures["endpoints_failing"]}
    yield _gauge("notification_endpoints_failing", "Endpoints that do not take notifications at present.", failing)
    called_off = {(): figures["called_off"]}
    help_text = "Notifications that went with their subscription, undelivered, since the core's start."
    yield _counter("notifications_called_off", help_text, called_off)


def _doors(told: Operations) -> Iterator[Metric]:
    asked = {(method, route, str(status)): n for (method, route, status), n in told.http.requests.items()}
    yield _counter("http_requests", "HTTP requests answered.", asked, "method", "route", "status")
    began = {(route,): spent for route, spent in told.http.answer_s.items()}
    yield _histogram("http_answer_seconds", "Wall time until an HTTP answer began.", began, "route")
    yield _gauge("stream_viewers", "Screens on the live stream.", {(): len(told.viewers)})


def _loop(told: Operations) -> Iterator[Metric]:
    yield _histogram("loop_lag_seconds", "How late the core's loop woke up.", {(): told.watchdog.lag})
    worst = {(): told.watchdog.worst_s}
    yield _gauge("loop_lag_worst_seconds", "Longest lag of the core's loop within the last minute.", worst)


def _processes(told: Operations) -> Iterator[Metric]:
    run = told.city.settings.run
    used = usages(run)
    cpu = {(name,): one.cpu_s for name, one in used.items()}
    yield _counter("process_cpu_seconds", "CPU time used, by process of the city.", cpu, "process")
    rss = {(name,): one.rss_bytes for name, one in used.items()}
    yield _gauge("process_resident_memory_bytes", "Resident memory, by process of the city.", rss, "process")
    began = {(name,): n for name, n in noted(run / "restarts.json").items()}
    yield _counter("process_restarts", "Restarts since the city's start, by process.", began, "process")


def _limits(told: Operations) -> Iterator[Metric]:
    filled = told.fills()
    yield _gauge("limit_fill", "How full each bounded thing is.", {(one.name,): one.value for one in filled}, "limit")
    most = {(one.name,): one.limit for one in filled}
    yield _gauge("limit_capacity", "Bound of each bounded thing.", most, "limit")


def _counter(name: str, text: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _gauge(name: str, text: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _histogram(name: str, text: str, values: Mapping[Any, Durations], *labels: str) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, text, labels=labels)
    for label, spent in values.items():
        family.add_metric(label, list(_cumulative(spent)), spent.total_s)
    return family


def _cumulative(spent: Durations) -> Iterable[tuple[str, float]]:
    seen = 0
    for bound_s, n in zip((*spent.bounds_s, float("inf")), spent.counts, strict=True):
        seen += n
        yield "+Inf" if bound_s == float("inf") else str(bound_s), seen
