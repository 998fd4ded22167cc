-- attribution.contacts — one row per customer with matured actions in one arm only, with what they claimed.
-- grain: customer_id
with

credits as (

    select
        action_id,
        count(*) filter (where not is_placebo) as claimed_count,
        count(*) filter (where is_placebo) as placebo_count
    from facts.action_credits
    where
        module_id = $module
        and outcome_type = $outcome
    group by action_id

),

windows as (

    select
        action_id,
        customer_id,
        case when arm_name = 'held_out' then 'held_out' else 'contacted' end as arm_name
    from facts.action_windows
    where
        module_id = $module
        and is_matured
        and calendar_date >= $start
        and calendar_date < $end

)

select
    windows.customer_id,  -- customer
    min(windows.arm_name) as arm_name,  -- contacted or held_out
    cast(coalesce(sum(credits.claimed_count), 0) as double) as numerator,  -- outcomes claimed
    cast(count(*) as double) as denominator,  -- actions
    cast(coalesce(sum(credits.placebo_count), 0) as double) as numerator_baseline  -- outcomes of the placebo windows

from windows
left join credits on windows.action_id = credits.action_id
group by windows.customer_id
having count(distinct windows.arm_name) = 1
