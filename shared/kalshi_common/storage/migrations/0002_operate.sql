-- What operating leaves behind: backups, restores, restore drills and back-fills.
CREATE TABLE IF NOT EXISTS maintenance (
    run_id INTEGER PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('backup', 'restore', 'drill', 'backfill')),
    started_at_utc TEXT NOT NULL,
    finished_at_utc TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'failed')),
    file TEXT,
    bytes INTEGER,
    rows INTEGER,
    reason TEXT
);
CREATE INDEX IF NOT EXISTS maintenance_by_kind ON maintenance (kind, finished_at_utc);
-- The page shows the outcomes that became known last.
CREATE INDEX IF NOT EXISTS outcomes_by_time ON outcomes (observed_at_utc);

INSERT INTO schema_version (version, applied_at_utc) VALUES (2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
ON CONFLICT DO NOTHING;
