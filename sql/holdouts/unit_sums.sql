-- holdouts.unit_sums — one row per unit with a denominator after go-live, with its sums in two windows.
-- grain: unit_id
with

metric_rows as (

    select
        unit_id,
        cast(numerator as decimal(38, 6)) as numerator,
        cast(denominator as decimal(38, 6)) as denominator,
        calendar_date >= $post_start and calendar_date < $post_end as is_post,
        calendar_date >= $baseline_start and calendar_date < $baseline_end as is_baseline
    from _metric_rows
    where
        unit_id is not null
        and calendar_date >= least($post_start, $baseline_start)
        and calendar_date < greatest($post_end, $baseline_end)

),

units as (

    select
        unit_id,
        sum(numerator) filter (where is_post) as numerator,
        sum(denominator) filter (where is_post) as denominator,
        sum(numerator) filter (where is_baseline) as numerator_baseline,
        sum(denominator) filter (where is_baseline) as denominator_baseline
    from metric_rows
    group by unit_id

)

select
    units.unit_id,  -- unit, or cluster of units
    cast(coalesce(units.numerator, 0) as double) as numerator,  -- Σ numerator in the later window
    cast(coalesce(units.denominator, 0) as double) as denominator,  -- Σ denominator in the later window
    cast(coalesce(units.numerator_baseline, 0) as double) as numerator_baseline,  -- Σ numerator before
    cast(coalesce(units.denominator_baseline, 0) as double) as denominator_baseline  -- Σ denominator before

from units
where units.denominator > 0
