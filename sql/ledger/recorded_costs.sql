-- ledger.recorded_costs — one row per voucher of the general ledger.
-- grain: document_id
select
    vouchers.document_id,  -- voucher
    vouchers.reference_code,  -- contract or invoice it names
    vouchers.posted_date,  -- day it was posted
    vouchers.cost_amount,  -- as stated
    vouchers.currency_code,  -- currency it is stated in, empty for the study's own
    vouchers.paid_from_date,  -- first day it pays for, if stated
    vouchers.paid_to_date,  -- first day it no longer pays for, if stated
    vouchers.module_id,  -- module it is for, if stated
    vouchers.category_name  -- kind of cost, if stated

from facts.module_costs as vouchers
