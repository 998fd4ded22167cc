-- local_at(moment, zone) — wall-clock time in `zone` of a UTC timestamp.
create or replace macro local_at(moment, zone) as
timezone(zone, timezone('UTC', moment))
