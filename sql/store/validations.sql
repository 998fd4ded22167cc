-- store.validations — one row per export, with its latest rule results not later than a day.
-- grain: table_name
with

validations as (

    select
        table_name,
        as_of,
        payload
    from quality.validations
    where as_of <= $as_of

),

ranked as (

    select
        table_name,
        payload,
        row_number() over (partition by table_name order by as_of desc) as rank
    from validations

)

select
    ranked.table_name,  -- export
    ranked.payload  -- the whole value, as JSON

from ranked
where ranked.rank = 1
