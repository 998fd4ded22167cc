-- metrics.opportunities_daily — one row per clinic, seller and day with the sums of the opportunities opened.
-- grain: clinic_id, seller_id, tenure_band, calendar_date
with

opportunities as (

    select
        clinic_id,
        seller_id,
        tenure_band,
        calendar_date,
        is_assessable,
        is_won_45d,
        cycle_days
    from facts.opportunities

)

select
    clinic_id,  -- clinic they belong to
    seller_id,  -- seller who works on them
    tenure_band,  -- service of the seller at the start of history
    calendar_date,  -- local date they were opened
    count(*) as opportunities_count,  -- opportunities opened
    count(*) filter (where is_assessable) as assessable_opportunities_count,  -- of these at least 45 days old
    count(*) filter (where is_assessable and is_won_45d) as won_45d_count,  -- of these won within 45 days
    coalesce(sum(cycle_days) filter (where is_assessable and is_won_45d), 0.0) as won_cycle_days  -- Σ days they took

from opportunities
group by
    clinic_id,
    seller_id,
    tenure_band,
    calendar_date
