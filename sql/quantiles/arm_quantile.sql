-- quantiles.arm_quantile — one row in all, with the quantile of an arm and the order statistics around it.
with

events as (

    select measured
    from _quantiles_arm_events
    where
        arm_name = $arm
        and measured is not null

),

ordered as (

    select
        measured,
        row_number() over (order by measured) as place,
        count(*) over () as n,
        $z * sqrt($level * (1 - $level) / count(*) over ()) as margin
    from events

)

select
    max(ordered.n) as n,  -- events with a value
    max(ordered.measured) filter (
        where ordered.place = greatest(1, ceil(ordered.n * $level - 1e-9))
    ) as quantile,  -- the quantile
    max(ordered.measured) filter (
        where ordered.place = greatest(1, floor(ordered.n * ($level - ordered.margin)))
    ) as lower_end,  -- order statistic at the interval's lower end
    max(ordered.measured) filter (
        where ordered.place = least(ordered.n, ceil(ordered.n * ($level + ordered.margin)))
    ) as upper_end  -- order statistic at the interval's upper end

from ordered
