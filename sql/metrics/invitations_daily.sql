-- metrics.invitations_daily — one row per customer, clinic, arm and day with matured invitations, sent or held back.
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
    outcomes.module_id,  -- module that invited
    outcomes.customer_id,  -- customer invited, or held out by lot
    outcomes.clinic_id,  -- clinic invited to
    outcomes.arm_name,  -- treated or held_out
    outcomes.calendar_date,  -- local date of the decision
    count(*) as invitations_count,  -- decisions whose 7 days are over
    count(*) filter (where outcomes.visits_7d_count > 0) as visited_7d_count,  -- of these followed by a visit within 7 days
    count(*) filter (where outcomes.consults_7d_count > 0) as consulted_7d_count,  -- of these followed by a consultation
    count(*) filter (where outcomes.orders_7d_count > 0) as ordered_7d_count,  -- of these followed by an order
    sum(outcomes.revenue_7d_amount_rc) as revenue_7d_amount_rc,  -- Σ amount less refunds of these orders
    count(*) filter (where outcomes.visits_7d_before_count > 0) as visited_7d_before_count,  -- placebo: a visit in the 7 days before
    cast(sum(outcomes.visits_28d_before_count) as bigint) as visits_28d_before_count,  -- covariate: Σ visits in the 28 days before
    count(*) filter (where outcomes.is_opted_out_7d) as opted_out_7d_count  -- of these followed by an opt-out within 7 days

from outcomes
group by
    outcomes.module_id,
    outcomes.customer_id,
    outcomes.clinic_id,
    outcomes.arm_name,
    outcomes.calendar_date
