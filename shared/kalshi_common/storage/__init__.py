"""The border with SQLite: the only place that knows SQL. One file per table family; Database makes every write."""
