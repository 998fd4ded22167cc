-- facts.payroll_months — one row per role, branch, team and month of the payroll; no person stands in it.
-- grain: month_date, role_type, branch_id, team_id
with

payroll as (

    select
        month_date,
        role_type,
        branch_id,
        team_id,
        headcount,
        base_cost_amount,
        loaded_cost_amount,
        paid_hours,
        overtime_hours,
        agency_hours
    from exports.erp__payroll

)

select
    payroll.month_date,  -- first day of the month
    payroll.role_type,  -- job
    coalesce(payroll.branch_id, '') as branch_id,  -- branch that pays; empty for the whole company
    coalesce(payroll.team_id, '') as team_id,  -- team; empty for all teams
    cast(coalesce(sum(payroll.headcount), 0) as double) as headcount,  -- people paid, part-timers by their share
    cast(coalesce(sum(payroll.base_cost_amount), 0) as decimal(18, 4))
        as base_cost_amount_rc,  -- pay without social insurance and benefits
    cast(coalesce(sum(payroll.loaded_cost_amount), 0) as decimal(18, 4)) as loaded_cost_amount_rc,  -- pay with them
    cast(coalesce(sum(payroll.paid_hours), 0) as double) as paid_hours,  -- hours paid, overtime included
    cast(coalesce(sum(payroll.overtime_hours), 0) as double) as overtime_hours,  -- hours of overtime among them
    cast(coalesce(sum(payroll.agency_hours), 0) as double)
        as agency_hours  -- hours bought from agencies, not among the paid ones

from payroll
where payroll.month_date < $as_of
group by
    payroll.month_date,
    payroll.role_type,
    coalesce(payroll.branch_id, ''),
    coalesce(payroll.team_id, '')
