-- facts.staff — one row per member of staff, as the payroll knows them.
-- grain: staff_id
-- optional: exports.erp__staff
with

staff as (

    select
        staff_id,
        clinic_id,
        role_type,
        hired_date
    from exports.erp__staff

)

select
    staff.staff_id,  -- the company's staff number, the same in every system
    staff.clinic_id,  -- clinic that pays them
    staff.role_type,  -- seller, agent or other
    staff.hired_date,  -- first working day
    tenure_band(staff.hired_date, $history_start) as tenure_band  -- service at the start of history

from staff
