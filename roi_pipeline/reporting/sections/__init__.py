"""The sections of a report: each module decides what one part says and words it.

Nothing here rounds (that is `numbers`) or lays out (that are the templates).
"""
