"""What may leave of a list's rows: each column with its kind, and how the database reads it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.common.admin import BaseAdmin, ExportField, Shape
from apps.common.secret_text import SecretTextField
from apps.reports.columns import Kind
from apps.reports.lists.shown import page_of

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

CURRENCY = "currency"
# Secrets, and what says where files lie; of the rest, what means something to programs alone.
_SECRET = re.compile(
    r"password|secret|token|signature|session|fingerprint|(^|_)keys?($|_)|path|^lease|attachment$"
)
_NEVER = (models.BinaryField, models.FileField, SecretTextField, ArrayField, models.JSONField)
# These are secrets wherever they stand; a JSON may be named on purpose.
_NOT_EVEN_NAMED = (models.BinaryField, models.FileField, SecretTextField)
# By these a row of another table is known.
_NAMES = ("display_name", "number", "tag", "name", "title", "model", "code")
_COUNTS = re.compile(r"(_count|_id|^id|^position|^version|^number|^below|_position)$")
_SHARE = re.compile(r"(^|_)share$")
_TEXT = models.TextField()


@dataclass(frozen=True)
class Offered:
    """A column that may leave, and how the database reads it."""

    key: str
    title: str
    kind: Kind
    expression: "Combinable"
    is_ticked: bool = True


class Forbidden(AssertionError):
    """A page names a field that may never leave."""


def offered_by(page: BaseAdmin) -> list[Offered]:
    """Return the columns of a list that may leave, in their order.

    Those of the list are ticked: what the page names, or, where it names nothing, what it shows.
    """
    reading = _Reading(page)
    if page.export_fields:
        return [reading.named(one) for one in page.export_fields]
    return list(reading.usual(_shown_by(page)))


def currency_of(page: BaseAdmin) -> "Combinable | None":
    """Return how the database reads the currency of a row's amounts."""
    path = _Reading(page).currency
    return F(path) if path else None


def _shown_by(page: BaseAdmin) -> set[str] | None:
    """Return the fields that the list shows; nothing when a column does not say which."""
    paths = set()
    for name in page.list_display:
        method = getattr(page, str(name), None)
        order = getattr(method, "admin_order_field", None) if method else name
        if not isinstance(order, str):
            return None
        paths.add(order.lstrip("-").partition("__")[0])
    return paths


@dataclass(frozen=True)
class _Reading:
    """How the fields of one page are read."""

    page: BaseAdmin

    @property
    def model(self) -> type[models.Model]:
        model: type[models.Model] = self.page.model
        return model

    @cached_property
    def currency(self) -> str:
        if self.page.export_currency:
            return self.page.export_currency
        names = {field.name for field in self.model._meta.concrete_fields}
        return CURRENCY if CURRENCY in names else ""

    def named(self, one: str | ExportField) -> Offered:
        """Return a column that the page names."""
        wanted = one if isinstance(one, ExportField) else ExportField(one)
        if wanted.expression is not None:
            kind = Kind.AMOUNT if wanted.shape is Shape.AMOUNT else Kind.TEXT
            return Offered(
                wanted.path, str(wanted.title), kind, wanted.expression, not wanted.is_extra
            )
        fields = _fields_on(self.model, wanted.path)
        if any(_is_secret(field) for field in fields):
            raise Forbidden(wanted.path)
        return self._offered(wanted, fields)

    def usual(self, shown: set[str] | None) -> Iterator[Offered]:
        """Return the fields of the row, the secret ones left out."""
        for field in self.model._meta.concrete_fields:
            if _is_secret(field) or isinstance(field, _NEVER) or self._is_nameless(field):
                continue
            names = {field.name, "pk"} if field.primary_key else {field.name}
            is_extra = shown is not None and not names & shown
            if isinstance(field, RangeField):
                for side, word in (("startswith", _("from")), ("endswith", _("until"))):
                    title = f"{capfirst(str(field.verbose_name))} {word}"
                    yield self.named(ExportField(f"{field.name}__{side}", title, is_extra=is_extra))
            elif field.primary_key:
                number = str(_("Number"))
                prefix = self.page.export_prefix
                yield self.named(ExportField("pk", number, prefix=prefix, is_extra=is_extra))
            else:
                yield self.named(ExportField(field.name, is_extra=is_extra))

    def _is_nameless(self, field: "models.Field[Any, Any]") -> bool:
        """Tell whether all that could be said is a number that no page shows."""
        if isinstance(field, models.ForeignKey):
            _path, last, prefix = _known_by(field.name, field)
            return last.primary_key and not prefix
        return field.primary_key and not self.page.export_prefix

    def _offered(self, wanted: ExportField, fields: "Sequence[models.Field[Any, Any]]") -> Offered:
        path, last = wanted.path, fields[-1]
        title = str(wanted.title) or _title(fields)
        key = CURRENCY if path == self.currency else path.replace("__", "_")
        if isinstance(last, models.ForeignKey):
            path, last, prefix = _known_by(path, last)
            wanted = replace(wanted, path=path, prefix=wanted.prefix or prefix)
        kind, expression = self._read(wanted, path, last)
        return Offered(key, title, kind, expression, not wanted.is_extra)

    def _read(
        self, wanted: ExportField, path: str, field: "models.Field[Any, Any]"
    ) -> "tuple[Kind, Combinable]":
        value = F(path)
        if wanted.prefix:
            text = Concat(Value(wanted.prefix), Cast(value, _TEXT), output_field=_TEXT)
            return Kind.TEXT, Case(When(Q(**{f"{path}__isnull": False}), then=text))
        if wanted.shape is Shape.AMOUNT or self._is_amount(field):
            return Kind.AMOUNT, value
        if field.choices and wanted.shape is Shape.BY_FIELD:
            return Kind.TEXT, _label(path, field)
        if _SHARE.search(field.name):
            hundredths = models.DecimalField(max_digits=12, decimal_places=2)
            return Kind.DECIMAL, Cast(value, hundredths) / Value(100)
        return _kind_of(field), _readable(value, path, field)

    def _is_amount(self, field: "models.Field[Any, Any]") -> bool:
        """Tell whether a figure is money: big, no number of something, and there is a currency."""
        is_big = isinstance(field, models.BigIntegerField) and not field.primary_key
        return bool(is_big and self.currency and not _COUNTS.search(field.name))


def _is_secret(field: "models.Field[Any, Any]") -> bool:
    """Tell whether a field never leaves, whoever names it; that there is one is no secret."""
    if isinstance(field, models.BooleanField):
        return False
    # An end of a range has no name of its own.
    return isinstance(field, _NOT_EVEN_NAMED) or bool(_SECRET.search(field.name or ""))


def _fields_on(model: type[models.Model], path: str) -> "list[models.Field[Any, Any]]":
    """Return the fields that a path leads over; an end of a range is no field of its own."""
    fields: list[models.Field[Any, Any]] = []
    here: Any = model
    for name in path.split("__"):
        if fields and isinstance(fields[-1], RangeField):
            end: Any = fields[-1].base_field
            fields.append(end)
            break
        field = here._meta.pk if name == "pk" else here._meta.get_field(name)
        fields.append(field)
        here = field.related_model
    return fields


def _known_by(
    path: str, field: "models.ForeignKey[Any, Any]"
) -> "tuple[str, models.Field[Any, Any], str]":
    """Return the path to the name of the row that a key leads to, or to its number."""
    model: Any = field.related_model
    fields = {one.name: one for one in model._meta.concrete_fields}
    page = page_of(f"{model._meta.app_label}_{model._meta.model_name}")
    prefix = page.export_prefix if page else ""
    name = "" if prefix else next((name for name in _NAMES if name in fields), "")
    if not name:
        return f"{path}__pk", model._meta.pk, prefix
    return f"{path}__{name}", fields[name], ""


def _title(fields: "Sequence[models.Field[Any, Any]]") -> str:
    """Return the title of a path: what leads to a row names it, and its other fields with it."""
    last = fields[-1]
    own = str(last.verbose_name)
    if len(fields) > 1:
        way = str(fields[-2].verbose_name)
        own = way if last.name in _NAMES else f"{way}, {own}"
    return capfirst(own)


def _kind_of(field: Any) -> Kind:
    match field:
        case models.DateTimeField():
            return Kind.MOMENT
        case models.DateField():
            return Kind.DATE
        case models.IntegerField() if not field.choices:
            return Kind.COUNT
        case models.DecimalField():
            return Kind.DECIMAL
        case _other:
            return Kind.TEXT


def _label(path: str, field: Any) -> Case:
    arms = [
        When(Q(**{path: value}), then=Value(str(label), output_field=_TEXT))
        for value, label in field.flatchoices
    ]
    return Case(*arms, default=Cast(F(path), _TEXT), output_field=_TEXT)


def _readable(value: F, path: str, field: Any) -> "Combinable":
    match field:
        case models.BooleanField():
            yes, no = (Value(str(word), output_field=_TEXT) for word in (_("yes"), _("no")))
            return Case(When(Q(**{path: True}), then=yes), When(Q(**{path: False}), then=no))
        case models.GenericIPAddressField():
            return Func(value, function="HOST", output_field=_TEXT)
        case (
            models.CharField()
            | models.TextField()
            | models.DateField()
            | models.IntegerField()
            | models.DecimalField()
        ):
            return value
        case _other:
            return Cast(value, _TEXT)
