"""The monitor: a read-only page, health and metrics over the database that the workers fill."""
