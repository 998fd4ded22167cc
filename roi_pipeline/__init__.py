"""Measures, every cycle, what each AI module a company uses has changed and what that is worth."""

__version__ = "0.1.0"
