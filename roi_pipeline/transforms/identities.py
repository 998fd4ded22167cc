"""One person, one key: normalises telephone numbers, e-mail addresses and names, then hashes them.

The same person written differently by two systems gets the same keyed hash; without the key the
hash says nothing. Works on distinct values, so the cost follows people, not rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from roi_pipeline.domain.deliveries import HashPeople
from roi_pipeline.domain.errors import NeedsAHuman

HASH_BYTES = 16
FILLERS = r"[\s\-‐-―().·•_/]"
EXTENSION = r"(?:转|轉|分机|分機|ext\.?|x|#)\s*\d{1,6}$"
# Mainland numbers, ITU country code 86: mobiles, land lines with area code, service numbers.
MOBILE = r"^(?:(?:\+|00)?86)?0?(1[3-9]\d{9})$"
LANDLINE = r"^(?:(?:(?:\+|00)?86)0?|0)(10\d{8}|2\d\d{8}|[3-9]\d{2}\d{7,8})$"
SERVICE = r"^(?:(?:\+|00)?86)?([48]00\d{7})$"
EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+$"


def normalised_phones(values: pl.Series, *, country: str = "CN") -> pl.Series:
    """Numbers in E.164 (`+8613800138000`); null for what is no telephone number.

    Full-width digits, blanks, dashes, brackets and extensions do not matter. Numbers that are not
    Chinese by their form go through libphonenumber with `country` as the place they were written.
    """
    cleaned = (
        values.str.normalize("NFKC")
        .str.strip_chars()
        .str.replace(EXTENSION, "")
        .str.replace(r"\.0+$", "")
        .str.replace_all(FILLERS, "")
    )
    if country == "CN":
        found = pl.DataFrame({"raw": cleaned}).select(
            "+86"
            + pl.coalesce(pl.col("raw").str.extract(form) for form in (MOBILE, LANDLINE, SERVICE))
        )
        numbers = found.to_series()
    else:
        numbers = pl.Series([None] * len(cleaned), dtype=pl.String)
    rest = pl.DataFrame({"number": numbers, "raw": cleaned}).with_columns(
        pl.when(pl.col("number").is_null()).then(pl.col("raw")).alias("rest")
    )
    parsed = [_parsed(value, country) for value in rest["rest"]]
    return numbers.fill_null(pl.Series(parsed, dtype=pl.String)).alias(values.name)


def _parsed(value: str | None, country: str) -> str | None:
    if not value:
        return None
    import phonenumbers

    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalised_emails(values: pl.Series) -> pl.Series:
    """Addresses in lower case without what surrounds them; null for what is no address."""
    cleaned = (
        values.str.normalize("NFKC")
        .str.strip_chars()
        .str.to_lowercase()
        .str.strip_prefix("mailto:")
    )
    return cleaned.set(~cleaned.str.contains(EMAIL).fill_null(value=False), None)


def normalised_names(values: pl.Series) -> pl.Series:
    """Names with single blanks, in one width and case; null when nothing is left."""
    cleaned = (
        values.str.normalize("NFKC")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.to_lowercase()
    )
    return cleaned.set(cleaned == "", None)


def hash_people(
    kind: str, values: Sequence[str], *, key: str, country: str = "CN"
) -> list[str | None]:
    """Keyed hash of each value in its normal form; None for what is no such value.

    Args:
        kind: `phone`, `email` or `person_name`.
        values: distinct raw values.
        key: the study's secret.
        country: where telephone numbers without country code were written down.

    Raises:
        NeedsAHuman: there is no key.
    """
    if not key:
        raise NeedsAHuman(
            "the study has no key to hash people with; set the environment variable that "
            "people_key_variable in study.toml names"
        )
    normalise: dict[str, Callable[[pl.Series], pl.Series]] = {
        "phone": partial(normalised_phones, country=country),
        "email": normalised_emails,
        "person_name": normalised_names,
    }
    secret = hashlib.blake2b(key.encode()).digest()
    return [
        None if value is None else _hashed(value, kind, secret)
        for value in normalise[kind](pl.Series("value", values, dtype=pl.String))
    ]


def _hashed(value: str, kind: str, secret: bytes) -> str:
    """BLAKE2b with a key (RFC 7693); the kind keeps a name from ever matching a number."""
    return hashlib.blake2b(
        value.encode(), digest_size=HASH_BYTES, key=secret, person=kind.encode()
    ).hexdigest()


def people_hasher(*, key: str, country: str = "CN") -> HashPeople:
    """What the loading of exports needs to hash people of one study."""
    return partial(hash_people, key=key, country=country)
