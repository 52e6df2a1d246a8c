"""Light on demand: the least light that keeps every field's class, a lower bound with proof, tables, and the tick."""
