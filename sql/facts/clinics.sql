-- facts.clinics — one row per clinic of the chain.
-- grain: clinic_id
-- optional: exports.erp__clinics
with

clinics as (

    select
        clinic_id,
        clinic_name,
        region_name,
        opened_date
    from exports.erp__clinics

)

select
    clinics.clinic_id,  -- the company's own code, the same in every system
    clinics.clinic_name,  -- display name
    clinics.region_name,  -- region the clinic is managed in
    clinics.opened_date  -- first business day; null when it was open before records began

from clinics
