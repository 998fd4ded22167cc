-- metrics.invitations_daily — one row per customer, clinic, arm and day with matured invitations, sent or withheld.
-- grain: module_id, customer_id, clinic_id, arm_name, calendar_date
with

outcomes as (

    select
        module_id,
        customer_id,
        clinic_id,
        arm_name,
        calendar_date,
        visits_7d_count,
        consults_7d_count,
        orders_7d_count,
        revenue_7d_amount_rc,
        visits_7d_before_count,
        visits_28d_before_count,
        is_opted_out_7d
    from facts.action_outcomes
    where
        action_type = 'invitation'
        and is_matured

)

select
    module_id,  -- module that invited
    customer_id,  -- customer invited, or in the randomised holdout
    clinic_id,  -- clinic invited to
    arm_name,  -- treated or held_out
    calendar_date,  -- local date of the decision
    count(*) as invitations_count,  -- decisions whose 7 days are over
    count(*) filter (where visits_7d_count > 0) as visited_7d_count,  -- of these followed by a visit within 7 days
    count(*) filter (where consults_7d_count > 0) as consulted_7d_count,  -- of these followed by a consultation
    count(*) filter (where orders_7d_count > 0) as ordered_7d_count,  -- of these followed by an order
    sum(revenue_7d_amount_rc) as revenue_7d_amount_rc,  -- Σ amount less refunds of these orders
    count(*) filter (where visits_7d_before_count > 0) as visited_7d_before_count,  -- placebo: a visit before
    cast(sum(visits_28d_before_count) as bigint) as visits_28d_before_count,  -- covariate: Σ visits 28 days before
    count(*) filter (where is_opted_out_7d) as opted_out_7d_count  -- of these followed by an opt-out within 7 days

from outcomes
group by
    module_id,
    customer_id,
    clinic_id,
    arm_name,
    calendar_date
