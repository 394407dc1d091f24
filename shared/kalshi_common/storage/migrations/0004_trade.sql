-- The trader's tables. Paper and live rows are told apart by `venue` everywhere.
CREATE TABLE IF NOT EXISTS signals (
    signal_id INTEGER PRIMARY KEY NOT NULL,
    cycle_id TEXT NOT NULL,
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    series_ticker TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    side TEXT NOT NULL CHECK (side IN ('yes', 'no')),
    estimate_id INTEGER,
    probability REAL,
    quote_source TEXT CHECK (quote_source IN ('orderbook', 'quotes')),
    quoted_at_utc TEXT,
    price_microdollars INTEGER,
    fee_microdollars INTEGER,
    edge_microdollars INTEGER,
    kelly_fraction REAL,
    wanted_hundredths INTEGER,
    sized_hundredths INTEGER,
    decision TEXT NOT NULL CHECK (decision IN ('taken', 'refused')),
    reasons_json TEXT NOT NULL,
    created_at_utc TEXT NOT NULL,
    UNIQUE (cycle_id, market_id, side)
);
CREATE INDEX IF NOT EXISTS signals_by_market ON signals (market_id, created_at_utc);

-- Committed before any request. `client_order_id` is derived from the intent, so a second send is the same order.
CREATE TABLE IF NOT EXISTS order_intents (
    intent_id TEXT PRIMARY KEY NOT NULL,
    client_order_id TEXT NOT NULL UNIQUE,
    cycle_id TEXT NOT NULL,
    signal_id INTEGER,
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    environment TEXT NOT NULL,
    market_id TEXT NOT NULL,
    series_ticker TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    side TEXT NOT NULL CHECK (side IN ('yes', 'no')),
    count_hundredths INTEGER NOT NULL CHECK (count_hundredths > 0),
    price_microdollars INTEGER NOT NULL CHECK (price_microdollars > 0 AND price_microdollars < 1000000),
    fee_microdollars INTEGER NOT NULL,
    time_in_force TEXT NOT NULL
        CHECK (time_in_force IN ('immediate_or_cancel', 'fill_or_kill', 'good_till_canceled')),
    expires_at_utc TEXT,
    created_at_utc TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'accepted', 'rejected', 'unknown', 'absent', 'abandoned')),
    reason TEXT,
    sent_at_utc TEXT,
    unknown_at_utc TEXT,
    resolved_at_utc TEXT,
    CHECK ((expires_at_utc IS NOT NULL) = (time_in_force = 'good_till_canceled'))
);
CREATE INDEX IF NOT EXISTS order_intents_by_state ON order_intents (venue, state);
CREATE INDEX IF NOT EXISTS order_intents_by_time ON order_intents (venue, created_at_utc);
CREATE INDEX IF NOT EXISTS order_intents_by_market ON order_intents (venue, market_id);
-- Nothing new for a market while the exchange may hold an order of ours that we know nothing of: SQLite itself says no.
CREATE UNIQUE INDEX IF NOT EXISTS order_intents_one_unresolved ON order_intents (venue, market_id)
    WHERE state IN ('intended', 'sent', 'unknown');

CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY NOT NULL,
    intent_id TEXT NOT NULL UNIQUE,
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    market_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('resting', 'canceled', 'executed')),
    filled_hundredths INTEGER NOT NULL,
    remaining_hundredths INTEGER NOT NULL,
    updated_at_utc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_status ON orders (venue, status);

CREATE TABLE IF NOT EXISTS fills (
    fill_id TEXT PRIMARY KEY NOT NULL,
    order_id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    market_id TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('yes', 'no')),
    count_hundredths INTEGER NOT NULL CHECK (count_hundredths > 0),
    price_microdollars INTEGER NOT NULL,
    fee_microdollars INTEGER NOT NULL,
    is_taker INTEGER NOT NULL,
    filled_at_utc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS fills_by_market ON fills (venue, market_id);
CREATE INDEX IF NOT EXISTS fills_by_order ON fills (order_id);

-- Derived: always the sum of the market's fills and its settlement, made anew in the transaction that changes either.
CREATE TABLE IF NOT EXISTS positions (
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    market_id TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    series_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    position_hundredths INTEGER NOT NULL,
    cost_microdollars INTEGER NOT NULL,
    realized_microdollars INTEGER NOT NULL,
    fees_microdollars INTEGER NOT NULL,
    settled_result TEXT CHECK (settled_result IN ('yes', 'no', 'scalar')),
    settlement_value_microdollars INTEGER,
    settled_at_utc TEXT,
    updated_at_utc TEXT NOT NULL,
    PRIMARY KEY (venue, market_id)
);

-- What each comparison with the exchange found; the latest without differences is what the next balance is held against.
CREATE TABLE IF NOT EXISTS reconciliations (
    reconciliation_id INTEGER PRIMARY KEY NOT NULL,
    environment TEXT NOT NULL,
    balance_microdollars INTEGER NOT NULL,
    reserved_microdollars INTEGER NOT NULL,
    cash_flow_microdollars INTEGER NOT NULL,
    fills INTEGER NOT NULL,
    differences_json TEXT NOT NULL,
    resolved_json TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    reconciled_at_utc TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS equity (
    venue TEXT NOT NULL CHECK (venue IN ('paper', 'live')),
    snapshot_hour_utc TEXT NOT NULL,
    cash_microdollars INTEGER NOT NULL,
    exposure_microdollars INTEGER NOT NULL,
    marked_microdollars INTEGER NOT NULL,
    equity_microdollars INTEGER NOT NULL,
    peak_microdollars INTEGER NOT NULL,
    PRIMARY KEY (venue, snapshot_hour_utc)
);

CREATE TABLE IF NOT EXISTS halts (
    halt_id INTEGER PRIMARY KEY NOT NULL,
    market_id TEXT,
    reason TEXT NOT NULL,
    halted_at_utc TEXT NOT NULL,
    resumed_at_utc TEXT
);

CREATE TABLE IF NOT EXISTS self_tests (
    version TEXT PRIMARY KEY NOT NULL,
    passed_at_utc TEXT NOT NULL,
    checks_json TEXT NOT NULL
);

INSERT INTO schema_version (version, applied_at_utc) VALUES (4, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
