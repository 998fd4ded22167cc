-- lifetimes.customers — one row in all, with the customers assigned to the module in the window.
select
    coalesce(cast(sum(cast(purchases.numerator as decimal(38, 6))) as double), 0) as numerator,  -- Σ numerator
    coalesce(cast(sum(purchases.denominator) as double), 0) as denominator,  -- Σ denominator
    count(*) as rows_count  -- customers times days

from _purchase_rows as purchases
where
    purchases.module_id = $module
    and purchases.calendar_date >= $start
    and purchases.calendar_date < $end
    and list_contains($arms, purchases.arm_name)
    and purchases.customer_id not in (
        select crossed.customer_id from _purchase_rows as crossed
        where crossed.module_id = $module and crossed.arm_column = 'both' and crossed.calendar_date < $end
    )
