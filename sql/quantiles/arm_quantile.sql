-- quantiles.arm_quantile — one row in all, with the quantile of an arm and the order statistics around it.
with

events as (

    select value
    from _quantiles_arm_events
    where
        arm_name = $arm
        and value is not null

),

ordered as (

    select
        value,
        row_number() over (order by value) as position,
        count(*) over () as n,
        $z * sqrt($level * (1 - $level) / count(*) over ()) as margin
    from events

)

select
    max(ordered.n) as n,  -- events with a value
    max(ordered.value) filter (
        where ordered.position = greatest(1, ceil(ordered.n * $level - 1e-9))
    ) as value,  -- the quantile
    max(ordered.value) filter (
        where ordered.position = greatest(1, floor(ordered.n * ($level - ordered.margin)))
    ) as value_lower,  -- order statistic at the interval's lower end
    max(ordered.value) filter (
        where ordered.position = least(ordered.n, ceil(ordered.n * ($level + ordered.margin)))
    ) as value_upper  -- order statistic at the interval's upper end

from ordered
