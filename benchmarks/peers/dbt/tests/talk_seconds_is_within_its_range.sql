select call_id from {{ ref('calls') }} where talk_seconds not between 0 and 600
