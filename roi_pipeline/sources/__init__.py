"""Everything about getting an export into the house: folders, buckets, databases, encodings, sheets.

What leaves this room is a `Delivery` per file: its fingerprint, its headers and a readable copy in
UTF-8 or Parquet. What the columns mean, and where the rows go, is the business of `engines`.
"""
