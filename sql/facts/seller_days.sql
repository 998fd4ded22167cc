-- facts.seller_days — one row per seller, clinic and day worked; two shifts of a day are one seller-day.
-- grain: clinic_id, seller_id, calendar_date
with

shifts as (

    select
        seller_id,
        clinic_id,
        shift_date,
        worked_hours
    from exports.erp__seller_shifts

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    shifts.clinic_id,  -- clinic worked in
    shifts.seller_id,  -- staff number of the seller
    shifts.shift_date as calendar_date,  -- local date worked
    coalesce(min(staff.tenure_band), 'unknown') as tenure_band,  -- service at the start of history
    sum(shifts.worked_hours) as worked_hours  -- hours of all shifts of the day

from shifts
left join staff on shifts.seller_id = staff.staff_id
where
    shifts.shift_date < $as_of
    and shifts.worked_hours > 0
group by
    shifts.clinic_id,
    shifts.seller_id,
    shifts.shift_date
