-- panels.arm_units — one row per unit seen in either window, with its arm and its sums in each.
-- grain: unit_id
with

metric_rows as (

    select
        unit_id,
        arm_name,
        numerator,
        denominator,
        calendar_date >= $post_start and calendar_date < $post_end as is_post,
        calendar_date >= $baseline_start and calendar_date < $baseline_end as is_baseline
    from _metric_rows
    where
        unit_id is not null
        and (
            (calendar_date >= $post_start and calendar_date < $post_end)
            or (calendar_date >= $baseline_start and calendar_date < $baseline_end)
        )

),

units as (

    select
        unit_id,
        coalesce(bool_or(list_contains($treated, arm_name)), false) as is_treated,
        coalesce(bool_or(list_contains($comparison, arm_name)), false) as is_comparison,
        sum(numerator) filter (where is_post) as numerator,
        sum(denominator) filter (where is_post) as denominator,
        sum(numerator) filter (where is_baseline) as numerator_baseline,
        sum(denominator) filter (where is_baseline) as denominator_baseline,
        count(*) filter (where is_post) as row_count
    from metric_rows
    group by unit_id

)

select
    units.unit_id,  -- unit of the random assignment
    case
        when units.is_treated and units.is_comparison then 'both'
        when units.is_treated then 'treated'
        when units.is_comparison then 'comparison'
    end as arm_name,  -- arm it was seen in; null when in neither
    cast(coalesce(units.numerator, 0) as double) as numerator,  -- Σ numerator after go-live
    cast(coalesce(units.denominator, 0) as double) as denominator,  -- Σ denominator after go-live
    cast(coalesce(units.numerator_baseline, 0) as double) as numerator_baseline,  -- Σ numerator before
    cast(coalesce(units.denominator_baseline, 0) as double) as denominator_baseline,  -- Σ denominator before
    units.row_count  -- rows of the daily table after go-live

from units
