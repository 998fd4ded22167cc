-- holdouts.assignable — one row per unit known before a day, with the stratum it is most often in.
-- grain: unit_id
with

units as (

    select
        unit_id,
        coalesce(trait, '') as stratum
    from _unit_rows
    where
        unit_id is not null
        and (calendar_date is null or calendar_date < $as_of)

),

counted as (

    select
        unit_id,
        stratum,
        count(*) as rows_count
    from units
    group by
        unit_id,
        stratum

),

ranked as (

    select
        unit_id,
        stratum,
        row_number() over (partition by unit_id order by rows_count desc, stratum asc) as rank
    from counted

)

select
    ranked.unit_id,  -- unit that may be held out
    ranked.stratum  -- what it is drawn within, empty when there are no strata

from ranked
where ranked.rank = 1
