-- safe_ratio(numerator, denominator) — the quotient; null, not an error or infinity, when the denominator is 0.
create or replace macro safe_ratio(numerator, denominator) as
case when denominator = 0 then null else numerator / denominator end
