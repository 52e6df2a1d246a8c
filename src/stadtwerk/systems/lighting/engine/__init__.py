"""The field's computation: what a lamp should do now, and how to reach many of them."""
