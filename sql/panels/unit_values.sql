-- panels.unit_values — one row per unit, with the value of an attribute it has most often (ties: the smallest).
-- grain: unit_id
with

metric_rows as (

    select
        unit_id,
        value
    from _metric_rows

),

counted as (

    select
        unit_id,
        coalesce(value, '') as value,
        count(*) as rows_count
    from metric_rows
    group by
        unit_id,
        coalesce(value, '')

),

ranked as (

    select
        unit_id,
        value,
        row_number() over (partition by unit_id order by rows_count desc, value) as rank
    from counted

)

select
    ranked.unit_id,  -- unit of the roll-out
    ranked.value  -- its value, empty where it is mostly unknown

from ranked
where ranked.rank = 1
