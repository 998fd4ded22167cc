-- hours_between(earlier, later) — elapsed hours, fractions kept.
create or replace macro hours_between(earlier, later) as
(epoch(later) - epoch(earlier)) / 3600
