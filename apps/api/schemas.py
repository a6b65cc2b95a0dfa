"""Shapes that all resources share: strict on the way in, minimal on the way out."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from ninja import Schema
from pydantic import ConfigDict, Field

if TYPE_CHECKING:
    from apps.accounts.models import User

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]
Identifier = Annotated[int, Field(ge=1, le=2**63 - 1)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


def example(**values: Any) -> dict[str, Any]:
    """Return the setting of a schema that puts one example into the document."""
    return {"examples": [values]}


class In(Schema):
    """What a program sends: nothing unknown, nothing of another type."""

    model_config: ClassVar = ConfigDict(extra="forbid", strict=False)


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
