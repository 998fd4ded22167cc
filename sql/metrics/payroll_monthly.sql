-- metrics.payroll_monthly — one row per role, branch, team and month with the sums of the payroll.
-- grain: role_type, branch_id, team_id, calendar_date
with

payroll as (

    select
        role_type,
        branch_id,
        team_id,
        month_date,
        headcount,
        loaded_cost_amount_rc,
        paid_hours,
        overtime_hours,
        agency_hours
    from facts.payroll_months

)

select
    payroll.role_type,  -- job
    payroll.branch_id,  -- branch
    payroll.team_id,  -- team
    payroll.month_date as calendar_date,  -- first day of the month
    1 as payroll_months_count,  -- the month
    payroll.headcount,  -- people paid
    payroll.loaded_cost_amount_rc,  -- pay with social insurance and benefits
    payroll.paid_hours,  -- hours paid
    payroll.overtime_hours,  -- of these overtime
    payroll.agency_hours,  -- hours bought from agencies
    payroll.paid_hours + payroll.agency_hours as bought_hours  -- hours paid to staff and agencies

from payroll
