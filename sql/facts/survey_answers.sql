-- facts.survey_answers — one row per answered question of a survey.
-- grain: answer_id
with

answers as (

    select
        answer_id_survey,
        customer_id_crm,
        clinic_id,
        channel,
        question_type,
        score,
        answered_at
    from exports.survey__answers

)

select
    answers.answer_id_survey as answer_id,  -- the survey system's own identifier
    answers.customer_id_crm as customer_id,  -- customer who answered; null when anonymous
    answers.clinic_id,  -- clinic asked about
    answers.channel,  -- channel of the contact asked about
    answers.question_type,  -- csat (1 to 5) or nps (0 to 10)
    answers.score,  -- the answer; null when the question was skipped
    answers.answered_at,  -- when it was answered, UTC
    local_date(answers.answered_at, $timezone) as calendar_date  -- local date it was answered

from answers
where local_date(answers.answered_at, $timezone) < $as_of
