"""Each mistake a study can have is named with its file, key, line and remedy: one case each."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from roi_pipeline.domain.errors import Problem

Change = Callable[[str, str, str], None]
Problems = Callable[[], tuple[Problem, ...]]
CALLS, MODULE = "sources/telephony__calls.toml", "modules/smart_invitation.toml"
CLINICS, STUDY = "sources/erp__clinics.toml", "study.toml"
STANDARD = "catalogue/standards/default.toml"
METRIC = "catalogue/metrics/visit_rate.toml"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Replace `old` by `new` in `file`: then `key` is reported and `says` stands in the text."""

    sentence: str
    file: str
    old: str
    new: str
    key: str
    says: str


SHAPE = [
    Mistake("an unknown interval", MODULE, "[attribution]", '[design]\nintervals = ["jackknife"]\n[attribution]', "design.intervals[0]", "permutation"),
    Mistake("covariates of a design that has none", MODULE, "[attribution]", '[design]\ncovariates = ["size"]\n[attribution]', "design.covariates", "last_period"),
    Mistake("fiscal periods without their years", CALLS, "[[rule]]", '[[column]]\nname = "fiscal"\ntype = "date"\nformats = ["4-4-5"]\n[[rule]]', "column[7].formats", "fiscal_years = {"),
    Mistake("fiscal years of other lengths", CALLS, "[[rule]]", '[[column]]\nname = "fiscal"\ntype = "date"\nformats = ["fiscal week"]\nfiscal_years = { 2024 = 2024-01-29, 2025 = 2025-01-29 }\n[[rule]]', "column[7].fiscal_years", "52 or 53 weeks"),
    Mistake("fiscal months of which two begin in one", CALLS, "[[rule]]", '[[column]]\nname = "fiscal"\ntype = "date"\nformats = ["4-4-5"]\nfiscal_years = { 2000 = 2000-01-17 }\n[[rule]]', "column[7].fiscal_years", "twelve calendar months"),
    Mistake("a text for a number", STUDY, "headcount = 86", 'headcount = "86"', "headcount", "a whole number"),
    Mistake("a number for a text", STUDY, 'id = "clinic"', "id = 5", "id", "a text in quotes"),
    Mistake("true for a number", STUDY, "headcount = 86", "headcount = true", "headcount", "whole number"),
    Mistake("a date in quotes", STUDY, "day = 2025-01-01", 'day = "2025-01-01"', "exchange_rate[0].day", "without quotes"),
    Mistake("a date with a time", STUDY, "day = 2025-01-01", "day = 2025-01-01T00:00:00", "exchange_rate[0].day", "without a time"),
    Mistake("a day the calendar lacks", STUDY, "day = 2025-01-01", "day = 2025-02-30", "day", "a day of the calendar"),
    Mistake("a word that is no amount", MODULE, 'amount = "3000"', 'amount = "¥3,000"', "cost[0].amount", "a number such as 48.50"),
    Mistake("not a number", MODULE, "weight = 2", "weight = nan", "pool[0].weight", "a finite number"),
    Mistake("an infinite number", MODULE, "value = 0.15", "value = inf", "pool[0].target.value", "a finite number"),
    Mistake("a blank text", MODULE, 'owner = "growth"', 'owner = "  "', "owner", "not blank"),
    Mistake("a list for a table", MODULE, 'name = { en = "Licence" }', 'name = ["Licence"]', "cost[0].name", "a table"),
    Mistake("a list that is one word", STUDY, 'languages = ["zh-CN", "en"]', 'languages = "en"', "languages", "a list"),
    Mistake("an unknown key", STUDY, "maturity_days = 5", "maturity_day = 5", "maturity_day", "Did you mean 'maturity_days'?"),
    Mistake("a misspelt required key", MODULE, "basis = ", "base = ", "cost[0].base", "Did you mean 'basis'?"),
    Mistake("a misspelt table", CALLS, "[location]", "[locations]", "locations", "Did you mean 'location'?"),
    Mistake("an unknown key of a location", CALLS, "encoding = ", "encodings = ", "location.encodings", "Did you mean 'encoding'?"),
    Mistake("a missing key", STUDY, "headcount = 86", "", "headcount", "Add 'headcount'."),
    Mistake("a missing key of a location", CALLS, 'kind = "csv"', "", "location.kind", "Add 'kind'."),
    Mistake("a missing location", CLINICS, '[location]\nurl = "postgresql://${ERP_USER}@127.0.0.1/erp"\nquery = "select * from clinics"\n', "", "location", "Add 'location'."),
    Mistake("an unknown language", STUDY, 'language = "zh-CN"', 'language = "zh"', "reader[0].language", "Did you mean 'zh-CN'?"),
    Mistake("an unknown language of a text", MODULE, 'zh-CN = "智能邀约"', 'cn = "智能邀约"', "name.cn", "Did you mean 'zh-CN'?"),
    Mistake("an unknown word of a closed set", MODULE, 'basis = "per_month"', 'basis = "monthly"', "cost[0].basis", "per_month"),
    Mistake("an unknown column type", CALLS, 'type = "duration"', 'type = "durations"', "column[4].type", "Did you mean 'duration'?"),
    Mistake("an id with capitals", STUDY, 'id = "clinic"', 'id = "Clinic"', "id", "small letters"),
    Mistake("a negative weight", MODULE, "weight = 2", "weight = -1", "pool[0].weight", "0 or more"),
    Mistake("a tolerance above 1", CALLS, "tolerance = 0.01", "tolerance = 1.5", "rule[0].tolerance", "at most 1"),
    Mistake("a tolerance below 0", CALLS, "tolerance = 0.01", "tolerance = -0.5", "rule[0].tolerance", "0 or more"),
    Mistake("a negative cost", MODULE, 'amount = "3000"', 'amount = "-3000"', "cost[0].amount", "0 or more"),
    Mistake("an assumption without source", MODULE, 'source = "ERP orders 2025"\n', "", "assumption[0].source", "Add 'source'."),
    Mistake("an assumption with a blank source", MODULE, 'source = "ERP orders 2025"', 'source = ""', "assumption[0].source", "not blank"),
    Mistake("a benefit without destination", MODULE, 'destination = "revenue_won"\n', "", "benefit[0].destination", "Add 'destination'."),
    Mistake("a risk factor that raises a benefit", MODULE, 'owner = "finance"\n\n[[ass', 'owner = "finance"\nrisk_factor = 1.1\n\n[[ass', "benefit[0].risk_factor", "at most 1"),
    Mistake("a risk factor that lowers a cost", MODULE, "life_months = 36", "life_months = 36\nrisk_factor = 0.9", "cost[1].risk_factor", "1 or more"),
    Mistake("a metric in no daily table", METRIC, "metrics.pushes_daily", "pushes_daily", "table", "metrics.calls_daily"),
]  # fmt: skip
SYNTAX = [
    Mistake("a quote left open", STUDY, 'currency = "CNY"', 'currency = "CNY', "currency", "line 5"),
    Mistake("a bracket left open", STUDY, "[[reader]]", "[[reader]", "line 33", "TOML"),
    Mistake("the same key twice", STUDY, "headcount = 86", "headcount = 86\nheadcount = 87", "headcount", "each key once"),
]  # fmt: skip
CONTRACT = [
    Mistake("a column name twice", CALLS, 'name = "result_code"', 'name = "talk_seconds"', "column[5].name", "each column name once"),
    Mistake("a header twice", CALLS, 'header = "通话时长"', 'header = "门店"', "column[4].header", "each header once"),
    Mistake("a header that is another column's name", CALLS, 'header = "通话时长"', 'header = "exported_at"', "column[6].name", "each header once"),
    Mistake("header and headers", CALLS, 'header = "通话时长"', 'header = "通话时长"\nheaders = ["通话时长"]', "column[4].headers", "not both"),
    Mistake("a column of our own name", CALLS, 'name = "result_code"', 'name = "source_file_id"', "column[5].name", "Rename"),
    Mistake("an unknown key column", CALLS, 'columns = ["call_id_telephony"]', 'columns = ["call_id"]', "key.columns[0]", "Did you mean 'call_id_telephony'?"),
    Mistake("a key column twice", CALLS, 'columns = ["call_id_telephony"]', 'columns = ["started_at", "started_at"]', "key.columns[1]", "each key column once"),
    Mistake("an unknown ordering", CALLS, 'ordering = "exported_at"', 'ordering = "export_at"', "key.ordering", "Did you mean 'exported_at'?"),
    Mistake("an unknown source referred to", CALLS, "erp__clinics.clinic_id", "erp__clinic.clinic_id", "column[1].references", "Did you mean 'erp__clinics'?"),
    Mistake("an unknown column referred to", CALLS, "erp__clinics.clinic_id", "erp__clinics.id", "column[1].references", "erp__clinics.clinic_id"),
    Mistake("a reference without column", CALLS, "erp__clinics.clinic_id", "erp__clinics", "column[1].references", "with a dot"),
    Mistake("bounds the wrong way round", CALLS, "minimum = 0", "minimum = 9000", "column[4].maximum", "at least the minimum, 9000"),
    Mistake("bounds on a text", CALLS, "is_closed = true", "is_closed = true\nminimum = 1", "column[5].minimum", "type text"),
    Mistake("a closed set without values", CALLS, 'values = { "已接" = "connected", "未接" = "missed" }\n', "", "column[5].is_closed", "values beside it"),
    Mistake("an invalid pattern", CALLS, '"^[a-z]+$"', '"^[a-z+$"', "column[5].pattern", "valid regular expression"),
    Mistake("a pattern with look-ahead", CALLS, '"^[a-z]+$"', '"^(?=a)[a-z]+$"', "column[5].pattern", "look-around"),
    Mistake("a pattern with a back-reference", CALLS, '"^[a-z]+$"', "'^([a-z])\\1$'", "column[5].pattern", "back-references"),
    Mistake("an unknown strptime directive", CALLS, '"%Y/%m/%d %H:%M"', '"%Y/%m/%d %K:%M"', "column[3].formats[1]", "'%K'"),
    Mistake("a date format of another language", CALLS, '"%Y/%m/%d %H:%M"', '"yyyy/MM/dd"', "column[3].formats[1]", "%Y-%m-%d"),
    Mistake("a format that ends in %", CALLS, '"%Y/%m/%d %H:%M"', '"%Y/%m/%"', "column[3].formats[1]", "'%'"),
    Mistake("an unknown duration format", CALLS, '"hh:mm:ss"', '"h:mm:ss"', "column[4].formats[0]", "Did you mean 'hh:mm:ss'?"),
    Mistake("a format on a text", CALLS, "is_closed = true", 'is_closed = true\nformats = ["%Y"]', "column[5].formats[0]", "type text"),
    Mistake("an unknown time zone of a column", CALLS, 'timezone = "Asia/Shanghai"', 'timezone = "Asia/Shangai"', "column[3].timezone", "Did you mean 'Asia/Shanghai'?"),
    Mistake("a rule with a semicolon", CALLS, "talk_seconds > 0", "talk_seconds > 0; drop table x", "rule[0].sql", "without a semicolon"),
    Mistake("a rule with a comment", CALLS, "talk_seconds > 0", "talk_seconds > 0 -- or not", "rule[0].sql", "without comments"),
    Mistake("a rule with an open bracket", CALLS, "talk_seconds > 0", "(talk_seconds > 0", "rule[0].sql", "bracket closed"),
    Mistake("a rule that closes what it did not open", CALLS, "talk_seconds > 0", "talk_seconds > 0) or (1 = 1", "rule[0].sql", "bracket closed"),
    Mistake("a rule with an open quote", CALLS, "'connected' or", "'connected or", "rule[0].sql", "quote"),
    Mistake("a rule name twice", CALLS, "[table]", '[[rule]]\nname = "a_connected_call_has_talk_time"\nsql = "1 = 1"\n[table]', "rule[1].name", "each rule name once"),
    Mistake("freshness without days", CALLS, "freshness_days = 3\n", "", "table.freshness_days", "together"),
    Mistake("freshness of an unknown column", CALLS, 'freshness_column = "started_at"', 'freshness_column = "start_at"', "table.freshness_column", "Did you mean 'started_at'?"),
    Mistake("freshness of a text", CALLS, 'freshness_column = "started_at"', 'freshness_column = "result_code"', "table.freshness_column", "date or timestamp"),
    Mistake("a volume ratio the wrong way round", CALLS, "[0.2, 5.0]", "[5.0, 0.2]", "table.volume_ratio", "lowest before highest"),
    Mistake("an unknown encoding", CALLS, '"gb18030"', '"gb-18030-x"', "location.encoding", "gb18030"),
    Mistake("an address of an unknown kind", CALLS, 'glob = "exports/telephony/*.csv"', 'glob = "ftp://h/*.csv"', "location.glob", "https, s3, sftp"),
    Mistake("an option of another address", CALLS, 'glob = "exports/telephony/*.csv"', 'glob = "https://h/a.csv"\noptions = { host_key = "x" }', "location.options.host_key", "option of https://"),
    Mistake("an SFTP server without its key", CALLS, 'glob = "exports/telephony/*.csv"', 'glob = "sftp://roi@h/a.csv"', "location.options.host_key", "public key"),
    Mistake("a waiting time that is none", CALLS, 'glob = "exports/telephony/*.csv"', 'glob = "sftp://roi@h/a.csv"\noptions = { host_key = "x", stable_seconds = "soon" }', "location.options.stable_seconds", "seconds as text"),
    Mistake("a password in an SFTP address", CALLS, 'glob = "exports/telephony/*.csv"', 'glob = "sftp://roi:s3cret@h/a.csv"\noptions = { host_key = "x" }', "location.glob", "by its variable"),
    Mistake("a delimiter of two signs", CALLS, 'kind = "csv"', 'kind = "csv"\ndelimiter = "||"', "location.delimiter", "one character"),
    Mistake("a workbook without headers", CALLS, 'kind = "csv"\nencoding = "gb18030"', 'kind = "xlsx"\nheader_row = 0', "location.header_row", "1 or later"),
    Mistake("a packing for an encoding", CALLS, '"gb18030"', '"zip"', "location.encoding", "gb18030"),
    Mistake("a code for an encoding", CALLS, '"gb18030"', '"rot13"', "location.encoding", "gb18030"),
    Mistake("an escape for an encoding", CALLS, '"gb18030"', '"unicode_escape"', "location.encoding", "gb18030"),
    Mistake("an encoding with a zero byte", CALLS, '"gb18030"', '"a\\u0000"', "location.encoding", "gb18030"),
    Mistake("a line end for a delimiter", CALLS, 'kind = "csv"', 'kind = "csv"\ndelimiter = "\\n"', "location.delimiter", "between two columns"),
    Mistake("a rule that reads a file", CALLS, "talk_seconds > 0", "read_text('/etc/passwd') is not null", "rule[0].sql", "reads no file"),
    Mistake("a rule that asks a table", CALLS, "talk_seconds > 0", "talk_seconds in (select 1)", "rule[0].sql", "reads no file"),
    Mistake("years the wrong way round", CALLS, 'type = "duration"', 'type = "duration"\nyears = [2100, 1900]', "column[4].years", "Swap"),
    Mistake("an unknown decimal mark", CALLS, 'kind = "csv"', 'kind = "csv"\ndecimal_mark = ";"', "location.decimal_mark", "Use one of the two"),
    Mistake("a file not called as its table", CALLS, 'entity = "calls"', 'entity = "call"', "entity", "telephony__call.toml"),
    Mistake("an address naming an unset variable", CLINICS, "${ERP_USER}", "${ERP_USR}", "location.url", "Set ERP_USR"),
]  # fmt: skip
IN_MODULE = [
    Mistake("an unknown metric in the pool", MODULE, 'metric = "push_hit_rate"', 'metric = "push_hitrate"', "pool[1].metric", "Did you mean 'push_hit_rate'?"),
    Mistake("a metric twice in the pool", MODULE, 'metric = "push_hit_rate"', 'metric = "visit_rate"', "pool[1].metric", "each metric once"),
    Mistake("no goal in the pool", MODULE, 'role = "goal"', 'role = "guardrail"', "pool", 'role = "goal"'),
    Mistake("percent for a fraction", MODULE, 'kind = "relative", value = 0.15', 'kind = "level", value = 70', "pool[0].target.value", "Write 0.7"),
    Mistake("a baseline into the selection window", MODULE, "end = 2025-04-01 }\nfilters", "end = 2025-04-02 }\nfilters", "baseline.end", "the selection window starts"),
    Mistake("a baseline after go-live", MODULE, "selection_window = { start = 2025-04-01, end = 2025-05-01 }\nbaseline = { start = 2025-01-01, end = 2025-04-01 }", "baseline = { start = 2025-01-01, end = 2025-06-03 }", "baseline.end", "2025-06-02, the first go-live"),
    Mistake("a selection window after go-live", MODULE, "C01 = 2025-06-02", "C01 = 2025-04-30", "selection_window.end", "2025-04-30, the first go-live"),
    Mistake("a roll-out over before it begins", MODULE, 'cluster = "region"', 'cluster = "region"\nend = 2025-06-02', "rollout.end", "after the first go-live, 2025-06-02"),
    Mistake("a baseline the wrong way round", MODULE, "baseline = { start = 2025-01-01", "baseline = { start = 2025-05-01", "baseline.end", "after the start"),
    Mistake("an empty selection window", MODULE, "{ start = 2025-04-01, end = 2025-05-01 }", "{ start = 2025-04-01, end = 2025-04-01 }", "selection_window.end", "after the start"),
    Mistake("a baseline before the history", MODULE, "{ start = 2025-01-01, end = 2025-04-01 }", "{ start = 2024-01-01, end = 2024-04-01 }", "baseline.end", "inside the study's history"),
    Mistake("a file not called as its id", MODULE, 'id = "smart_invitation"', 'id = "invitation"', "id", "modules/invitation.toml"),
    Mistake("an unknown control metric", MODULE, "[attribution]", '[design]\ncontrol_metrics = ["visits_rate"]\n[attribution]', "design.control_metrics[0]", "Did you mean 'visit_rate'?"),
    Mistake("a value in both arms", MODULE, "[attribution]", '[randomisation]\narm_column = "arm"\ntreated = ["a", "b"]\ncomparison = ["b"]\n[attribution]', "randomisation.comparison", "not among the treated"),
    Mistake("a claim on an unknown metric", MODULE, 'metric = "visit_rate"\nkind', 'metric = "visits_rate"\nkind', "claim[0].metric", "Did you mean 'visit_rate'?"),
    Mistake("a contract the wrong way round", MODULE, "end = 2026-06-01\nnotice_days", "end = 2025-01-01\nnotice_days", "vendor_contract.end", "after the start"),
    Mistake("contracts that overlap", MODULE, "[vendor_contract]", "[[vendor_contract]]\nstart = 2026-05-01\nend = 2027-05-01\n[[vendor_contract]]", "vendor_contract[0].start", "not before 2026-06-01"),
]  # fmt: skip
MONEY = [
    Mistake("a range whose low is above the value", STUDY, 'low = "40"', 'low = "50"', "assumption[0].low", "at most the value, 48.50"),
    Mistake("a range whose high is below the value", STUDY, 'high = "60"', 'high = "45"', "assumption[0].high", "at least the value, 48.50"),
    Mistake("an assumption without id", STUDY, 'id = "loaded_hour_cost"\n', "", "assumption[0].id", "Add 'id'."),
    Mistake("half a range", STUDY, 'low = "40"\n', "", "assumption[0].low", "together"),
    Mistake("an assumption twice on a day", STUDY, "[[reader]]", '[[assumption]]\nid = "gross_margin"\nvalue = 0.5\nunit = "rate"\nsource = "x"\nowner = "x"\nstated_on = 2026-01-05\n[[reader]]', "assumption[2].id", "first on line 26"),
    Mistake("a cost id twice", MODULE, 'id = "setup"', 'id = "licence"', "cost[1].id", "each cost id once"),
    Mistake("a one-off without life", MODULE, "life_months = 36\n", "", "cost[1].life_months", "Add life_months"),
    Mistake("a price per use without usage", MODULE, 'usage_metric = "push_hit_rate"\n', "", "cost[2].usage_metric", "Add usage_metric"),
    Mistake("seats without their number", MODULE, 'basis = "per_month"', 'basis = "per_seat_month"', "cost[0].quantity", "number of seats"),
    Mistake("an unknown usage metric", MODULE, 'usage_metric = "push_hit_rate"', 'usage_metric = "push_hits"', "cost[2].usage_metric", "Did you mean 'push_hit_rate'?"),
    Mistake("a cost that ends before it starts", MODULE, "end = 2026-06-01\nsource", "end = 2025-01-01\nsource", "cost[0].end", "after the start, 2025-06-01"),
    Mistake("a cost charged twice", MODULE, "[[benefit]]", '[[cost]]\nid = "more"\ncategory = "licence"\nname = { en = "Licence" }\namount = 1\nbasis = "per_month"\nstart = 2026-05-01\nsource = "x"\n[[benefit]]', "cost[3].start", "cost[0] (licence)"),
    Mistake("one contract charged under two names", MODULE, '[[cost]]\nid = "setup"', 'external_reference = "17"\n\n[[cost]]\nid = "more"\ncategory = "usage"\nname = { en = "More" }\nexternal_reference = "17"\namount = 1\nbasis = "per_month"\nstart = 2025-07-01\nsource = "x"\n\n[[cost]]\nid = "setup"', "cost[1].start", "same external_reference"),
    Mistake("an unknown currency of a cost", MODULE, 'currency = "USD"', 'currency = "RMB"', "cost[0].currency", "Did you mean 'CNY'?"),
    Mistake("a currency without rate", MODULE, 'currency = "USD"', 'currency = "EUR"', "cost[0].currency", "Add [[exchange_rate]]"),
    Mistake("a rate that comes too late", STUDY, "day = 2025-01-01", "day = 2025-06-02", "cost[0].currency", "stated on 2025-06-01 or at most 366 days before"),
    Mistake("a rate of long ago", STUDY, "max_rate_age_days = 366\n", "", "cost[0].currency", "stated on 2025-06-01 or at most 31 days before"),
    Mistake("a benefit on an unknown metric", MODULE, 'metric = "visit_rate"\nunit_value', 'metric = "visitrate"\nunit_value', "benefit[0].metric", "Did you mean 'visit_rate'?"),
    Mistake("a benefit on a metric outside the pool", MODULE, 'metric = "visit_rate"\nunit_value', 'metric = "spend_per_visit"\nunit_value', "benefit[0].metric", "metric of the module's pool"),
    Mistake("an unknown unit value", MODULE, 'unit_value = "value_of_a_visit"', 'unit_value = "value_of_visit"', "benefit[0].unit_value", "Did you mean 'value_of_a_visit'?"),
    Mistake("an unknown realisation", MODULE, 'realisation = "recapture_rate"', 'realisation = "recapture"', "benefit[0].realisation", "Did you mean 'recapture_rate'?"),
    Mistake("an unknown margin", MODULE, 'margin = "gross_margin"', 'margin = "margin_gross"', "benefit[0].margin", "known assumption"),
    Mistake("a margin in percent", STUDY, "value = 0.42", "value = 42", "benefit[0].margin", "between 0 and 1"),
    Mistake("a confirmation by nobody", MODULE, 'destination = "revenue_won"', 'destination = "revenue_won"\nis_confirmed = true', "benefit[0].confirmed_by", "finance owner"),
    Mistake("a benefit id twice", MODULE, "[[claim]]", '[[benefit]]\nid = "more_visits"\ncategory = "revenue"\nname = { en = "x" }\nmetric = "push_hit_rate"\nunit_value = "value_of_a_visit"\ndestination = "revenue_won"\nowner = "f"\n[[claim]]', "benefit[1].id", "each benefit id once"),
]  # fmt: skip
IN_STUDY = [
    Mistake("an unknown currency", STUDY, 'currency = "CNY"', 'currency = "RMB"', "currency", "Did you mean 'CNY'?"),
    Mistake("an unknown time zone", STUDY, "Asia/Shanghai", "Asia/Beijing", "timezone", "Did you mean 'Asia/Shanghai'?"),
    Mistake("an unknown country", STUDY, 'country = "CN"', 'country = "China"', "country", "Did you mean 'CN'?"),
    Mistake("a language twice", STUDY, '["zh-CN", "en"]', '["en", "en"]', "languages[1]", "each language once"),
    Mistake("a history the wrong way round", STUDY, "end = 2026-05-01", "end = 2024-05-01", "history.end", "after the start"),
    Mistake("an unknown module of a reader", STUDY, '["smart_invitation"]', '["smart_invite"]', "reader[0].modules[0]", "Did you mean 'smart_invitation'?"),
    Mistake("a bad address", STUDY, "owner@example.com", "owner.example.com", "reader[0].address", "owner@example.com"),
    Mistake("two addresses in one", STUDY, "owner@example.com", "a@example.com, b@example.com", "reader[0].address", "one e-mail address"),
    Mistake("a reader twice", STUDY, "[[exchange_rate]]", '[[reader]]\naddress = "owner@example.com"\nlanguage = "zh-CN"\n[[exchange_rate]]', "reader[1].address", "each address and language once"),
    Mistake("a rate twice on a day", STUDY, "[[exchange_rate]]", '[[exchange_rate]]\ncurrency = "USD"\nday = 2025-01-01\nrate = 7\n[[exchange_rate]]', "exchange_rate[1].day", "each currency and day once"),
    Mistake("a rate of the study's own currency", STUDY, "[[exchange_rate]]", '[[exchange_rate]]\ncurrency = "CNY"\nday = 2025-01-01\nrate = 1\n[[exchange_rate]]', "exchange_rate[0].currency", "other than the study's"),
    Mistake("an unknown currency of a rate", STUDY, 'currency = "USD"', 'currency = "USX"', "exchange_rate[0].currency", "known currency code"),
    Mistake("no people key at all", STUDY, 'people_key_variable = "ROI_PEOPLE_KEY"\n', "", "people_key_variable", "customer_phone names people"),
    Mistake("an unset people key", STUDY, '"ROI_PEOPLE_KEY"', '"OTHER_KEY"', "people_key_variable", "Set OTHER_KEY"),
    Mistake("two people keys", STUDY, 'people_key_variable = "ROI_PEOPLE_KEY"', 'people_key_variable = "ROI_PEOPLE_KEY"\npeople_key = "abc"', "people_key", "not both"),
    Mistake("an unknown source that is expected", STUDY, "[[exchange_rate]]", '[[operations.expected]]\nsource = "telephony__call"\nevery = "day"\n[[exchange_rate]]', "operations.expected[0].source", "Did you mean 'telephony__calls'?"),
    Mistake("a source expected twice", STUDY, "[[exchange_rate]]", '[[operations.expected]]\nsource = "telephony__calls"\nevery = "day"\n[[operations.expected]]\nsource = "telephony__calls"\nevery = "week"\n[[exchange_rate]]', "operations.expected[1].source", "each source once"),
    Mistake("a source dated by a text", STUDY, "[[exchange_rate]]", '[[operations.expected]]\nsource = "telephony__calls"\nevery = "day"\ncolumn = "result_code"\n[[exchange_rate]]', "operations.expected[0].column", "date or timestamp"),
    Mistake("a time of day without a colon", STUDY, "[[exchange_rate]]", '[operations]\nnightly_at = "0230"\n[[exchange_rate]]', "operations.nightly_at", "02:30"),
    Mistake("an unknown engine", STUDY, "[[exchange_rate]]", '[engine]\nkind = "sparc"\n[[exchange_rate]]', "engine.kind", "spark"),
    Mistake("a setting of Spark without Spark", STUDY, "[[exchange_rate]]", '[engine]\nmaster = "yarn"\n[[exchange_rate]]', "engine.master", 'kind = "spark"'),
    Mistake("a store that is no folder", STUDY, "[[exchange_rate]]", '[engine]\nkind = "spark"\nwarehouse = "s3a://lake"\n[[exchange_rate]]', "engine.warehouse", "Mount the object store"),
    Mistake("memory without a unit", STUDY, "[[exchange_rate]]", '[engine]\nmemory_limit = "4"\n[[exchange_rate]]', "engine.memory_limit", "GB"),
    Mistake("categories that are seconds", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "telephony__calls"\ncolumn = "started_at"\ndate_column = "started_at"\n[[exchange_rate]]', "operations.drift[0].column", "text, boolean or integer"),
    Mistake("categories of an unknown column", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "telephony__calls"\ncolumn = "result_cod"\ndate_column = "started_at"\n[[exchange_rate]]', "operations.drift[0].column", "Did you mean 'result_code'?"),
    Mistake("categories of a day named by a text", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "telephony__calls"\ncolumn = "result_code"\ndate_column = "result_code"\n[[exchange_rate]]', "operations.drift[0].date_column", "date or timestamp"),
    Mistake("categories watched twice", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "telephony__calls"\ncolumn = "result_code"\ndate_column = "started_at"\n[[operations.drift]]\nsource = "telephony__calls"\ncolumn = "result_code"\ndate_column = "started_at"\n[[exchange_rate]]', "operations.drift[1].column", "each column once"),
    Mistake("categories of an unknown source", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "telephony__call"\ncolumn = "result_code"\n[[exchange_rate]]', "operations.drift[0].source", "Did you mean 'telephony__calls'?"),
    Mistake("categories of no known day", STUDY, "[[exchange_rate]]", '[[operations.drift]]\nsource = "erp__clinics"\ncolumn = "clinic_id"\n[[exchange_rate]]', "operations.drift[0].date_column", "of which day a row is"),
    Mistake("an alert to no address", STUDY, "[[exchange_rate]]", '[operations.alerts]\nto = ["it@example.com", "nobody"]\n[[exchange_rate]]', "operations.alerts.to[1]", "owner@example.com"),
    Mistake("closed days the wrong way round", STUDY, "[[exchange_rate]]", '[[operations.expected]]\nsource = "telephony__calls"\nevery = "day"\nclosed = [{ start = 2026-02-20, end = 2026-02-10 }]\n[[exchange_rate]]', "operations.expected[0].closed[0].end", "after the start"),
    Mistake("no standard in force", STANDARD, "valid_from = 2020-01-01", "valid_from = 2025-07-01", "history.start", "2025-07-01"),
]  # fmt: skip
IN_CATALOGUE = [
    Mistake("no tier from 0", STANDARD, "from_headcount = 0", "from_headcount = 1", "tier[0].from_headcount", "starts at 0"),
    Mistake("tiers that overlap", STANDARD, "from_headcount = 11", "from_headcount = 0", "tier[1].from_headcount", "overlap"),
    Mistake("a tier twice", STANDARD, 'name = "sme"', 'name = "startup"', "tier[1].name", "each tier once"),
    Mistake("a last band with a bound", STANDARD, 'grade = "adjust"\naction', 'grade = "adjust"\nfrom_roi = 0\naction', "tier[1].band[1].from_roi", "without from_roi"),
    Mistake("a first band without a bound", STANDARD, 'from_roi = "1.5"\n', "", "tier[1].band[0].from_roi", "every band but the last"),
    Mistake("bands in the wrong order", STANDARD, 'grade = "adjust"\naction = "change"', 'grade = "qualified"\nfrom_roi = 2\naction = "optimise"\n[[tier.band]]\ngrade = "adjust"\naction = "change"', "tier[1].band[1].from_roi", "less than 1.5"),
    Mistake("rating months below the minimum", STANDARD, "rating_months = 6", "rating_months = 2", "tier[1].rating_months", "at least minimum_months, 3"),
    Mistake("a probability above 1", STANDARD, "valid_from", "minimum_probability = 80.0\nvalid_from", "minimum_probability", "at most 1"),
    Mistake("a standard not called as its id", STANDARD, 'id = "default"', 'id = "usual"', "id", "standards/usual.toml"),
    Mistake("a metric not called as its id", METRIC, 'id = "visit_rate"', 'id = "visits_rate"', "id", "metrics/visits_rate.toml"),
    Mistake("a quantile without level", METRIC, "version = 1", 'version = 1\nstatistic = "quantile"', "quantile", "Add quantile"),
    Mistake("a level without quantile", METRIC, "version = 1", "version = 1\nquantile = 0.9", "quantile", 'statistic = "quantile"'),
]  # fmt: skip
ALL = [*SHAPE, *SYNTAX, *CONTRACT, *IN_MODULE, *MONEY, *IN_STUDY, *IN_CATALOGUE]


@pytest.mark.parametrize("mistake", ALL, ids=[each.sentence for each in ALL])
def test_one_mistake_is_one_problem(mistake: Mistake, change: Change, problems: Problems) -> None:
    change(mistake.file, mistake.old, mistake.new)
    found = problems()
    assert len(found) == 1, "\n".join(str(each) for each in found)
    (problem,) = found
    moved = {
        "a rate that comes too late": MODULE,
        "a rate of long ago": MODULE,
        "a margin in percent": MODULE,
    }
    in_file = moved.get(mistake.sentence, mistake.file)
    in_file = STUDY if mistake.sentence == "no standard in force" else in_file
    assert (problem.file, problem.key) == (in_file, mistake.key)
    assert mistake.says in str(problem)
    assert problem.expected
    assert problem.remedy


def test_a_one_off_beside_a_monthly_price_of_one_contract_is_no_second_charge(
    change: Change, problems: Problems
) -> None:
    """Set-up and licence stand in one contract; so does a price that follows another."""
    reference = 'external_reference = "17"'
    change(MODULE, 'source = "invoice 118"', f'source = "invoice 118"\n{reference}')
    change(MODULE, 'source = "contract 2025-17"', f'source = "contract 2025-17"\n{reference}')
    assert problems() == ()


@pytest.mark.parametrize("folder", ["modules", "planned", "sources", "metrics", "standards"])
def test_a_file_that_breaks_while_it_is_read_is_a_problem(
    study: Path, problems: Problems, folder: str
) -> None:
    """The memory of a process is a file that answers with an error of the disk."""
    (study / folder).mkdir(exist_ok=True)
    (study / folder / "torn.toml").symlink_to("/proc/self/mem")
    (problem,) = problems()
    assert (problem.file, problem.expected) == (f"{folder}/torn.toml", "a readable file")


def test_every_problem_of_a_file_names_a_line(change: Change, problems: Problems) -> None:
    change(MODULE, 'metric = "push_hit_rate"', 'metric = "push_hitrate"')
    (problem,) = problems()
    assert problem.line == 26
    assert str(problem).startswith("modules/smart_invitation.toml, line 26: pool[1].metric: ")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("deep = " + "[" * 20_000 + "]" * 20_000, "hundreds deep"),
        ("long = " + "9" * 5_000, "digits"),
    ],
    ids=["a list 20,000 deep", "a whole number of 5,000 digits"],
)
def test_values_no_parser_takes_are_problems(
    change: Change, problems: Problems, line: str, says: str
) -> None:
    change(MODULE, 'id = "smart_invitation"', f'id = "smart_invitation"\n{line}')
    assert says in " ".join(str(problem) for problem in problems())


def test_a_pipe_in_place_of_a_file_is_a_problem_and_holds_nobody_up(
    study: Path, problems: Problems
) -> None:
    os.mkfifo(study / "modules" / "pipe.toml")
    assert "no pipe" in " ".join(str(problem) for problem in problems())
