-- metrics.service_ratings_daily — one row per branch, team, shop, channel and day with the sums of its ratings.
-- grain: branch_id, team_id, shop_id, channel, calendar_date
with

ratings as (

    select
        branch_id,
        team_id,
        shop_id,
        channel,
        calendar_date,
        question_type,
        score
    from facts.service_ratings
    where score is not null

)

select
    ratings.branch_id,  -- branch rated
    ratings.team_id,  -- team rated
    ratings.shop_id,  -- shop rated
    ratings.channel,  -- channel of the contact
    ratings.calendar_date,  -- local date of the answer
    count(*) filter (where ratings.question_type = 'csat')
        as csat_answers_count,  -- answers to the satisfaction question
    coalesce(sum(ratings.score) filter (where ratings.question_type = 'csat'), 0.0)
        as csat_score_sum,  -- Σ score, 1 to 5 each
    count(*) filter (where ratings.question_type = 'csat' and ratings.score >= 4)
        as praising_answers_count,  -- of these 4 or 5
    count(*) filter (where ratings.question_type = 'nps')
        as nps_answers_count,  -- answers to the recommendation question
    count(*) filter (where ratings.question_type = 'nps' and ratings.score >= 9)
    - count(*) filter (where ratings.question_type = 'nps' and ratings.score <= 6)
        as nps_balance_count  -- promoters (9, 10) less detractors (0 to 6)

from ratings
group by
    ratings.branch_id,
    ratings.team_id,
    ratings.shop_id,
    ratings.channel,
    ratings.calendar_date
