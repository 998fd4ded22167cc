-- quantiles.unit_shares — one row per unit of an arm, with its events at or below the quantile.
-- grain: unit_id
select
    events.unit_id,  -- unit of the random assignment
    cast(count(*) filter (where events.measured <= $value) as double) as numerator,  -- events at or below the quantile
    cast(count(*) as double) as denominator  -- events with a value

from _quantiles_arm_events as events
where
    events.arm_name = $arm
    and events.measured is not null
group by events.unit_id
