-- metrics.survey_answers_daily — one row per clinic, channel and day with the sums of its survey answers.
-- grain: clinic_id, channel, calendar_date
with

answers as (

    select
        clinic_id,
        channel,
        calendar_date,
        question_type,
        score
    from facts.survey_answers
    where score is not null

)

select
    clinic_id,  -- clinic asked about
    channel,  -- channel of the contact asked about
    calendar_date,  -- local date of the answer
    count(*) filter (where question_type = 'csat') as csat_answers_count,  -- answers to the satisfaction question
    coalesce(sum(score) filter (where question_type = 'csat'), 0.0) as csat_score_sum,  -- Σ score, 1 to 5 each
    count(*) filter (where question_type = 'csat' and score >= 4) as satisfied_count,  -- of these 4 or 5
    count(*) filter (where question_type = 'nps') as nps_answers_count,  -- answers to the recommendation question
    count(*) filter (where question_type = 'nps' and score >= 9)
    - count(*) filter (where question_type = 'nps' and score <= 6) as nps_balance_count  -- promoters less detractors

from answers
group by
    clinic_id,
    channel,
    calendar_date
