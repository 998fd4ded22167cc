-- metrics.decisions_daily — one row per kind of decision, branch, team, product line and day.
-- grain: decision_type, branch_id, team_id, product_line_id, calendar_date
with

decisions as (

    select
        decision_type,
        branch_id,
        team_id,
        product_line_id,
        calendar_date,
        is_decided,
        decision_hours,
        is_recommended,
        is_followed,
        is_assessed,
        is_good
    from facts.decisions

)

select
    decisions.decision_type,  -- pricing, operations, sales, …
    decisions.branch_id,  -- branch they were made for
    decisions.team_id,  -- team that made them
    decisions.product_line_id,  -- product line they were made for
    decisions.calendar_date,  -- local date the questions came up
    count(*) as questions_count,  -- questions that came up
    count(*) filter (where decisions.is_decided) as decided_count,  -- of these decided
    coalesce(sum(decisions.decision_hours), 0.0) as decision_hours,  -- Σ hours from question to decision
    count(*) filter (where decisions.is_recommended) as recommended_count,  -- decided with a recommendation at hand
    count(*) filter (where decisions.is_followed) as followed_count,  -- of these as recommended
    count(*) filter (where decisions.is_assessed) as assessed_count,  -- decisions with a known outcome
    count(*) filter (where decisions.is_good) as good_count  -- of these that turned out well

from decisions
group by
    decisions.decision_type,
    decisions.branch_id,
    decisions.team_id,
    decisions.product_line_id,
    decisions.calendar_date
