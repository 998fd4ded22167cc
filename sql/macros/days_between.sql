-- days_between(earlier, later) — elapsed days of 24 hours, fractions kept.
create or replace macro days_between(earlier, later) as
(epoch(later) - epoch(earlier)) / 86400
