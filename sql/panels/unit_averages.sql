-- panels.unit_averages — one row per unit, with the mean of a number (or of yes and no) before a day.
-- grain: unit_id
with

metric_rows as (

    select
        unit_id,
        case trait
            when 'true' then 1
            when 'false' then 0
            else try_cast(trait as decimal(38, 6))
        end as trait
    from _metric_rows
    where
        unit_id is not null
        and calendar_date < $end

)

select
    metric_rows.unit_id,  -- unit of the roll-out
    cast(sum(metric_rows.trait) as double) / count(metric_rows.trait) as average  -- its mean

from metric_rows
where metric_rows.trait is not null
group by metric_rows.unit_id
