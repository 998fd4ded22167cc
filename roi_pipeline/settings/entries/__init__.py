"""The shape of each file: which keys there are, their types, and the domain value each becomes.

Only problems of a single key are rejected here; problems between two keys are for `checks`.
"""
