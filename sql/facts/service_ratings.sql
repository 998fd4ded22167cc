-- facts.service_ratings — one row per rating a customer gave after a contact.
-- grain: rating_id
with

ratings as (

    select
        rating_id_service,
        branch_id,
        team_id,
        shop_id,
        customer_id_crm,
        channel,
        question_type,
        score,
        answered_at,
        local_date(answered_at, $timezone) as answered_date
    from exports.service__ratings

)

select
    ratings.rating_id_service as rating_id,  -- the service system's own identifier
    ratings.branch_id,  -- branch rated
    ratings.team_id,  -- team rated
    ratings.shop_id,  -- shop rated
    ratings.customer_id_crm as customer_id,  -- customer who rated; null when anonymous
    ratings.channel,  -- channel of the contact
    ratings.question_type,  -- csat (1 to 5) or nps (0 to 10)
    ratings.score,  -- the answer; null when skipped
    ratings.answered_at,  -- when it was answered, UTC
    ratings.answered_date as calendar_date  -- local date it was answered

from ratings
where ratings.answered_date < $as_of
