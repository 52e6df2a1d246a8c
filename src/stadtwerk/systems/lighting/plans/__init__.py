"""Programs and calendars as documents with versions, and which of them each lamp follows."""
