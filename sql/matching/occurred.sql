-- matching.occurred — one row per event or order of the wanted kind, whoever brought it about.
-- grain: outcome_id
with

events as (

    select
        event_id,
        customer_id,
        occurred_at
    from facts.customer_events
    where event_type = $outcome

),

orders as (

    select
        order_id,
        customer_id,
        ordered_at
    from facts.orders
    where $outcome = 'order'

),

occurred as (

    select
        event_id as outcome_id,
        customer_id,
        occurred_at
    from events
    union all
    select
        order_id as outcome_id,
        customer_id,
        ordered_at as occurred_at
    from orders

)

select
    occurred.outcome_id,  -- event or order
    occurred.customer_id,  -- customer
    occurred.occurred_at  -- when, UTC

from occurred
