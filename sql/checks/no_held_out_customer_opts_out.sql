-- checks.no_held_out_customer_opts_out — one row per action held out and yet answered.
-- grain: action_id
-- severity: warn
select
    actions.action_id,  -- the action that should not have been carried out
    actions.customer_id,  -- the customer
    actions.opted_out_at,  -- when they asked for no more
    'a held-out customer answered an invitation' as reason  -- why the row is listed

from facts.ai_actions as actions
where
    actions.arm_name = 'held_out'
    and actions.opted_out_at is not null
