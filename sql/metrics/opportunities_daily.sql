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
        cycle_days,
        calendar_date + 31 <= $as_of as is_assessable_30d,
        calendar_date + 91 <= $as_of as is_assessable_90d,
        calendar_date + 181 <= $as_of as is_assessable_180d,
        case when cycle_days >= 0 then cycle_days end as won_days  -- null: not won, or before it was opened
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
    coalesce(sum(cycle_days) filter (where is_assessable and is_won_45d), 0.0) as won_cycle_days,  -- Σ days they took
    count(*) filter (where is_assessable_30d) as assessable_30d_opportunities_count,  -- at least 30 days old
    count(*) filter (where is_assessable_30d and won_days < 30)
        as won_30d_count,  -- of these won within 30 days
    coalesce(sum(won_days) filter (where is_assessable_30d and won_days < 30), 0.0)
        as won_30d_cycle_days,  -- Σ days they took
    count(*) filter (where is_assessable_90d) as assessable_90d_opportunities_count,  -- at least 90 days old
    count(*) filter (where is_assessable_90d and won_days < 90)
        as won_90d_count,  -- of these won within 90 days
    coalesce(sum(won_days) filter (where is_assessable_90d and won_days < 90), 0.0)
        as won_90d_cycle_days,  -- Σ days they took
    count(*) filter (where is_assessable_180d) as assessable_180d_opportunities_count,  -- at least 180 days old
    count(*) filter (where is_assessable_180d and won_days < 180)
        as won_180d_count,  -- of these won within 180 days
    coalesce(sum(won_days) filter (where is_assessable_180d and won_days < 180), 0.0)
        as won_180d_cycle_days  -- Σ days they took

from opportunities
group by
    clinic_id,
    seller_id,
    tenure_band,
    calendar_date
