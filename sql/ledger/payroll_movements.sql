-- ledger.payroll_movements — one row per role and month over all branches and teams.
-- grain: role_type, month_date
select
    payroll.role_type,  -- role
    payroll.month_date,  -- first day of the month
    cast(sum(payroll.headcount) as decimal(18, 4)) as headcount,  -- people
    cast(sum(payroll.base_cost_amount_rc) as decimal(18, 4)) as base_cost_amount_rc,  -- salaries
    cast(sum(payroll.loaded_cost_amount_rc) as decimal(18, 4)) as loaded_cost_amount_rc,  -- with what comes on top
    cast(sum(payroll.paid_hours) as decimal(18, 4)) as paid_hours,  -- hours paid
    cast(sum(payroll.overtime_hours) as decimal(18, 4)) as overtime_hours,  -- hours beyond the contract
    cast(sum(payroll.agency_hours) as decimal(18, 4)) as agency_hours  -- hours of agency staff

from facts.payroll_months as payroll
group by
    payroll.role_type,
    payroll.month_date
