"""What keys say together, within a file and across files; each check yields `Problem`s.

A value that is None was left out or unreadable; in both cases there is nothing to compare.
"""
