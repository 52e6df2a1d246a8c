"""The context broker of the core process: what it holds, how it commits, whom it tells."""
