-- store.selftest — one row per self-test kept, which is the last one.
-- grain: payload
select payloads.payload  -- the whole value, as JSON

from effects.selftest_payloads as payloads
