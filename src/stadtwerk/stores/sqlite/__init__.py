"""The embedded default: SQLite, write-ahead log, group commit."""
