-- checks.every_order_has_a_known_customer — one row per order of a customer the CRM does not know.
-- grain: order_id
-- severity: warn
with

customers as (

    select customer_id
    from facts.customers

),

how_many as (

    select count(*) as customers_count
    from customers

)

select
    orders.order_id,  -- the order
    orders.customer_id,  -- the customer it names
    'the customer is not in facts.customers' as reason  -- why the row is listed

from facts.orders as orders
cross join how_many
left join customers on orders.customer_id = customers.customer_id
where
    customers.customer_id is null
    and how_many.customers_count > 0
