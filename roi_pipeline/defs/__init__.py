"""The shell: the only room with Dagster. Assets read, compute in a room, write and tell.

The asset graph *is* the pipeline; the command line runs the same definitions.
"""
