-- facts.opportunities — one row per sales opportunity, with its stage times and outcome.
-- grain: opportunity_id
with

opportunities as (

    select
        opportunity_id_crm,
        lead_id_crm,
        customer_id_crm,
        clinic_id,
        seller_id,
        opened_at,
        closed_at,
        outcome_type,
        expected_amount,
        win_probability_rate,
        local_date(opened_at, $timezone) as opened_date,
        local_date(closed_at, $timezone) as closed_date
    from exports.crm__opportunities

),

seen as (

    select
        *,
        coalesce(closed_date < $as_of, false) as is_closed,
        coalesce(closed_date < $as_of and outcome_type = 'won', false) as is_won
    from opportunities
    where opened_date < $as_of

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    seen.opportunity_id_crm as opportunity_id,  -- the CRM's own identifier
    seen.lead_id_crm as lead_id,  -- lead it grew from
    seen.customer_id_crm as customer_id,  -- customer it is about
    seen.clinic_id,  -- clinic it belongs to
    seen.seller_id,  -- seller who works on it
    coalesce(staff.tenure_band, 'unknown') as tenure_band,  -- service of the seller at the start of history
    seen.opened_at,  -- when it was opened, UTC
    seen.opened_date as calendar_date,  -- local date it was opened
    case when seen.is_closed then seen.closed_at end as closed_at,  -- when it was won or lost, UTC
    seen.is_won,  -- closed as won before as-of
    seen.opened_date + 46 <= $as_of as is_assessable,  -- 45 days and one day of delivery have passed
    seen.is_won
    and seen.closed_at >= seen.opened_at
    and seen.closed_at < seen.opened_at + interval 45 day as is_won_45d,  -- won within 45 days
    case when seen.is_won then days_between(seen.opened_at, seen.closed_at) end as cycle_days,  -- until it was won
    seen.expected_amount,  -- amount the seller expected, as stated
    seen.win_probability_rate  -- probability the seller stated

from seen
left join staff on seen.seller_id = staff.staff_id
