"""Checks of study.toml: codes, readers, rates, the people key, standards in force."""

from collections.abc import Iterator, Sequence

from roi_pipeline.domain.contracts import PERSON_TYPES
from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.windows import Window, cycle_holding
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.money import assumption_problems
from roi_pipeline.settings.checks.names import inverted_window, repeated, unknown_name
from roi_pipeline.settings.checks.texts import address_problems
from roi_pipeline.settings.entries.contract import StandardContractEntry
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.files import ConfigFile
from roi_pipeline.settings.names import country_codes, currency_codes, timezone_names
from roi_pipeline.settings.parsing import Parsed


def study_file_problems(parsed: Parsed[StudyEntry], around: Surroundings) -> Iterator[Problem]:
    """Everything wrong with study.toml itself."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    yield from _code_problems(file, entry)
    yield from inverted_window(file, ("history",), entry.history)
    languages = ((("languages", index), name) for index, name in enumerate(entry.languages or ()))
    yield from repeated(file, languages, what="language")
    changes = (
        (("headcount_change", index, "valid_from"), change.valid_from)
        for index, change in enumerate(entry.headcount_change or ())
    )
    yield from repeated(file, changes, what="day of a change of headcount")
    yield from assumption_problems(file, entry.assumption or [])
    yield from _reader_problems(file, entry, around)
    yield from _rate_problems(file, entry)
    if entry.people_key and entry.people_key_variable:
        yield file.problem(
            ("people_key",),
            "(a secret)",
            "people_key_variable or people_key, not both",
            "Delete people_key; a secret does not belong into a file.",
        )


def _code_problems(file: ConfigFile, entry: StudyEntry) -> Iterator[Problem]:
    codes = (
        ("currency", entry.currency, "currency code", currency_codes()),
        ("country", entry.country, "country code", country_codes()),
        ("timezone", entry.timezone, "time zone", timezone_names()),
    )
    for key, value, kind, known in codes:
        yield from unknown_name(file, (key,), value, kind=kind, known=known)


def _reader_problems(
    file: ConfigFile, entry: StudyEntry, around: Surroundings
) -> Iterator[Problem]:
    readers = [*enumerate(entry.reader or ())]
    for index, reader in readers:
        yield from address_problems(file, ("reader", index, "address"), reader.address)
        for place, name in enumerate(reader.modules or ()):
            path = ("reader", index, "modules", place)
            yield from unknown_name(file, path, name, kind="module", known=around.modules)
    addresses = (
        (("reader", index, "address"), (reader.address, reader.language))
        for index, reader in readers
        if reader.address and reader.language
    )
    yield from repeated(file, addresses, what="address and language")


def _rate_problems(file: ConfigFile, entry: StudyEntry) -> Iterator[Problem]:
    rates = [*enumerate(entry.exchange_rate or ())]
    for index, rate in rates:
        path = ("exchange_rate", index, "currency")
        yield from unknown_name(
            file, path, rate.currency, kind="currency code", known=currency_codes()
        )
        if rate.currency and rate.currency == entry.currency:
            yield file.problem(
                path, rate.currency, "a currency other than the study's", "Delete this rate."
            )
    days = (
        (("exchange_rate", index, "day"), (rate.currency, rate.day))
        for index, rate in rates
        if rate.currency and rate.day
    )
    yield from repeated(file, days, what="currency and day")


def people_key_problems(
    study: Parsed[StudyEntry],
    contracts: Sequence[Parsed[StandardContractEntry]],
    around: Surroundings,
) -> Iterator[Problem]:
    """A secret is needed as soon as an export names people."""
    entry = study.entry
    named = next(_person_columns(contracts), None)
    if entry is None or named is None or entry.people_key:
        return
    variable = entry.people_key_variable
    if variable and around.environment.get(variable):
        return
    if variable:
        yield study.file.problem(
            ("people_key_variable",),
            variable,
            f"an environment variable holding the secret that replaces people ({named})",
            f"Set {variable} before starting; keep it the same for ever.",
        )
        return
    yield study.file.problem(
        ("people_key_variable",),
        None,
        f"a secret, since {named} names people",
        'Add people_key_variable = "ROI_PEOPLE_KEY" and set that environment variable.',
    )


def _person_columns(contracts: Sequence[Parsed[StandardContractEntry]]) -> Iterator[str]:
    for contract in contracts:
        for column in (contract.entry.column if contract.entry else None) or ():
            if column.type in PERSON_TYPES:
                yield f"{contract.file.name}: {column.name}"


def standard_in_force_problems(
    study: Parsed[StudyEntry], modules: Sequence[Parsed[ModuleEntry]], around: Surroundings
) -> Iterator[Problem]:
    """The first cycle that can be rated must have a standard."""
    entry = study.entry
    history = entry.history if entry else None
    if entry is None or history is None or history.start is None or entry.cycle is None:
        return
    if not around.are_standards_complete:
        return
    starts = [
        module.entry.rollout.first_day or history.start
        for module in modules
        if module.entry and module.entry.rollout
    ]
    if not starts:
        return
    first = max(min(starts), history.start)
    window: Window = cycle_holding(entry.cycle, first, as_of=first).window
    if not any(day < window.end for day in around.standard_days):
        yield study.file.problem(
            ("history", "start"),
            history.start,
            f"a standard in force before {window.end}, the end of the first cycle that is rated",
            "Add standards/<id>.toml with an earlier valid_from; docs/study.md has the two lines.",
        )
