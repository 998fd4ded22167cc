-- facts.module_costs — one row per voucher the ledger shows for an AI module, in the reporting currency.
-- grain: document_id
with

costs as (

    select
        document_id_erp,
        reference_code,
        module_id,
        posted_date,
        paid_from_date,
        paid_to_date,
        cost_amount,
        currency_code,
        category_name
    from exports.erp__module_costs

),

exchange_rates as (

    select
        calendar_date,
        currency_code,
        exchange_rate
    from facts.exchange_rates

)

select
    costs.document_id_erp as document_id,  -- number of the voucher
    costs.reference_code,  -- contract or account number
    costs.module_id,  -- module it belongs to; null when the reference tells
    costs.posted_date,  -- posting day
    costs.paid_from_date,  -- first day it pays for; null: the month of the posting day
    costs.paid_to_date,  -- first day it no longer pays for
    costs.category_name,  -- category of cost
    costs.cost_amount,  -- amount as posted
    coalesce(costs.currency_code, '') as currency_code,  -- currency as posted; empty means the reporting currency
    cast(
        costs.cost_amount
        * case when costs.currency_code is null then 1 else exchange_rates.exchange_rate end
        as decimal(18, 4)
    )
        as cost_amount_rc  -- amount in the reporting currency; null when the day has no rate

from costs
left join exchange_rates
    on
        costs.posted_date = exchange_rates.calendar_date
        and costs.currency_code = exchange_rates.currency_code
where costs.posted_date < $as_of
