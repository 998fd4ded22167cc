-- panels.volume — one row in all, with what a metric counted over treated units and days.
with

metric_rows as (

    select
        unit_id,
        place_id,
        arm_name,
        calendar_date,
        numerator,
        denominator
    from _metric_rows
    where
        calendar_date >= $start
        and calendar_date < $end

),

go_lives as (

    select
        unnest(cast($places as varchar[])) as place_id,
        unnest(cast($go_live_dates as date[])) as go_live_date

),

-- a place without a date of its own goes live with everybody, or never
treated as (

    select metric_rows.*
    from metric_rows
    left join go_lives on metric_rows.place_id = go_lives.place_id
    where
        metric_rows.calendar_date >= coalesce(go_lives.go_live_date, $everywhere_from)
        and (
            cast($treated as varchar[]) is null
            or list_contains(cast($treated as varchar[]), metric_rows.arm_name)
        )

)

select
    coalesce(cast(sum(cast(treated.numerator as decimal(38, 6))) as double), 0) as numerator,  -- Σ numerator
    coalesce(cast(sum(cast(treated.denominator as decimal(38, 6))) as double), 0) as denominator,  -- Σ denominator
    count(distinct row(treated.unit_id, treated.calendar_date)) as unit_days_count  -- units times days with a row

from treated
