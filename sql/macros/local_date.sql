-- local_date(moment, zone) — calendar date in `zone` of a UTC timestamp: 16:00 UTC is the next day in Shanghai.
create or replace macro local_date(moment, zone) as
cast(timezone(zone, timezone('UTC', moment)) as date)
