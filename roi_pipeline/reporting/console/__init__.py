"""What the command line prints, worded from values: plans, draws, self-tests.

Nothing here computes; a table or a sentence in, lines of text out.
"""
