-- facts.bank_counts — one row per district and day.
-- grain: district_id, counted_on
with

counts as (

    select
        make_date(year, month, day) as counted_on,
        sixth_district_count,
        eighth_district_count
    from exports.fed__bank_counts

),

both_districts as (

    select
        'sixth' as district_id,
        counted_on,
        sixth_district_count as banks_count
    from counts

    union all

    select
        'eighth' as district_id,
        counted_on,
        eighth_district_count as banks_count
    from counts

)

select
    both_districts.district_id,  -- sixth or eighth
    both_districts.counted_on,  -- the day
    both_districts.banks_count  -- banks in business

from both_districts
