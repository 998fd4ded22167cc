-- lifetimes.in_both_arms — one row in all, with the customers who were seen in both arms.
select count(distinct purchases.customer_id) as customers_count  -- left out of either arm

from _purchase_rows as purchases
where
    purchases.module_id = $module
    and purchases.arm_column = 'both'
    and purchases.calendar_date < $end
