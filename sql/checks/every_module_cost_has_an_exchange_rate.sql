-- checks.every_module_cost_has_an_exchange_rate — one row per voucher whose currency has no rate on its day.
select
    costs.document_id,  -- number of the voucher
    costs.currency_code,  -- its currency
    costs.posted_date,  -- its day
    'no exchange rate is known for this currency and day, so the cost is missing from the sums' as reason  -- why the row is listed

from facts.module_costs as costs
where
    costs.cost_amount is not null
    and costs.cost_amount_rc is null
