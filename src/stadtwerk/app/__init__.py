"""The only place that knows everybody: one process of the city put together."""
