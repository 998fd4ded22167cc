-- facts.outcomes — one row per event an AI module may claim, of customers some AI module acted on.
-- grain: outcome_type, outcome_id
-- optional: facts.customer_events, facts.orders
with

acted_on as (

    select distinct customer_id
    from facts.ai_actions
    where customer_id is not null

),

kinds as (

    select distinct outcome_type
    from facts.attribution_rules

),

events as (

    select
        event_type as outcome_type,
        event_id as outcome_id,
        customer_id,
        occurred_at,
        calendar_date,
        0 as amount_rc
    from facts.customer_events
    union all
    select
        'order' as outcome_type,
        order_id as outcome_id,
        customer_id,
        ordered_at as occurred_at,
        calendar_date,
        order_amount_rc - refund_amount_rc as amount_rc
    from facts.orders

)

select
    events.outcome_type,  -- visit, consult, order, …
    events.outcome_id,  -- identifier in the system it comes from
    events.customer_id,  -- customer who did it
    events.occurred_at,  -- when, UTC
    events.calendar_date,  -- local date it happened
    events.amount_rc  -- of an order: its amount less refunds, reporting currency

from events
where
    events.customer_id in (select acted_on.customer_id from acted_on)
    and events.outcome_type in (select kinds.outcome_type from kinds)
