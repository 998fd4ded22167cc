-- facts.programme_people — one row per person and comparison the person takes part in.
-- grain: comparison_name, person_id
with

participants as (

    select
        source_row_number,
        is_treated,
        age_years,
        education_years,
        is_black,
        is_hispanic,
        is_married,
        has_no_degree,
        earnings_1974_amount,
        earnings_1975_amount,
        earnings_1978_amount
    from exports.nsw__participants

),

survey as (

    select
        source_row_number,
        age_years,
        education_years,
        is_black,
        is_hispanic,
        is_married,
        has_no_degree,
        earnings_1974_amount,
        earnings_1975_amount,
        earnings_1978_amount
    from exports.nsw__survey

),

compared as (

    select
        'lot' as comparison_name,
        'participant ' || cast(source_row_number as varchar) as person_id,
        case when is_treated then 'programme' else 'held_out' end as group_name,
        * exclude (source_row_number, is_treated)
    from participants

    union all

    select
        'survey' as comparison_name,
        'participant ' || cast(source_row_number as varchar) as person_id,
        'programme' as group_name,
        * exclude (source_row_number, is_treated)
    from participants
    where is_treated

    union all

    select
        'survey' as comparison_name,
        'surveyed ' || cast(source_row_number as varchar) as person_id,
        'surveyed' as group_name,
        * exclude (source_row_number)
    from survey

)

select
    compared.comparison_name,  -- lot: against those not drawn; survey: against people surveyed
    compared.person_id,  -- the files name nobody; their rows do
    compared.group_name,  -- programme, held_out or surveyed
    compared.age_years,  -- age
    compared.education_years,  -- years at school
    compared.is_black,  -- as asked then
    compared.is_hispanic,  -- as asked then
    compared.is_married,  -- married
    compared.has_no_degree,  -- left school without a degree
    compared.earnings_1974_amount,  -- earned in 1974, before the programme
    compared.earnings_1975_amount,  -- earned in 1975, before the programme
    compared.earnings_1978_amount  -- earned in 1978, after the programme

from compared
