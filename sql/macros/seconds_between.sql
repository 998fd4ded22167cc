-- seconds_between(earlier, later) — elapsed seconds, fractions kept; negative when `later` comes first.
create or replace macro seconds_between(earlier, later) as
epoch(later) - epoch(earlier)
