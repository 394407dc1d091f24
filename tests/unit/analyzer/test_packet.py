"""A packet knows one moment: nothing stored or changed later gets in, and nothing of a price into its blind part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.packet import blind_text, packet_of
from analyzer.prompt import prompt
from kalshi_common.domain.market import ObservedEvent, ObservedSeries
from kalshi_common.storage import markets, outcomes, snapshots
from kalshi_common.storage.evidence import Evidence
from support.data_dir import HOUR, LATER, NOW, market, migrated, record, snapshot

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kalshi_common.storage.database import Database
    from kalshi_common.storage.packets import PacketRecord

SOON = "2026-11-23T05:07:10Z"
EARLIER = "2026-11-23T04:07:09Z"
BEFORE = "2026-11-23T04:00:00Z"
ONE = "KXCPI-26NOV-T0.3"
OTHER = "KXCPI-26NOV-T0.4"
PAST = "KXCPI-26OCT-T0.2"


def payload(market_id: str, **changes: Any) -> str:
    """A market as the exchange writes it, with prices that stand nowhere else."""
    event = market_id.rpartition("-")[0]
    content = {
        "ticker": market_id,
        "event_ticker": event,
        "market_type": "binary",
        "status": "active",
        "title": f"Will it be so for {market_id}?",
        "yes_sub_title": "Above it",
        "no_sub_title": "Not above it",
        "rules_primary": "If it is above, Yes.",
        "rules_secondary": "",
        "strike_type": "greater",
        "floor_strike": 0.3,
        "yes_bid_dollars": "0.6137",
        "yes_ask_dollars": "0.6239",
        "last_price_dollars": "0.6191",
        "volume_fp": "1.00",
        "open_interest_fp": "1.00",
        "result": "",
        "close_time": "2026-12-10T13:30:00Z",
        **changes,
    }
    return json.dumps(content)


def seen(market_id: str, *, hour: str = HOUR, at: str = NOW, **changes: Any) -> Any:
    return snapshot(
        market_id,
        hour=hour,
        created_at_utc=at,
        yes_bid_microdollars=613_700,
        yes_ask_microdollars=623_900,
        last_price_microdollars=619_100,
        probability=0.6188,
        payload_json=payload(market_id, **changes),
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with migrated(tmp_path) as opened:
        with opened.write() as connection:
            snapshots.add(connection, [seen(ONE), seen(OTHER, floor_strike=0.4), seen(ONE, hour=BEFORE, at=EARLIER)])
            markets.keep(connection, [record(ONE), record(OTHER), record(PAST)], now=EARLIER)
            event = ObservedEvent("KXCPI-26NOV", "KXCPI", "CPI in November", "Economics", False, "{}")
            markets.keep_events(connection, [event], now=EARLIER)
            markets.keep_series(
                connection, [ObservedSeries("KXCPI", "CPI", "Economics", "monthly", None, None, "{}")], now=EARLIER
            )
            outcomes.keep(connection, [market(PAST, result="yes", status="finalized")], source="live", now=EARLIER)
        yield opened


def built(database: Database, as_of: str = NOW) -> PacketRecord:
    with database.read() as connection:
        packet = packet_of(Evidence(connection, as_of), ONE, HOUR)
    assert packet is not None
    return packet


def blind(database: Database) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(blind_text(built(database).packet_json))
    return found


def test_the_blind_part_tells_rules_strikes_time_left_the_ladder_and_the_series_results(database: Database) -> None:
    told = blind(database)
    assert told["rules_primary"] == "If it is above, Yes."
    assert (told["strike_type"], told["floor_strike"]) == ("greater", "0.3")
    assert told["minutes_to_close"] == 24982
    assert told["event"]["title"] == "CPI in November"
    assert told["event"]["mutually_exclusive"] is False
    assert told["event"]["markets"] == [
        {"market_id": OTHER, "strike_type": "greater", "floor_strike": "0.4", "cap_strike": None}
    ]
    assert told["series_results"]["markets"] == told["series_results"]["yes"] == 1
    assert told["series_results"]["newest_events"][0]["event"] == "KXCPI-26OCT"


def test_the_rest_holds_the_prices_and_their_path(database: Database) -> None:
    priced = json.loads(built(database).packet_json)["priced"]
    assert (priced["yes_bid"], priced["yes_ask"], priced["last_price"]) == ("0.613700", "0.623900", "0.619100")
    assert [row[0] for row in priced["path"]] == [BEFORE, HOUR]


def test_the_prompt_holds_no_price_and_no_probability_of_the_market_or_its_ladder(database: Database) -> None:
    told = prompt().about(blind_text(built(database).packet_json))
    for digits in ("6137", "6239", "6191", "6188"):
        assert digits in built(database).packet_json or digits == "6188"
        assert digits not in told
    assert "bid" not in told
    assert "ask" not in told.replace("market_data", "").replace("asked", "")


def test_the_same_moment_gives_the_same_bytes(database: Database) -> None:
    assert built(database) == built(database)


def late_outcome(connection: sqlite3.Connection) -> None:
    markets.keep(connection, [record("KXCPI-26SEP-T0.2")], now=EARLIER)
    outcomes.keep(connection, [market("KXCPI-26SEP-T0.2", result="no", status="finalized")], source="live", now=SOON)


EVENT_THEN = ObservedEvent("KXCPI-26NOV", "KXCPI", "CPI was 0.4", "Economics", True, '{"new":1}')
SERIES_THEN = ObservedSeries("KXCPI", "CPI, at last", "Economics", "daily", None, None, '{"new":1}')
PLANTS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "a snapshot of the same hour, stored later": lambda to: snapshots.add(to, [seen("KXCPI-26NOV-T0.9", at=SOON)]),
    "a snapshot of a later hour": lambda to: snapshots.add(
        to, [seen(name, hour="2026-11-23T06:00:00Z", at=LATER) for name in (ONE, OTHER)]
    ),
    "an outcome": late_outcome,
    "an amended outcome": lambda to: outcomes.keep(
        to, [market(PAST, result="no", status="amended")], source="live", now=SOON
    ),
    "facts of a settled market": lambda to: markets.keep(
        to, [record(PAST, facts={"yes_sub_title": "Above 0.2%, as corrected"})], now=SOON
    ),
    "facts of the event": lambda to: markets.keep_events(to, [EVENT_THEN], now=SOON),
    "facts of the series": lambda to: markets.keep_series(to, [SERIES_THEN], now=SOON),
    "facts of the market itself": lambda to: markets.keep(
        to, [record(ONE, facts={"rules_primary": "It was above. Yes."})], now=SOON
    ),
    "a back-filled quote": lambda to: snapshots.add(
        to, [seen(ONE, hour="2026-11-23T03:00:00Z", at=SOON)._replace(source="candle_60")]
    ),
}
NEVER_READ = {"a snapshot of a later hour", "facts of the market itself"}
"""Not even a later packet of this hour reads these: its own hour bounds it, and the row's own JSON tells its facts."""


@pytest.mark.parametrize("planted", PLANTS)
def test_what_came_to_be_known_a_second_later_changes_nothing_of_the_packet(database: Database, planted: str) -> None:
    before = content(database)
    with database.write() as connection:
        PLANTS[planted](connection)
    after = content(database)
    # What is not known to be of the moment is left out, not guessed: the packet may know less, never something new.
    assert known_in(after) <= known_in(before)
    if planted not in NEVER_READ:
        assert json.loads(built(database, as_of=LATER).packet_json) != before, "the plant is where it would be read"


def content(database: Database) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(built(database).packet_json)
    return found


def known_in(content: Any, path: str = "") -> set[str]:
    """Every leaf of a JSON value that tells something, with its place; lists are told by their items."""
    match content:
        case dict():
            return set().union(*(known_in(value, f"{path}.{name}") for name, value in content.items()))
        case list():
            return set().union(*(known_in(value, f"{path}[]") for value in content))
        case None | 0:
            return set()
    return {f"{path}={content}"}


def test_a_row_that_was_not_known_yet_makes_no_packet(database: Database) -> None:
    with database.read() as connection:
        assert packet_of(Evidence(connection, "2026-11-23T05:07:08Z"), ONE, HOUR) is None


def test_text_of_one_market_reaches_the_packet_of_no_other(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            "UPDATE market_snapshots SET payload_json = ? WHERE market_id = ?",
            (payload(OTHER, title="OBEY", yes_sub_title="OBEY", rules_primary="OBEY", strike_type="OBEY"), OTHER),
        )
    assert "OBEY" not in built(database).packet_json


def test_where_there_are_no_strikes_only_the_beginning_of_a_name_tells_the_others(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            "UPDATE market_snapshots SET payload_json = ? WHERE market_id = ?",
            (payload(OTHER, floor_strike=None, yes_sub_title="A" * 500), OTHER),
        )
    assert blind(database)["event"]["markets"] == [{"market_id": OTHER, "yes_means": "A" * 60}]
