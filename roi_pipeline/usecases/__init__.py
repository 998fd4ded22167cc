"""What the product does, free of Dagster: composes the rooms for the shell and the command line.

A use case takes plain objects (`Study`, `Warehouse`, `Cycle`) and returns values; it knows neither assets
nor partitions, prints nothing and reads no clock. What is said to people is worded in `reporting`.
"""
