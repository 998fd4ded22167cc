-- attribution.reached — one row per customer in reach of a module in the window, by exposure to two of them.
-- grain: customer_id
with

brought as (

    select
        customer_id,
        count(distinct outcome_id) as outcomes_count
    from facts.action_credits
    where
        not is_placebo
        and outcome_type = $outcome
        and occurred_at >= $start
        and occurred_at < $end
    group by customer_id

),

spells as (

    select
        customer_id,
        touched_mask & $first > 0 as has_first,
        touched_mask & $second > 0 as has_second,
        epoch(least(spell_end_at, $end) - greatest(spell_start_at, $start)) as spent_seconds
    from facts.touch_spells
    where
        spell_start_at < $end
        and spell_end_at > $start

)

select
    spells.customer_id,  -- customer
    case
        when bool_or(spells.has_first) and bool_or(spells.has_second) then 'both'
        when bool_or(spells.has_first) then 'first'
        when bool_or(spells.has_second) then 'second'
        else 'neither'
    end as arm_name,  -- which of the two ever reached the customer
    cast(coalesce(max(brought.outcomes_count), 0) as double) as numerator,  -- outcomes brought about by any module
    sum(spells.spent_seconds) / 604800.0 as denominator  -- weeks in reach

from spells
left join brought on spells.customer_id = brought.customer_id
group by spells.customer_id
