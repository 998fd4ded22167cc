"""One person, one key, however the systems write them."""

import random

import phonenumbers
import polars as pl
import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.transforms.identities import (
    hash_people,
    normalised_emails,
    normalised_names,
    normalised_phones,
    people_hasher,
)

SAME_MOBILE = (
    "13800138000", "+86 138-0013-8000", "０１３８００１３８０００", "86 13800138000", "0086-13800138000",
    "(138) 0013 8000", "138 0013 8000", "13800138000.0", " +86　138 0013 8000 ", "138—0013—8000",
)  # fmt: skip


def phones(*values: str, country: str = "CN") -> list[str | None]:
    return normalised_phones(pl.Series(values), country=country).to_list()


@pytest.mark.parametrize("written", SAME_MOBILE)
def test_a_mobile_number_is_one_number_however_it_is_written(written: str) -> None:
    assert phones(written) == ["+8613800138000"]


def test_land_lines_service_numbers_and_extensions() -> None:
    assert phones("(010) 8888 6666", "+861088886666", "0571-88886666", "021-12345678转801") == [
        "+861088886666", "+861088886666", "+8657188886666", "+862112345678",
    ]  # fmt: skip
    assert phones("400-810-1234") == ["+864008101234"]


def test_numbers_of_other_countries_keep_theirs() -> None:
    assert phones("+1 650-253-0000", "+852 2345 6789") == ["+16502530000", "+85223456789"]
    assert phones("0912 345 678", country="TW") == ["+886912345678"]


@pytest.mark.parametrize(
    "text",
    ["12345", "无号码", "无", "138001380001380013800", "138****1234", "12800138000", "-", "0"],
)
def test_what_is_no_number_is_null(text: str) -> None:
    assert phones(text) == [None]


def test_chinese_mobiles_agree_with_libphonenumber() -> None:
    rng = random.Random(5)  # noqa: S311 - a seeded sample
    numbers = [f"1{rng.randint(3, 9)}{rng.randint(0, 10**9 - 1):09d}" for _ in range(400)]
    checked = 0
    for number, ours in zip(numbers, phones(*numbers), strict=True):
        parsed = phonenumbers.parse(number, "CN")
        if phonenumbers.is_valid_number(parsed):
            checked += 1
            assert ours == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    assert checked > 200


def test_mail_addresses_and_names() -> None:
    mails = pl.Series(
        [" A.B@Example.COM ", "mailto:x@y.cn", "ａ＠ｂ．ｃｎ", "nobody", "a@b", "a@b.c,d@e.f"]
    )
    assert normalised_emails(mails).to_list() == [
        "a.b@example.com",
        "x@y.cn",
        "a@b.cn",
        None,
        None,
        None,
    ]
    names = pl.Series(["张　三 ", "Bob  SMITH", " ", "<script>"])
    assert normalised_names(names).to_list() == ["张 三", "bob smith", None, "<script>"]


def test_the_hash_depends_on_the_key_and_the_kind_and_nothing_else() -> None:
    one, other = people_hasher(key="k1"), people_hasher(key="k2")
    assert len(set(one("phone", SAME_MOBILE))) == 1
    assert one("phone", ["13800138000"]) != other("phone", ["13800138000"])
    assert one("person_name", ["a@b.cn"]) != one("email", ["a@b.cn"])
    assert one("phone", ["x", "13800138000"])[0] is None
    assert "13800138000" not in str(one("phone", ["13800138000"]))
    assert one("phone", []) == []


def test_without_a_key_nobody_is_hashed() -> None:
    with pytest.raises(NeedsAHuman, match="people_key_variable"):
        hash_people("phone", ["13800138000"], key="")
