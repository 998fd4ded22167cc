"""Room: defs."""
