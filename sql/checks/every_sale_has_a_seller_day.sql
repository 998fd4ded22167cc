-- checks.every_sale_has_a_seller_day — one row per seller, clinic and day with orders but no shift.
-- grain: clinic_id, seller_id, calendar_date
-- severity: note
select
    sellers.clinic_id,  -- the clinic
    sellers.seller_id,  -- the seller
    sellers.calendar_date,  -- the day
    sellers.orders_count,  -- orders credited
    'orders were credited on a day without a shift' as reason  -- why the row is listed

from metrics.sellers_daily as sellers
where
    sellers.orders_count > 0
    and sellers.seller_days_count = 0
