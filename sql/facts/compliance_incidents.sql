-- facts.compliance_incidents — one row per compliance incident, with its fine in the reporting currency.
-- grain: incident_id
with

incidents as (

    select
        incident_id_compliance,
        branch_id,
        team_id,
        incident_type,
        occurred_date,
        fine_amount,
        currency_code
    from exports.compliance__incidents

),

exchange_rates as (

    select
        calendar_date,
        currency_code,
        exchange_rate
    from facts.exchange_rates

)

select
    incidents.incident_id_compliance as incident_id,  -- the compliance system's own identifier
    incidents.branch_id,  -- branch where it happened
    incidents.team_id,  -- team in which it happened
    incidents.incident_type,  -- privacy_leak, recording_violation, mis_selling, harassment or other
    incidents.occurred_date as calendar_date,  -- day it happened
    cast(
        coalesce(incidents.fine_amount, 0)
        * case when incidents.currency_code is null then 1 else exchange_rates.exchange_rate end
        as decimal(18, 4)
    )
        as fine_amount_rc  -- fine in the reporting currency, 0 when there was none

from incidents
left join exchange_rates
    on
        incidents.occurred_date = exchange_rates.calendar_date
        and incidents.currency_code = exchange_rates.currency_code
where incidents.occurred_date < $as_of
