-- attribution.outcome_types — one row per kind of outcome that some module may claim and that occurred before a moment.
-- grain: outcome_type
select distinct outcomes.outcome_type  -- kind of outcome

from facts.outcomes as outcomes
where outcomes.occurred_at < $end
