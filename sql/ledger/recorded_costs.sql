-- ledger.recorded_costs — one row per voucher of the general ledger.
-- grain: document_id
select
    costs.document_id,  -- voucher
    costs.reference_code,  -- contract or invoice it names
    costs.posted_date,  -- day it was posted
    costs.cost_amount,  -- as stated
    costs.currency_code,  -- currency it is stated in, empty for the study's own
    costs.paid_from_date,  -- first day it pays for, if stated
    costs.paid_to_date,  -- first day it no longer pays for, if stated
    costs.module_id,  -- module it is for, if stated
    costs.category_name  -- kind of cost, if stated

from facts.module_costs as costs
