"""Nature and law: rules with dates that bind light, the lamps they bind, and what they refuse."""
