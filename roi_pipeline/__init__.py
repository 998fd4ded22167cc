"""Tells a company, every cycle, what each AI module it switched on really changed and is worth."""

__version__ = "0.1.0"
