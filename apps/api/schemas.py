"""Shapes that all resources share: strict on the way in, minimal on the way out."""

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from apps.accounts.models import User

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]
Identifier = Annotated[
    int, Field(ge=1, le=2**63 - 1, description="the id, as lists give it", examples=[12])
]
Reference = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1, description="id")]
# Beyond these no office works, and PostgreSQL and Python do not know the same days.
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), examples=["2026-11-26"])]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _of_our_time(moment: datetime) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise ValueError(_("Send a moment between 1970 and 2200."))
    return moment.astimezone(UTC)


def seen_by_people(value: object) -> object:
    """Return a value as it is; texts, also in lists, hold nothing that nobody can see or keep."""
    for part in value if isinstance(value, list) else (value,):
        if isinstance(part, str) and _UNSEEN.search(part):
            raise ValueError(_("Leave out control characters."))
    return value


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_of_our_time),
    Field(description="ISO 8601 with offset, such as 2026-11-26T09:00:00Z"),
]
Word = Annotated[str, AfterValidator(seen_by_people), Field(min_length=1, max_length=200)]


def example(**values: Any) -> dict[str, Any]:
    """Return the setting of a schema that puts one example into the document."""
    return {"examples": [values]}


class In(BaseModel):
    """What a program sends: nothing unknown, nothing of another type."""

    model_config: ClassVar = ConfigDict(extra="forbid", strict=False)

    @field_validator("*", mode="before")
    @classmethod
    def _keep_out_what_nobody_sees(cls, value: object) -> object:
        return seen_by_people(value)


class Out(BaseModel):
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
