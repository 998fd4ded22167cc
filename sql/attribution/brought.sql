-- attribution.brought — one row per exact set of modules, with the outcomes inside their windows.
-- grain: touched_mask
with

credits as (

    select
        outcome_id,
        case when arm_name = 'held_out' then 0 else module_bit end as touched_bit
    from facts.action_credits
    where
        not is_placebo
        and outcome_type = $outcome
        and occurred_at >= $start
        and occurred_at < $end

),

outcomes as (

    select
        outcome_id,
        bit_or(touched_bit) as touched_mask
    from credits
    group by outcome_id

)

select
    outcomes.touched_mask,  -- Σ module_bit of the modules whose windows held it; 0: held out
    count(*) as outcomes_count  -- outcomes, each counted once

from outcomes
group by outcomes.touched_mask
