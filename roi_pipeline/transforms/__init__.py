"""Room: transforms."""
