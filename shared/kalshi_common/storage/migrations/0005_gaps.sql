-- What back-fill asked for and does not exist: without it, a candlestick nobody has would be asked for at every run.
CREATE TABLE IF NOT EXISTS backfill_asked (
    market_id TEXT NOT NULL,
    snapshot_hour_utc TEXT NOT NULL,
    asked_at_utc TEXT NOT NULL,
    PRIMARY KEY (market_id, snapshot_hour_utc)
) WITHOUT ROWID;

INSERT INTO schema_version (version, applied_at_utc) VALUES (5, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
