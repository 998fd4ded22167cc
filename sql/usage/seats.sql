-- usage.seats — one row in all, with a module's licensed and active person-days and its requests.
select
    cast(sum(cast(seats.licensed_users_count as decimal(38, 6))) as double) as licensed_count,  -- person-days licensed
    cast(sum(cast(seats.active_users_count as decimal(38, 6))) as double) as active_count,  -- person-days with use
    cast(sum(cast(seats.requests_count as decimal(38, 6))) as double) as requests_count  -- times it was asked

from metrics.module_usage_daily as seats
where
    seats.module_id = $module
    and seats.calendar_date >= $start
    and seats.calendar_date < $end
