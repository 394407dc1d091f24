-- The analyzer's tables: what was asked, what it cost, what was estimated, how good it was.
CREATE TABLE IF NOT EXISTS packets (
    packet_hash TEXT PRIMARY KEY NOT NULL,
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    observed_at_utc TEXT NOT NULL,
    packet_json TEXT NOT NULL,
    created_at_utc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS packets_by_market ON packets (market_id, snapshot_hour_utc);

-- The money ledger. A row is written before its call leaves; an outcome never learnt keeps its reservation.
CREATE TABLE IF NOT EXISTS llm_calls (
    call_id TEXT PRIMARY KEY NOT NULL,
    cycle_id TEXT NOT NULL,
    packet_hash TEXT NOT NULL,
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    prompt_hash TEXT NOT NULL,
    price_row TEXT NOT NULL,
    sample INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    reserved_at_utc TEXT NOT NULL,
    reserved_nanodollars INTEGER NOT NULL CHECK (reserved_nanodollars >= 0),
    settled_at_utc TEXT,
    actual_nanodollars INTEGER CHECK (actual_nanodollars >= 0),
    input_tokens INTEGER,
    cached_input_tokens INTEGER,
    cache_write_tokens INTEGER,
    output_tokens INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('reserved', 'ok', 'malformed', 'refused', 'rejected', 'unknown')),
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    answer_json TEXT,
    error TEXT
);
CREATE INDEX IF NOT EXISTS llm_calls_by_cycle ON llm_calls (cycle_id);
CREATE INDEX IF NOT EXISTS llm_calls_by_packet ON llm_calls (packet_hash);
CREATE INDEX IF NOT EXISTS llm_calls_unsettled ON llm_calls (cycle_id) WHERE outcome = 'reserved';

-- What the ledger adds up to by UTC day, so that a month's sum costs 31 rows. Triggers keep it: no code can forget to.
CREATE TABLE IF NOT EXISTS llm_days (
    day_utc TEXT PRIMARY KEY NOT NULL,
    charged_nanodollars INTEGER NOT NULL
);
CREATE TRIGGER IF NOT EXISTS llm_calls_reserved AFTER INSERT ON llm_calls BEGIN
    INSERT INTO llm_days (day_utc, charged_nanodollars)
    VALUES (substr(new.reserved_at_utc, 1, 10), coalesce(new.actual_nanodollars, new.reserved_nanodollars))
    ON CONFLICT DO UPDATE SET charged_nanodollars = charged_nanodollars + excluded.charged_nanodollars;
END;
CREATE TRIGGER IF NOT EXISTS llm_calls_settled AFTER UPDATE ON llm_calls BEGIN
    UPDATE llm_days SET charged_nanodollars = charged_nanodollars
        + coalesce(new.actual_nanodollars, new.reserved_nanodollars)
        - coalesce(old.actual_nanodollars, old.reserved_nanodollars)
    WHERE day_utc = substr(old.reserved_at_utc, 1, 10);
END;

CREATE TABLE IF NOT EXISTS estimates (
    estimate_id INTEGER PRIMARY KEY NOT NULL,
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    cycle_id TEXT NOT NULL,
    series_ticker TEXT NOT NULL,
    event_ticker TEXT NOT NULL,
    macro_event_type TEXT,
    packet_hash TEXT NOT NULL,
    observed_at_utc TEXT NOT NULL,
    estimated_at_utc TEXT NOT NULL,
    close_time_utc TEXT,
    samples_json TEXT NOT NULL,
    sample_count INTEGER NOT NULL,
    sample_spread REAL,
    aggregated REAL NOT NULL CHECK (aggregated BETWEEN 0 AND 1),
    recalibration_json TEXT NOT NULL,
    recalibrated REAL NOT NULL CHECK (recalibrated BETWEEN 0 AND 1),
    market_mid REAL CHECK (market_mid BETWEEN 0 AND 1),
    blend_weight REAL NOT NULL,
    blended REAL NOT NULL CHECK (blended BETWEEN 0 AND 1),
    coherence_json TEXT NOT NULL,
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    cost_nanodollars INTEGER NOT NULL,
    UNIQUE (market_id, snapshot_hour_utc, provider, model, prompt_version)
);
CREATE INDEX IF NOT EXISTS estimates_by_hour ON estimates (snapshot_hour_utc);

CREATE INDEX IF NOT EXISTS estimates_by_market ON estimates (market_id, estimated_at_utc);

-- Base rates ask for a series' settled markets.
CREATE INDEX IF NOT EXISTS markets_by_series ON markets (series_ticker, event_ticker);

CREATE TABLE IF NOT EXISTS score_reports (
    score_id INTEGER PRIMARY KEY NOT NULL,
    scored_at_utc TEXT NOT NULL,
    cycle_id TEXT,
    report_json TEXT NOT NULL
);

INSERT INTO schema_version (version, applied_at_utc) VALUES (3, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
