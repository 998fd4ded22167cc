-- attribution.observed — one row in all, with the outcomes inside at least one window.
with

windows as (

    select
        customer_id,
        acted_at,
        window_end_at
    from facts.action_windows
    where
        is_matured
        and arm_name <> 'held_out'

)

select count(*) as outcomes_count  -- outcomes, counted without the ledger of claims

from facts.outcomes as outcomes
where
    outcomes.outcome_type = $outcome
    and outcomes.occurred_at >= $start
    and outcomes.occurred_at < $end
    and exists (
        select 1
        from windows
        where
            windows.customer_id = outcomes.customer_id
            and windows.acted_at < outcomes.occurred_at
            and windows.window_end_at > outcomes.occurred_at
    )
