"""What SQL says badly, in Polars: identities across systems, the calendar, exchange rates.

Frames come in and go out; nothing here opens a file or a database, and nothing that a SELECT can say
belongs here. One file each: `identities`, `calendar`, `currency`.
"""
