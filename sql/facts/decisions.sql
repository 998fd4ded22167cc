-- facts.decisions — one row per decision: what was recommended, what was done, how it turned out.
-- grain: decision_id
with

decisions as (

    select
        decision_id_planning,
        decision_type,
        branch_id,
        team_id,
        product_line_id,
        recommended_name,
        taken_name,
        outcome_type,
        raised_at,
        decided_at,
        assessed_at,
        local_date(raised_at, $timezone) as raised_date
    from exports.planning__decisions

),

seen as (

    select
        *,
        coalesce(local_date(decided_at, $timezone) < $as_of, false) as is_decided,
        coalesce(local_date(assessed_at, $timezone) < $as_of, false) and outcome_type is not null as is_assessed
    from decisions
    where raised_date < $as_of

)

select
    seen.decision_id_planning as decision_id,  -- the planning system's own identifier
    seen.decision_type,  -- pricing, operations, sales, …
    seen.branch_id,  -- branch it was made for
    seen.team_id,  -- team that made it
    seen.product_line_id,  -- product line it was made for
    seen.raised_at,  -- when the question came up, UTC
    seen.raised_date as calendar_date,  -- local date the question came up
    seen.is_decided,  -- decided before as-of
    case when seen.is_decided then hours_between(seen.raised_at, seen.decided_at) end
        as decision_hours,  -- hours from question to decision; null while open
    seen.is_decided and seen.recommended_name is not null as is_recommended,  -- decided, and there was a recommendation
    seen.is_decided and coalesce(seen.recommended_name = seen.taken_name, false)
        as is_followed,  -- the recommendation was taken
    seen.is_decided and seen.is_assessed as is_assessed,  -- the outcome is known
    seen.is_decided and seen.is_assessed and seen.outcome_type = 'good' as is_good  -- and it was good

from seen
