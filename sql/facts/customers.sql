-- facts.customers — one row per customer of the CRM; people appear as keyed hashes only.
-- grain: customer_id
-- optional: exports.crm__customers
with

customers as (

    select
        customer_id_crm,
        clinic_id,
        customer_phone,
        customer_email,
        registered_at,
        level_code,
        is_marketing_allowed
    from exports.crm__customers

),

known as (

    select
        *,
        local_date(registered_at, $timezone) as registered_date
    from customers

)

select
    known.customer_id_crm as customer_id,  -- the CRM's identifier, used by every fact
    known.clinic_id,  -- clinic the customer belongs to
    known.customer_phone,  -- keyed hash of the normalised telephone number
    known.customer_email,  -- keyed hash of the normalised e-mail address
    known.registered_at,  -- when the customer was entered, UTC
    known.registered_date as calendar_date,  -- local date of registration
    known.level_code,  -- membership level
    known.is_marketing_allowed  -- agreed to be contacted

from known
where known.registered_at is null or known.registered_date < $as_of
