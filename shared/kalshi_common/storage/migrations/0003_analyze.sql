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
    output_tokens INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('reserved', 'ok', 'malformed', 'refused', 'rejected', 'unknown')),
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    answer_json TEXT,
    error TEXT
);
CREATE INDEX IF NOT EXISTS llm_calls_by_time ON llm_calls (reserved_at_utc);
CREATE INDEX IF NOT EXISTS llm_calls_by_cycle ON llm_calls (cycle_id);

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
    UNIQUE (market_id, snapshot_hour_utc, model, prompt_version)
);
CREATE INDEX IF NOT EXISTS estimates_by_hour ON estimates (snapshot_hour_utc);

CREATE TABLE IF NOT EXISTS score_reports (
    score_id INTEGER PRIMARY KEY NOT NULL,
    scored_at_utc TEXT NOT NULL,
    cycle_id TEXT,
    report_json TEXT NOT NULL
);

INSERT INTO schema_version (version, applied_at_utc) VALUES (3, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
