"""What all entries share: strict reading, the small types, and the step into a domain dataclass.

A value marked `UNREADABLE` becomes None, so that checks can go on with the rest of the file.
Keys left out are None too: the default then is the domain dataclass's own, stated once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from annotated_types import Ge, Gt, Le, Len
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from roi_pipeline.domain.texts import Language, Text
from roi_pipeline.settings.files import UNREADABLE

Domain = TypeVar("Domain")


class Entry(BaseModel):
    """A table of a TOML file."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="wrap")
    @classmethod
    def leave_unreadable(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        """Let a value pass that was already reported."""
        return None if value is UNREADABLE else handler(value)


def _decimal(value: object) -> object:
    """Decimals are written as text or as numbers; never as booleans."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        raise PydanticCustomError("number", "a number such as 48.50") from None


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "a text that is not blank")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
StudyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Words = Annotated[str, AfterValidator(_not_blank)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
AtLeastZero = Annotated[Decimal, BeforeValidator(_decimal), Ge(0)]
AboveZero = Annotated[Decimal, BeforeValidator(_decimal), Gt(0)]
Share = Annotated[Decimal, BeforeValidator(_decimal), Ge(0), Le(1)]
Fraction = Annotated[float, Ge(0), Le(1)]
Days = Annotated[int, Ge(0)]
Translations = Annotated[dict[Language, Words], Len(1)]
Filters = dict[Name, Annotated[list[Words], Len(1)]]


class WindowEntry(Entry):
    """Half-open days: `end` is the first day no longer inside."""

    start: date
    end: date


class OpenWindowEntry(Entry):
    """Half-open days whose end may be left open."""

    start: date
    end: date | None = None


def build(kind: type[Domain], entry: Entry, **given: object) -> Domain:
    """The domain dataclass with the entry's values; keys left out keep the dataclass's default."""
    values = dict(given)
    for field in fields(kind):  # type: ignore[arg-type] - every domain type is a dataclass
        value = getattr(entry, field.name, None)
        if field.name not in given and value is not None:
            values[field.name] = _frozen(value)
    return kind(**values)


def text(translations: Mapping[Language, str]) -> Text:
    """Translations as one phrase."""
    return Text({str(language): words for language, words in translations.items()})


def _frozen(value: Any) -> Any:  # noqa: ANN401 - any value a TOML file can hold
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_frozen(item) for item in value)
    return value
