-- checks.every_call_has_a_clinic — one row per call made for a clinic nobody knows.
-- grain: call_id
-- severity: warn
with

clinics as (

    select clinic_id
    from facts.clinics

),

how_many as (

    select count(*) as clinics_count
    from clinics

)

select
    calls.call_id,  -- the call
    calls.clinic_id,  -- the clinic it names
    'the clinic is not in facts.clinics' as reason  -- why the row is listed

from facts.calls as calls
cross join how_many
left join clinics on calls.clinic_id = clinics.clinic_id
where
    clinics.clinic_id is null
    and how_many.clinics_count > 0
