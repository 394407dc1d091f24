-- The collector's tables. Statements repeat safely: yoyo applies and marks in separate transactions.
CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER PRIMARY KEY NOT NULL,
    applied_at_utc TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS market_snapshots (
    snapshot_id INTEGER PRIMARY KEY NOT NULL,
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    series_ticker TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    status TEXT NOT NULL,
    yes_bid_microdollars INTEGER,
    yes_bid_size_hundredths INTEGER,
    yes_ask_microdollars INTEGER,
    yes_ask_size_hundredths INTEGER,
    last_price_microdollars INTEGER,
    volume_hundredths INTEGER,
    volume_24h_hundredths INTEGER,
    open_interest_hundredths INTEGER,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    probability_bucket INTEGER CHECK (probability_bucket BETWEEN 0 AND 9),
    close_time_utc TEXT,
    source TEXT NOT NULL CHECK (source IN ('observed', 'candle_60')),
    payload_json TEXT NOT NULL,
    created_at_utc TEXT NOT NULL,
    UNIQUE (market_id, snapshot_hour_utc)
);
-- The event makes it a covering index: what an hour holds is answered without touching the wide rows.
CREATE INDEX IF NOT EXISTS market_snapshots_by_hour
    ON market_snapshots (snapshot_hour_utc, series_ticker, event_ticker);

CREATE TABLE IF NOT EXISTS snapshot_hours (
    snapshot_hour_utc TEXT NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('complete', 'partial', 'missed', 'backfilled')),
    cycle_id TEXT NOT NULL,
    walks_planned INTEGER NOT NULL DEFAULT 0,
    walks_complete INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    rows_seen INTEGER NOT NULL DEFAULT 0,
    rows_inserted INTEGER NOT NULL DEFAULT 0,
    bytes_received INTEGER NOT NULL DEFAULT 0,
    first_observed_at_utc TEXT,
    last_observed_at_utc TEXT,
    reason TEXT,
    PRIMARY KEY (snapshot_hour_utc, scope)
);

CREATE TABLE IF NOT EXISTS snapshot_walks (
    snapshot_hour_utc TEXT NOT NULL,
    scope TEXT NOT NULL,
    walk TEXT NOT NULL,
    cycle_id TEXT NOT NULL,
    ended TEXT NOT NULL CHECK (ended IN ('empty_cursor', 'failed', 'stopped', 'running')),
    pages INTEGER NOT NULL,
    rows_seen INTEGER NOT NULL,
    rows_inserted INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    first_observed_at_utc TEXT,
    last_observed_at_utc TEXT,
    reason TEXT,
    PRIMARY KEY (snapshot_hour_utc, scope, walk)
);

CREATE TABLE IF NOT EXISTS markets (
    market_id TEXT PRIMARY KEY NOT NULL,
    series_ticker TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    market_type TEXT NOT NULL,
    title TEXT,
    yes_sub_title TEXT,
    no_sub_title TEXT,
    rules_primary TEXT,
    rules_secondary TEXT,
    strike_type TEXT,
    floor_strike TEXT,
    cap_strike TEXT,
    custom_strike TEXT,
    price_level_structure TEXT,
    price_ranges TEXT,
    created_time_utc TEXT,
    open_time_utc TEXT,
    can_close_early INTEGER,
    close_time_utc TEXT,
    facts_digest BLOB NOT NULL,
    first_seen_at_utc TEXT NOT NULL,
    changed_at_utc TEXT NOT NULL,
    outcome_checked_at_utc TEXT,
    outcome_is_final INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS markets_awaiting_outcome ON markets (outcome_checked_at_utc, market_id)
    WHERE outcome_is_final = 0;
CREATE INDEX IF NOT EXISTS markets_by_event ON markets (event_ticker);

CREATE TABLE IF NOT EXISTS events (
    event_ticker TEXT PRIMARY KEY NOT NULL,
    series_ticker TEXT NOT NULL,
    title TEXT,
    category TEXT,
    mutually_exclusive INTEGER,
    payload_json TEXT NOT NULL,
    observed_at_utc TEXT NOT NULL,
    changed_at_utc TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS series (
    series_ticker TEXT PRIMARY KEY NOT NULL,
    title TEXT,
    category TEXT,
    frequency TEXT,
    fee_type TEXT,
    fee_multiplier TEXT,
    payload_json TEXT NOT NULL,
    observed_at_utc TEXT NOT NULL,
    changed_at_utc TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS orderbooks (
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    created_at_utc TEXT NOT NULL,
    PRIMARY KEY (market_id, snapshot_hour_utc)
);

CREATE TABLE IF NOT EXISTS outcomes (
    market_id TEXT PRIMARY KEY NOT NULL,
    result TEXT NOT NULL,
    settlement_value_microdollars INTEGER,
    status TEXT NOT NULL,
    settled_at_utc TEXT,
    source TEXT NOT NULL CHECK (source IN ('live', 'historical')),
    observed_at_utc TEXT NOT NULL,
    payload_json TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS cycles (
    cycle_id TEXT PRIMARY KEY NOT NULL,
    mode TEXT NOT NULL,
    version TEXT NOT NULL,
    host TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    started_at_utc TEXT NOT NULL,
    finished_at_utc TEXT,
    duration_s REAL,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'incomplete', 'failed', 'killed')),
    scanned INTEGER,
    inserted INTEGER,
    errors INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS cycles_by_start ON cycles (mode, started_at_utc);

CREATE TABLE IF NOT EXISTS status (
    mode TEXT PRIMARY KEY NOT NULL,
    last_success_at_utc TEXT,
    last_error_at_utc TEXT,
    last_cycle_id TEXT NOT NULL,
    last_duration_s REAL NOT NULL,
    last_error TEXT
);

CREATE VIEW IF NOT EXISTS snapshots AS
SELECT
    snapshot_hour_utc, market_id, series_ticker, event_ticker, macro_event_type, status,
    yes_bid_microdollars / 1e6 AS yes_bid_dollars,
    yes_bid_size_hundredths / 1e2 AS yes_bid_size,
    yes_ask_microdollars / 1e6 AS yes_ask_dollars,
    yes_ask_size_hundredths / 1e2 AS yes_ask_size,
    last_price_microdollars / 1e6 AS last_price_dollars,
    volume_hundredths / 1e2 AS volume,
    volume_24h_hundredths / 1e2 AS volume_24h,
    open_interest_hundredths / 1e2 AS open_interest,
    probability, probability_bucket, close_time_utc, source, created_at_utc
FROM market_snapshots;

INSERT INTO schema_version (version, applied_at_utc) VALUES (1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
