select call_id from {{ ref('calls') }} where outcome_type <> 'connected' and talk_seconds <> 0
