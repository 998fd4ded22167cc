-- metrics.programme_people_daily — one row per person and comparison, on the first day of 1978.
-- grain: comparison_name, person_id, calendar_date
with

people as (

    select
        comparison_name,
        person_id,
        group_name,
        age_years,
        education_years,
        is_black,
        is_hispanic,
        is_married,
        has_no_degree,
        earnings_1974_amount,
        earnings_1975_amount,
        earnings_1978_amount
    from facts.programme_people

)

select
    people.comparison_name,  -- lot or survey
    people.person_id,  -- the person
    people.group_name,  -- the arm
    date '1978-01-01' as calendar_date,  -- the year the earnings are of; the files have no dates
    1 as people_count,  -- the person, once
    people.earnings_1978_amount,  -- Σ earned in 1978
    people.age_years,  -- known before
    people.education_years,  -- known before
    people.is_black,  -- known before
    people.is_hispanic,  -- known before
    people.is_married,  -- known before
    people.has_no_degree,  -- known before
    people.earnings_1974_amount,  -- known before
    people.earnings_1975_amount  -- known before

from people
