"""What the command line prints, worded in three languages: editions, plans, draws, self-tests.

Values in, lines of text out; the sentences stand in `catalogue/messages/console.toml`. Nothing here
computes, prints or exits.
"""
