-- panels.unit_values — one row per unit, with the value of a trait it had most often before a day (ties: the smallest).
-- grain: unit_id
with

metric_rows as (

    select
        unit_id,
        trait
    from _metric_rows
    where calendar_date < $end

),

counted as (

    select
        unit_id,
        coalesce(trait, '') as trait,
        count(*) as rows_count
    from metric_rows
    group by
        unit_id,
        coalesce(trait, '')

),

ranked as (

    select
        unit_id,
        trait,
        row_number() over (partition by unit_id order by rows_count desc, trait asc) as rank
    from counted

)

select
    ranked.unit_id,  -- unit of the roll-out
    ranked.trait  -- its value, empty where it is mostly unknown

from ranked
where ranked.rank = 1
