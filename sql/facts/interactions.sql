-- facts.interactions — one row per thing a known customer did on web shop, app or messenger.
-- grain: interaction_id
with

interactions as (

    select
        interaction_id_web,
        customer_id_crm,
        interaction_type,
        channel,
        occurred_at,
        local_date(occurred_at, $timezone) as occurred_date
    from exports.web__interactions

)

select
    interactions.interaction_id_web as interaction_id,  -- the web system's own identifier
    interactions.customer_id_crm as customer_id,  -- customer who did it
    interactions.interaction_type,  -- open, click, review, visit, …
    interactions.channel,  -- web, app, messenger, e-mail
    interactions.occurred_at,  -- when it happened, UTC
    interactions.occurred_date as calendar_date  -- local date it happened

from interactions
where interactions.occurred_date < $as_of
