-- holdouts.known_units — one row in all, with how many rows of a table name a unit.
select count(units.unit_id) as rows_count  -- rows that name a unit

from _unit_rows as units
