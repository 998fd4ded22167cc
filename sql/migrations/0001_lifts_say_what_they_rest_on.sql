-- migration 1 — lifts gain what they rest on: unmatched actions, whether they carry money, the E-value.
-- tables: effects.lifts
alter table if exists effects.lifts add column if not exists unmatched_actions bigint;

alter table if exists effects.lifts add column if not exists is_money_allowed boolean;

alter table if exists effects.lifts add column if not exists e_value double;
