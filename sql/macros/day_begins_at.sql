-- day_begins_at(day, zone) — UTC timestamp of local midnight at which a calendar day begins in `zone`.
create or replace macro day_begins_at(day, zone) as
timezone('UTC', timezone(zone, cast(day as timestamp)))
