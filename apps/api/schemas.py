"""Shapes that all resources share: strict on the way in, minimal on the way out."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from apps.accounts.models import User

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]
Identifier = Annotated[
    int, Field(ge=1, le=2**63 - 1, description="the id, as lists give it", examples=[12])
]
# Beyond these no office works, and PostgreSQL and Python do not know the same days.
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)
Day = Annotated[date, Field(ge=_FIRST, le=_LAST, examples=["2026-11-26"])]


def _bounded(moment: datetime) -> datetime:
    # Compared as Python does: in UTC the first or last moments may have no date at all.
    if not _FIRST.year < moment.year < _LAST.year:
        raise PydanticCustomError(
            "moment_out_of_range",
            "{text}",
            {
                "text": _("Send a moment between {first} and {last}.").format(
                    first=_FIRST, last=_LAST
                )
            },
        )
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_bounded)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


def example(**values: Any) -> dict[str, Any]:
    """Return the setting of a schema that puts one example into the document."""
    return {"examples": [values]}


class In(Schema):
    """What a program sends: nothing unknown, nothing of another type."""

    model_config: ClassVar = ConfigDict(extra="forbid", strict=False)

    @field_validator("*")
    @classmethod
    def _no_zero_character(cls, value: Any) -> Any:
        """Refuse what PostgreSQL keeps in no text."""
        if isinstance(value, str) and "\0" in value:
            raise PydanticCustomError(
                "zero_character", "{text}", {"text": _("Leave out the character U+0000.")}
            )
        return value


class Out(Schema):
    """What a program gets."""


class Money(Out):
    """An amount in minor units of its currency: 1050 EUR is 10.50 euros, 1050 JPY 1050 yen."""

    model_config = ConfigDict(json_schema_extra=example(amount=1050, currency="EUR"))

    amount: int = Field(description="minor units")
    currency: Currency


class MoneyIn(In):
    """An amount in minor units of its currency."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(amount=1050, currency="EUR")
    )

    amount: int = Field(strict=True, ge=0, le=10**15, description="minor units")
    currency: Currency


class Person(Out):
    """Somebody, by name."""

    model_config = ConfigDict(json_schema_extra=example(id=7, name="Boris Becker"))

    id: int
    name: str

    @classmethod
    def of(cls, person: "User") -> "Person":
        """Return who it is."""
        return cls(id=person.pk, name=str(person))

    @classmethod
    def of_any(cls, person: "User | None") -> "Person | None":
        """Return who it is, if anybody."""
        return cls.of(person) if person is not None else None
