"""The assets by layer; each reads, computes by one use case, writes and reports."""
