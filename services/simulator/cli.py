"""The command `kalshi-simulator`: reads and checks its options, serves until told to stop. No simulation here."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import orjson
import typer

from simulator.faults import checked_rates
from simulator.market import Status
from simulator.providers_faults import ModelFaults
from simulator.server import Settings, Simulator
from simulator.world import MACRO_MARKETS

_log = logging.getLogger("simulator")
_USAGE = 2
_MOST_MARKETS = 200_000
_FIELDS = ("url", "seed", "markets", "open", "requests", "faults", "reason")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


class _JsonLines(logging.Formatter):
    """One JSON object a line, as the other containers of the stack write them."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname.lower(), "message": record.getMessage()}
        line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def main() -> None:
    """Run the command."""
    app(prog_name="kalshi-simulator")


@app.command()
def serve(  # noqa: PLR0917  one parameter an option
    host: Annotated[str, typer.Option(envvar="SIMULATOR_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="SIMULATOR_PORT", min=0, max=65535)] = 8080,
    seed: Annotated[int, typer.Option(envvar="SIMULATOR_SEED")] = 7,
    markets: Annotated[int, typer.Option(envvar="SIMULATOR_MARKETS", min=1, max=_MOST_MARKETS)] = MACRO_MARKETS,
    requests_per_second: Annotated[float, typer.Option(envvar="SIMULATOR_REQUESTS_PER_SECOND", min=0)] = 20,
    burst: Annotated[float | None, typer.Option(envvar="SIMULATOR_BURST", min=1)] = None,
    latency_ms: Annotated[float, typer.Option(envvar="SIMULATOR_LATENCY_MS", min=0)] = 0,
    fault: Annotated[list[str] | None, typer.Option(envvar="SIMULATOR_FAULTS", metavar="NAME=RATE")] = None,
    model_latency_ms: Annotated[float, typer.Option(envvar="SIMULATOR_MODEL_LATENCY_MS", min=0)] = 0,
    model_insight: Annotated[float, typer.Option(envvar="SIMULATOR_MODEL_INSIGHT", min=0, max=1)] = 0,
    model_fault: Annotated[list[str] | None, typer.Option(envvar="SIMULATOR_MODEL_FAULTS", metavar="NAME=RATE")] = None,
) -> None:
    """Serve a simulated Kalshi on HTTP until SIGTERM.

    About MARKETS markets are open; the macro series (about 723) are always all there. A request rate of 0 is no limit.
    Faults by name and rate, several allowed (in SIMULATOR_FAULTS separated by spaces): `--fault chaos=0.4`,
    `--fault 429=0.1 --fault reset=0.05`.

    The model providers answer under /openai/v1 and /anthropic; MODEL_INSIGHT is which share of a market's time left
    they see ahead.
    """
    settings = Settings(
        host=host,
        port=port,
        seed=seed,
        markets=markets,
        requests_per_second=requests_per_second,
        burst=burst if burst is not None else max(requests_per_second, 1),
        latency_s=latency_ms / 1000,
        faults=_rates(fault or [], "--fault", checked_rates),
        model_latency_s=model_latency_ms / 1000,
        model_insight=model_insight,
        model_faults=_rates(model_fault or [], "--model-fault", ModelFaults().set_rates),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        asyncio.run(_serve(settings))
    except OSError as error:
        _refuse(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --host or --port")


def _rates(texts: list[str], option: str, check: Callable[[dict[str, float]], object]) -> dict[str, float]:
    rates = {}
    for text in texts:
        name, _, rate = text.partition("=")
        try:
            rates[name] = float(rate)
        except ValueError:
            _refuse(f"{option} {text!r} must be NAME=RATE with a rate from 0 to 1, such as 429=0.1")
    try:
        check(rates)
    except ValueError as wrong:
        _refuse(f"{option}: {wrong}")
    return rates


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"kalshi-simulator: {sentence}", err=True)
    raise typer.Exit(_USAGE)


async def _serve(settings: Settings) -> None:
    simulator = Simulator(settings)
    world = simulator.exchange.world
    world.warm()
    # A world of 200,000 markets lives as long as the process: collecting garbage in it would only hold up answers.
    gc.freeze()
    # Only from here on: until now, the signal's own default ends the process at once.
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with simulator:
        facts = {"url": simulator.base_url, "seed": settings.seed, "markets": len(world.markets)}
        facts |= {"open": len(world.tickers(Status.ACTIVE)), "faults": dict(settings.faults or {})}
        _log.info("simulator started", extra=facts)
        await stop.wait()
    _log.info("simulator stopped", extra={"requests": len(simulator.exchange.log.arrivals)})
