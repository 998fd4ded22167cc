-- tenure_band(hired, day) — band of service on `day`; somebody hired later is new, an unknown hiring date is 'unknown'.
create or replace macro tenure_band(hired, day) as
case
    when hired is null then 'unknown'
    when hired + 365 > day then '0-1'
    when hired + 1095 > day then '1-3'
    else '3+'
end
