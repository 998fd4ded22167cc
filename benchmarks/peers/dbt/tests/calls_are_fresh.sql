select max(started_at) as newest from {{ ref('calls') }} having max(started_at) < date '2026-01-01' - interval 7 day
