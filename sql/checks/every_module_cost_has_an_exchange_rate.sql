-- checks.every_module_cost_has_an_exchange_rate — one row per voucher whose currency has no rate on its day.
select
    vouchers.document_id,  -- number of the voucher
    vouchers.currency_code,  -- its currency
    vouchers.posted_date,  -- its day
    'no exchange rate for this currency and day: missing from the sums' as reason  -- why the row is listed

from facts.module_costs as vouchers
where
    vouchers.cost_amount is not null
    and vouchers.cost_amount_rc is null
