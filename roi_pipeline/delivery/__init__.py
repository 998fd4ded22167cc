"""Room: delivery."""
