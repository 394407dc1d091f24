"""Our names are the official SDK's: fields read, requests sent, hosts, signatures. No answer's values are compared."""

from __future__ import annotations

import base64
import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import kalshi_python_async as sdk
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from kalshi_python_async.models.market_candlestick_historical import MarketCandlestickHistorical

from kalshi_common.errors import RequestRejectedError
from kalshi_common.exchange import Credentials, KalshiClient, MarketQuery, wire, wire_market
from kalshi_common.knobs import API_URLS
from support.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pydantic import BaseModel

    from support.scripted_server import ClientOf

STRUCTS: dict[str, type[msgspec.Struct]] = {
    name: shape
    for name, shape in {**vars(wire), **vars(wire_market)}.items()
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct)
}
MODELS: dict[str, type[BaseModel]] = {
    "_AnyMarket": sdk.Market,
    "Market": sdk.Market,
    "_MarketPage": sdk.GetMarketsResponse,
    "_Event": sdk.EventData,
    "_EventPage": sdk.GetEventsResponse,
    "_EventAnswer": sdk.GetEventResponse,
    "_Series": sdk.Series,
    "_SeriesAnswer": sdk.GetSeriesResponse,
    "_AllSeries": sdk.GetSeriesListResponse,
    "_Book": sdk.MarketOrderbookFp,
    "_Books": sdk.GetMarketOrderbooksResponse,
    "_ExchangeStatus": sdk.ExchangeStatus,
    "_TokenBucket": sdk.BucketLimit,
    "_AccountLimits": sdk.GetAccountApiLimitsResponse,
}
BARE_COUNTS = {"volume", "open_interest"}
"""What `BareCountsMarket` reads in place of the names with `_fp`; the SDK has them in historical candlesticks only."""
HOST = "https://exchange.example"
PATHS = ["/trade-api/v2/account/limits", "/trade-api/v2/markets", "/trade-api/v2/events/KX%2F26%20NOV"]


def fields(name: str) -> dict[str, bool]:
    """Return the wire names a struct reads, and whether it insists on them."""
    return {field.encode_name: field.required for field in msgspec.structs.fields(STRUCTS[name])}


def wire_names(model: type[BaseModel]) -> dict[str, bool]:
    """Return a model's wire names, and whether the exchange always sends them."""
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def test_every_struct_of_the_wire_has_its_model() -> None:
    assert set(STRUCTS) == {*MODELS, "BareCountsMarket"}


@pytest.mark.parametrize("name", MODELS)
def test_every_name_we_read_is_one_of_the_models(name: str) -> None:
    assert set(fields(name)) <= set(wire_names(MODELS[name]))


@pytest.mark.parametrize("name", MODELS)
def test_what_we_insist_on_is_what_the_exchange_always_sends(name: str) -> None:
    sent = wire_names(MODELS[name])
    assert [field for field, required in fields(name).items() if required and not sent[field]] == []


def test_the_bare_counts_of_history_differ_in_two_names_only() -> None:
    assert set(fields("BareCountsMarket")) - BARE_COUNTS == set(fields("_AnyMarket"))
    assert {f"{name}_fp" for name in BARE_COUNTS} == set(fields("Market")) - set(fields("_AnyMarket"))
    assert set(wire_names(MarketCandlestickHistorical)) >= BARE_COUNTS


PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)

ASKED: dict[str, tuple[Callable[[KalshiClient], Awaitable[Any]], Callable[[sdk.ApiClient], Awaitable[Any]]]] = {
    "markets: a page": (
        lambda ours: ours.markets(MarketQuery(series_ticker="KXFED"), cursor="a+/=&b c"),
        lambda theirs: sdk.MarketApi(theirs).get_markets(
            limit=1000, status="open", series_ticker="KXFED", mve_filter="exclude", cursor="a+/=&b c"
        ),
    ),
    "markets: by creation": (
        lambda ours: ours.markets(
            MarketQuery(status="", min_created_ts=17, max_created_ts=18, exclude_combos=False, limit=5)
        ),
        lambda theirs: sdk.MarketApi(theirs).get_markets(limit=5, min_created_ts=17, max_created_ts=18),
    ),
    "markets_by_ticker": (
        lambda ours: ours.markets_by_ticker(["A-1", "B-2.5"]),
        lambda theirs: sdk.MarketApi(theirs).get_markets(tickers="A-1,B-2.5"),
    ),
    "historical_markets": (
        lambda ours: ours.historical_markets(["A-1", "B-2.5"]),
        lambda theirs: sdk.HistoricalApi(theirs).get_historical_markets(tickers="A-1,B-2.5"),
    ),
    "orderbooks": (
        lambda ours: ours.orderbooks(["A-1", "B-2.5"]),
        lambda theirs: sdk.MarketApi(theirs).get_market_orderbooks(["A-1", "B-2.5"]),
    ),
    "events: of a series": (
        lambda ours: ours.events(series_ticker="KXFED", cursor="next"),
        lambda theirs: sdk.EventsApi(theirs).get_events(status="open", limit=200, series_ticker="KXFED", cursor="next"),
    ),
    "events: all": (
        lambda ours: ours.events(series_ticker=None),
        lambda theirs: sdk.EventsApi(theirs).get_events(status="open", limit=200),
    ),
    "event": (
        lambda ours: ours.event("KX/26 NOV?"),
        lambda theirs: sdk.EventsApi(theirs).get_event("KX/26 NOV?"),
    ),
    "series": (lambda ours: ours.series("KXFED"), lambda theirs: sdk.MarketApi(theirs).get_series("KXFED")),
    "all_series": (lambda ours: ours.all_series([]), lambda theirs: sdk.MarketApi(theirs).get_series_list()),
    "exchange_status": (
        lambda ours: ours.exchange_status(),
        lambda theirs: sdk.ExchangeApi(theirs).get_exchange_status(),
    ),
    "account_limits": (
        lambda ours: ours.account_limits(),
        lambda theirs: sdk.AccountApi(theirs).get_account_api_limits(),
    ),
}


def test_every_request_our_client_can_make_is_compared() -> None:
    asking = {
        name
        for name, method in vars(KalshiClient).items()
        if inspect.iscoroutinefunction(method) and not name.startswith("_")
    }
    assert {name.partition(":")[0] for name in ASKED} == asking


@pytest.mark.parametrize("name", ASKED)
async def test_our_client_asks_what_the_sdk_asks_and_signs_what_it_signs(
    client_of: ClientOf, pem: str, public_pem: bytes, name: str
) -> None:
    ask_ours, ask_theirs = ASKED[name]
    async with (
        ScriptedServer(b"", "404", "404") as server,
        client_of(server, credentials=Credentials.from_pem("my-key", pem)) as ours,
        sdk.ApiClient(sdk.Configuration(host=server.url)) as theirs,
    ):
        theirs.kalshi_auth = sdk.KalshiAuth("my-key", pem)
        with pytest.raises(RequestRejectedError):
            await ask_ours(ours)
        with pytest.raises(sdk.NotFoundException):
            await ask_theirs(theirs)
    first, second = (urlsplit(arrival.path) for arrival in server.arrivals)
    assert first.path == second.path
    assert sorted(parse_qsl(first.query)) == sorted(parse_qsl(second.query))
    assert len({frozenset(proof(arrival.headers)) for arrival in server.arrivals}) == 1
    for arrival in server.arrivals:
        verify(public_pem, arrival.headers, first.path)


@pytest.mark.parametrize("path", PATHS)
def test_our_headers_are_the_sdks_for_the_same_key_time_and_path(pem: str, public_pem: bytes, path: str) -> None:
    theirs = sdk.KalshiAuth("my-key", pem).create_auth_headers("GET", f"{HOST}{path}?limit=1000&cursor=a%2F")
    ours = Credentials.from_pem("my-key", pem).headers("GET", path, int(theirs["KALSHI-ACCESS-TIMESTAMP"]))
    verify(public_pem, theirs, path)
    verify(public_pem, ours, path)
    # RSA-PSS is salted, so two signatures of one text differ; those of Ed25519 do not.
    rsa = isinstance(serialization.load_pem_public_key(public_pem), RSAPublicKey)
    salted = {"KALSHI-ACCESS-SIGNATURE"} if rsa else set()
    assert {name for name in theirs | ours if theirs.get(name) != ours.get(name)} == salted


@pytest.mark.parametrize("environment", API_URLS)
def test_our_hosts_are_hosts_the_sdk_names_for_that_environment(environment: str) -> None:
    told = {host["url"]: host["description"] for host in sdk.Configuration().get_host_settings()}
    word = {"prod": "Production", "demo": "Demo"}[environment]
    assert told[API_URLS[environment]].startswith(word)


def proof(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in headers.items() if name.upper().startswith("KALSHI-")}


def verify(public_pem: bytes, headers: Mapping[str, str], path: str) -> None:
    """Check a signature as the exchange does.

    Raises:
        InvalidSignature: it is of another text, or by another key.
    """
    key = serialization.load_pem_public_key(public_pem)
    text = f"{headers['KALSHI-ACCESS-TIMESTAMP']}GET{path}".encode()
    signature = base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"], validate=True)
    assert headers["KALSHI-ACCESS-KEY"] == "my-key"
    if isinstance(key, RSAPublicKey):
        key.verify(signature, text, PSS, hashes.SHA256())
    else:
        key.verify(signature, text)
