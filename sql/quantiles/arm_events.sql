-- quantiles.arm_events — one row per event of a unit in an arm; without a value it counts for nobody's quantile.
-- grain: event_number
with

metric_rows as (

    select
        unit_id,
        coalesce(list_contains($treated, arm_name), false) as is_treated,
        coalesce(list_contains($comparison, arm_name), false) as is_comparison,
        case when denominator > 0 then cast(numerator as double) end as measured
    from _metric_rows
    where
        unit_id is not null
        and calendar_date >= $post_start
        and calendar_date < $post_end

),

units as (

    select
        unit_id,
        bool_or(is_treated) as is_treated,
        bool_or(is_comparison) as is_comparison
    from metric_rows
    group by unit_id

)

select
    row_number() over () as event_number,  -- any number, of this event alone
    metric_rows.unit_id,  -- unit of the random assignment
    case
        when units.is_treated and units.is_comparison then 'both'
        when units.is_treated then 'treated'
        else 'comparison'
    end as arm_name,  -- arm the unit was seen in
    metric_rows.measured  -- what was measured, null where nothing was

from metric_rows
inner join units on metric_rows.unit_id = units.unit_id
where
    units.is_treated
    or units.is_comparison
