-- attribution.module_bits — one row per module that may claim outcomes, with its bit in masks.
-- grain: module_id
select distinct
    rules.module_id,  -- module
    rules.module_bit  -- power of two that stands for it

from facts.attribution_rules as rules
