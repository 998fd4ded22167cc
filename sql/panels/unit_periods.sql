-- panels.unit_periods — one row per unit and period, with what a metric's two columns add up to there.
-- grain: unit_id, period_start
with

metric_rows as (

    select
        unit_id,
        calendar_date,
        numerator,
        denominator
    from _metric_rows
    where
        unit_id is not null
        and calendar_date >= $start
        and calendar_date < $end

),

-- the first of January of year 1 was a Monday
dated as (

    select
        unit_id,
        numerator,
        denominator,
        case $period
            when 'day' then calendar_date
            when 'week'
                then calendar_date - cast((calendar_date - cast('0001-01-01' as date)) % 7 as integer)
            when 'month' then make_date(year(calendar_date), month(calendar_date), 1)
            when 'quarter'
                then make_date(year(calendar_date), (month(calendar_date) - 1) // 3 * 3 + 1, 1)
            when 'year' then make_date(year(calendar_date), 1, 1)
        end as period_start
    from metric_rows

)

select
    dated.unit_id,  -- unit of the roll-out
    dated.period_start,  -- first day of the period, also where the window cuts it
    cast(sum(cast(dated.numerator as decimal(38, 6))) as double) as numerator,  -- Σ numerator
    cast(sum(cast(dated.denominator as decimal(38, 6))) as double) as denominator,  -- Σ denominator
    count(*) as row_count  -- rows of the daily table

from dated
group by
    dated.unit_id,
    dated.period_start
