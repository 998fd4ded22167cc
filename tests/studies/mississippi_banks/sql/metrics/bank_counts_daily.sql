-- metrics.bank_counts_daily — one row per district and first day of July, when the year is counted.
-- grain: district_id, calendar_date
with

counts as (

    select
        district_id,
        counted_on,
        banks_count
    from facts.bank_counts
    where
        extract(month from counted_on) = 7
        and extract(day from counted_on) = 1

)

select
    counts.district_id,  -- the district
    counts.counted_on as calendar_date,  -- 1 July
    counts.banks_count,  -- Σ banks in business
    1 as counts_count  -- the count, once

from counts
