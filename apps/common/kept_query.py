"""Queries that each process puts together once, and PostgreSQL plans once for a connection.

Django makes the text of a query anew for each request, and for a short one that takes longer than
the answer. A kept query is built with stand-ins for whatever varies, and its text kept:

    _WALLET = KeptQuery(lambda person, pk: Wallet.objects.visible_to(person).filter(pk=pk))
    _WALLET.fetch(request.user, pk=12)

Numbers and moments vary, also within a tuple. All else, and what is named in `fixed`, is part of
the text: each combination of these is kept by itself. Of the person a query may use the key,
whether they are active, and permissions, whose answers choose the text as well.
"""

from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet, prefetch_related_objects

from apps.common.prepared import fetch_all

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model


_MOST_PLANS = 200
_NUMBERS_FROM = 2**62
_APART = 2**40
_LAST_YEAR = 9999


class Asker(Protocol):
    """Who asks: a person of the office."""

    pk: Any
    is_active: bool

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Tell whether they hold a permission."""
        ...


class Entangled(Exception):
    """A query does more with a value than to compare with it, so that it cannot be kept."""


class KeptQuery[M: "Model"]:
    """A function of a person and some values that returns a queryset, and what came of it."""

    def __init__(
        self, build: "Callable[..., QuerySet[M]]", *, fixed: "Collection[str]" = ()
    ) -> None:
        """Keep nothing yet; `fixed` names numbers that stand in the text, such as a limit."""
        self._build = build
        self._fixed = frozenset(fixed)
        self._kept: _Kept[M] = _Kept(())
        self._making = RLock()

    def fetch(self, person: Asker, **values: Any) -> list[M]:
        """Return the rows, with all that the queryset reads along.

        Raises:
            Entangled: see there.
        """
        varying: list[Any] = []
        shape = tuple(
            (name, value if name in self._fixed else _shape_of(value, varying))
            for name, value in values.items()
        )
        plan = self._kept.plan_for(person, shape)
        if plan is None:
            try:
                plan = self._made(person, shape, values)
            except EmptyResultSet:
                # Django knows without asking that there is nothing, as for who sees nothing at all.
                return []
        return plan.rows([person.pk, *varying])

    def _made(self, person: Asker, shape: Hashable, values: dict[str, Any]) -> "_Plan[M]":
        stand_ins = _StandIns()
        kind: Any = type(person)
        somebody = kind(pk=stand_ins.of(person.pk), is_active=person.is_active)
        asked: list[str] = []

        def has_perm(name: str) -> bool:
            asked.append(name)
            return person.has_perm(name)

        somebody.has_perm = has_perm
        put = {
            name: value if name in self._fixed else _map(stand_ins.of, value)
            for name, value in values.items()
        }
        # One after the other: a plan is kept only where everything counts that it asked.
        with self._making:
            plan = _Plan(self._build(somebody, **put), stand_ins)
            kept = self._kept
            if not set(asked) <= set(kept.asked) or len(kept.plans) >= _MOST_PLANS:
                kept = _Kept(tuple({*kept.asked, *asked}))
            kept.plans[kept.key_of(person, shape)] = plan
            self._kept = kept
        return plan


@dataclass(frozen=True)
class _Kept[M: "Model"]:
    """The plans, by the answers to all permissions that any of them asked for."""

    asked: tuple[str, ...]
    plans: "dict[Hashable, _Plan[M]]" = field(default_factory=dict)

    def plan_for(self, person: Asker, shape: Hashable) -> "_Plan[M] | None":
        """Return the plan for values of this shape and a person with these permissions."""
        return self.plans.get(self.key_of(person, shape))

    def key_of(self, person: Asker, shape: Hashable) -> Hashable:
        """Return under what their plan is kept."""
        return shape, person.is_active, tuple(person.has_perm(name) for name in self.asked)


class _StandIns:
    """Values that occur nowhere else, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}

    def of(self, value: Any) -> Any:
        """Return a value to put in place of this one."""
        number = len(self._places)
        if isinstance(value, datetime):
            stand_in: Any = datetime(_LAST_YEAR, 12, 31, 23, 59, 59, number, tzinfo=UTC)
        else:
            # Apart, so that what somebody adds to one is not another.
            stand_in = _NUMBERS_FROM + number * _APART
        self._places[stand_in] = number
        return stand_in

    def place_of(self, parameter: Any) -> int | None:
        """Return which of them a parameter is; None when it is none.

        Raises:
            Entangled: it was made of one.
        """
        if isinstance(parameter, Hashable) and parameter in self._places:
            return self._places[parameter]
        if isinstance(parameter, int) and abs(parameter) >= _NUMBERS_FROM // 2:
            raise Entangled(parameter)
        if isinstance(parameter, date) and parameter.year >= _LAST_YEAR - 1:
            raise Entangled(parameter)
        return None

    def check(self, text: str, used: set[int | None]) -> None:
        """Return when each stands for a parameter and none is in the text.

        Raises:
            Entangled: otherwise; that of the person, the first, may be left out.
        """
        for stand_in, number in self._places.items():
            if str(stand_in) in text or (number and number not in used):
                raise Entangled(number)


class _Plan[M: "Model"]:
    """The text of a query, and where each value goes."""

    def __init__(self, queryset: "QuerySet[M]", stand_ins: _StandIns) -> None:
        self._queryset = queryset
        self._read_along = cast("Any", queryset)._prefetch_related_lookups  # noqa: SLF001  (no public way)
        self._compiler = queryset.query.get_compiler(using=queryset.db)
        self._text, parameters = self._compiler.as_sql()
        self._parameters = tuple(parameters)
        self._places = [stand_ins.place_of(parameter) for parameter in self._parameters]
        stand_ins.check(self._text, set(self._places))
        columns = [column[0] for column in self._compiler.select]
        self._converters = self._compiler.get_converters(columns)

    def rows(self, values: list[Any]) -> list[M]:
        """Return the rows with these values put in."""
        parameters = tuple(
            parameter if place is None else values[place]
            for parameter, place in zip(self._parameters, self._places, strict=True)
        )
        answered: Any = _Answered(self._compiler, self._converters, self._text, parameters)
        known = self._queryset
        found = list(type(known)(model=known.model, query=answered, using=known.db))
        prefetch_related_objects(found, *self._read_along)
        return found


def _shape_of(value: Any, varying: list[Any]) -> Hashable:
    """Return what of a value stands in the text; what varies goes to `varying`, in order."""
    if isinstance(value, tuple):
        return tuple(_shape_of(part, varying) for part in value)
    if isinstance(value, int | datetime) and not isinstance(value, bool):
        varying.append(value)
        return cast("Hashable", type(value))
    kept: Hashable = value
    return kept


def _map(change: Callable[[Any], Any], value: Any) -> Any:
    """Return a value with each part changed that varies, in the order of `_shape_of`."""
    if isinstance(value, tuple):
        parts = [_map(change, part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    is_varying = isinstance(value, int | datetime) and not isinstance(value, bool)
    return change(value) if is_varying else value


class _Answered:
    """What a queryset needs of its query once the text is known."""

    values_select = ()

    def __init__(self, compiler: Any, converters: Any, text: str, parameters: Any) -> None:
        self._known = compiler, converters, text, parameters

    def get_compiler(self, using: str) -> Any:
        known, converters, text, parameters = self._known
        compiler: Any = copy(known)
        compiler.connection = connections[using]
        compiler.get_converters = lambda _columns: converters
        compiler.execute_sql = lambda *_, **__: [fetch_all(text, parameters)]
        return compiler
