"""The figures of /metrics, read anew at each scrape. Names follow Prometheus: base units, `_total` on counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.money import DOLLAR
from kalshi_common.health import KEYS
from kalshi_common.storage.measures import Measures, measures

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from kalshi_common.health import Finding, HealthFacts
    from monitor.state import Site

_NANO = 1_000_000_000
_HOUR_STATUSES = ("complete", "partial", "missed", "backfilled")
_OUTCOMES = ("ok", "incomplete", "failed", "killed")


class Scrape(NamedTuple):
    """All that one scrape is made of; `measured` is None where the database cannot be used."""

    now: dt.datetime
    facts: HealthFacts
    findings: list[Finding]
    measured: Measures | None


def registry(site: Site) -> CollectorRegistry:
    """Read everything now and give it as a registry of its own."""
    facts, found = site.health()
    now = site.clock.now()
    measured = None
    if facts.database_key is None:
        with site.readers.reading() as connection:
            measured = measures(connection, day=f"{now:%Y-%m-%d}")
    made = CollectorRegistry()
    made.register(_Figures(Scrape(now, facts, found, measured)))
    return made


class _Figures(Collector):
    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    def collect(self) -> Iterable[Metric]:
        """Give every family."""
        yield from _health(self._scrape)
        if self._scrape.measured is not None:
            yield from _collecting(self._scrape.measured)
            yield from _cycles(self._scrape.measured)
            yield from _spending(self._scrape.measured)
            yield from _trading(self._scrape.measured)


def _gauge(name: str, told: str, value: float | None) -> Iterator[Metric]:
    # What is not known is left out: a made-up zero would look like a figure.
    if value is not None:
        yield GaugeMetricFamily(f"kalshi_{name}", told, value=value)


def _family(
    name: str, told: str, labels: list[str], values: Iterable[tuple[tuple[str, ...], float | None]]
) -> Iterator[Metric]:
    family = GaugeMetricFamily(f"kalshi_{name}", told, labels=labels)
    for words, value in values:
        if value is not None:
            family.add_metric(words, value)
    yield family


def _health(scrape: Scrape) -> Iterator[Metric]:
    facts, wrong = scrape.facts, {each.key for each in scrape.findings}
    yield from _gauge("healthy", "Whether nothing is wrong (1), as /health tells.", float(not wrong))
    told = "Whether something is wrong (1), by its key in /health."
    yield from _family("health_finding", told, ["key"], (((key,), float(key in wrong)) for key in KEYS))
    for name, what, at in (
        ("newest_complete_hour", "the newest complete hour began", facts.newest_complete_hour_utc),
        ("last_backup", "the last good backup ended", facts.last_backup_at_utc),
        ("last_drill", "the last good restore drill ended", facts.last_drill_at_utc),
    ):
        moment = None if at is None else parse_utc(at).timestamp()
        passed = None if moment is None else scrape.now.timestamp() - moment
        yield from _gauge(f"{name}_timestamp_seconds", f"When {what}, as Unix time.", moment)
        yield from _gauge(f"{name}_age_seconds", f"How long ago {what}.", passed)
    yield from _gauge("disk_free_bytes", "Bytes free on the data volume.", facts.free_bytes)


def _collecting(found: Measures) -> Iterator[Metric]:
    hours = (((status,), found.hours_by_status.get(status, 0)) for status in _HOUR_STATUSES)
    yield from _family("ledger_hours", "Hours in the ledger, by status.", ["status"], hours)
    yield CounterMetricFamily("kalshi_snapshot_rows", "Snapshot rows that cycles added.", value=found.rows_inserted)
    yield from _gauge("markets", "Markets ever seen.", found.markets)
    yield from _gauge("outcomes", "Markets whose outcome is known.", found.outcomes)
    yield from _gauge("database_bytes", "Size of the database file.", found.file.bytes)
    yield from _gauge("database_unused_bytes", "Bytes of it that new rows take first.", found.file.unused_bytes)


def _cycles(found: Measures) -> Iterator[Metric]:
    runs = CounterMetricFamily("kalshi_cycles", "Runs, by mode and outcome.", labels=["mode", "outcome"])
    for words, count in sorted(found.cycles.items()):
        runs.add_metric(words, count)
    yield runs
    last = found.last_cycles
    yield from _family(
        "cycle_last_duration_seconds", "How long the last run of a mode took.", ["mode"],
        (((each.mode,), each.duration_s) for each in last),
    )  # fmt: skip
    yield from _family(
        "cycle_last_outcome", "Which outcome the last run of a mode had (1).", ["mode", "outcome"],
        (((each.mode, outcome), float(each.outcome == outcome)) for each in last for outcome in _OUTCOMES),
    )  # fmt: skip
    yield from _family(
        "cycle_last_success_timestamp_seconds", "When a mode last succeeded, as Unix time.", ["mode"],
        (((each.mode,), parse_utc(at).timestamp()) for each in last if (at := each.last_success_at_utc) is not None),
    )  # fmt: skip


def _spending(found: Measures) -> Iterator[Metric]:
    periods = (("day", found.spent_day), ("month", found.spent_month))
    yield from _family(
        "llm_cost_dollars", "What models cost in this UTC day or month, with reservations.", ["period"],
        (((name,), spent.nanodollars / _NANO) for name, spent in periods),
    )  # fmt: skip
    yield from _family(
        "llm_tokens", "Tokens of this UTC day's or month's cycles.", ["period", "kind"],
        (
            ((name, kind), count)
            for name, spent in periods
            for kind, count in (("input", spent.input_tokens), ("output", spent.output_tokens))
        ),
    )  # fmt: skip


def _trading(found: Measures) -> Iterator[Metric]:
    venues = found.venues
    yield from _family(
        "open_positions", "Markets with an open position.", ["venue"],
        (((each.venue,), each.open_positions) for each in venues),
    )  # fmt: skip
    yield from _family(
        "open_positions_cost_dollars", "What the open positions cost, fees left out.", ["venue"],
        (((each.venue,), each.cost_microdollars / DOLLAR) for each in venues),
    )  # fmt: skip
    yield from _family(
        "equity_dollars", "Cash and marked positions, newest hour.", ["venue"],
        (((each.venue,), equity / DOLLAR) for each in venues if (equity := each.equity_microdollars) is not None),
    )  # fmt: skip
    yield from _gauge("halts", "Halts in force.", found.halts)
    yield from _gauge("order_intents_unresolved", "Intents whose order may or may not exist.", found.unresolved_intents)
