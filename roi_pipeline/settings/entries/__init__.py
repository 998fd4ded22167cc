"""The shape of each file: which keys there are, their types, and the domain value each becomes.

Only what one key alone can tell is refused here; what two keys say together is for `checks`.
"""
