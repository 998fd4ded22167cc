"""Room: finance."""
