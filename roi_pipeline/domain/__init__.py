"""The nouns every room shares: frozen values, standard library only, no input or output.

A value defined here may cross a boundary between rooms; a frame, a cursor or a dictionary may not.
What a value *means* is said here; how it is read, computed or shown belongs to the rooms.
"""
