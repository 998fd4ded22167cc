"""From facts to what `stats` is asked: panels, arms, purchase histories, exposures, use.

Sums and moments leave the database as small typed values of `domain`; rows never do.
"""
