-- metrics.service_cases_daily — one row per shop, product line, channel and day with the sums of its service cases.
-- grain: shop_id, product_line_id, channel, calendar_date
with

cases as (

    select
        shop_id,
        product_line_id,
        channel,
        calendar_date,
        handled_by,
        answer_hours,
        closing_hours,
        work_hours,
        is_corrected,
        is_assessable,
        is_reopened_7d
    from facts.service_cases

)

select
    cases.shop_id,  -- shop that was asked
    cases.product_line_id,  -- product line
    cases.channel,  -- channel
    cases.calendar_date,  -- local date the customers asked
    count(*) as cases_count,  -- cases
    count(*) filter (where cases.handled_by = 'ai') as ai_cases_count,  -- of these handled by AI alone
    count(*) filter (where cases.answer_hours is not null) as answered_cases_count,  -- cases somebody answered
    coalesce(sum(cases.answer_hours), 0.0) as answer_hours,  -- Σ hours until the first answer
    count(*) filter (where cases.closing_hours is not null) as closed_cases_count,  -- cases closed
    coalesce(sum(cases.closing_hours), 0.0) as closing_hours,  -- Σ hours until they were closed
    count(*) filter (where cases.work_hours is not null) as timed_cases_count,  -- cases with recorded work
    coalesce(sum(cases.work_hours), 0.0) as work_hours,  -- Σ hours people worked on them
    count(*) filter (where cases.is_corrected) as corrected_cases_count,  -- cases whose answer was wrong at first
    count(*) filter (where cases.is_assessable) as assessable_cases_count,  -- closed at least 7 days ago
    count(*) filter (where cases.is_assessable and cases.is_reopened_7d)
        as reopened_7d_count  -- of these reopened within 7 days

from cases
group by
    cases.shop_id,
    cases.product_line_id,
    cases.channel,
    cases.calendar_date
