-- usage.place_changes — one row per place where staff decided and a metric has a base in both windows.
-- grain: place_id
with

actions as (

    select
        place_id,
        adoption_type
    from _module_actions
    where
        module_id = $module
        and calendar_date >= $post_start
        and calendar_date < $post_end
        and place_id is not null

),

adoption as (

    select
        place_id,
        count(adoption_type) as decided_count,
        count(*) filter (where adoption_type in ('adopted', 'edited')) as used_count
    from actions
    group by place_id

),

metric_rows as (

    select
        unit_id as place_id,
        cast(numerator as decimal(38, 6)) as numerator,
        cast(denominator as decimal(38, 6)) as denominator,
        calendar_date >= $post_start and calendar_date < $post_end as is_post,
        calendar_date >= $baseline_start and calendar_date < $baseline_end as is_baseline
    from _metric_rows

),

sums as (

    select
        place_id,
        cast(sum(numerator) filter (where is_post) as double) as post_numerator,
        cast(sum(denominator) filter (where is_post) as double) as post_denominator,
        cast(sum(numerator) filter (where is_baseline) as double) as baseline_numerator,
        cast(sum(denominator) filter (where is_baseline) as double) as baseline_denominator
    from metric_rows
    group by place_id

)

select
    adoption.place_id,  -- place
    cast(adoption.used_count as double) / adoption.decided_count as adoption,  -- share of suggestions taken
    sums.post_numerator / sums.post_denominator
    - sums.baseline_numerator / sums.baseline_denominator as difference  -- of the metric from baseline to post

from adoption
inner join sums on adoption.place_id = sums.place_id
where
    adoption.decided_count > 0
    and sums.post_denominator <> 0
    and sums.baseline_denominator <> 0
