"""Parameters of reports, with the defaults that most people want."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.wallets.models import Wallet

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise
from apps.reports.models import ReportRun


def first_of_last_month() -> date:
    """Return the first day of the month before today's."""
    return last_of_last_month().replace(day=1)


def last_of_last_month() -> date:
    """Return the last day of the month before today's."""
    return timezone.localdate().replace(day=1) - timedelta(days=1)


def currencies_in_use() -> list[tuple[str, str]]:
    """Return the currencies in which there are wallets."""
    used = Wallet.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [(currency, currency) for currency in used]


def every_currency() -> "list[tuple[str, _StrOrPromise]]":
    """Return all currencies together, and each one that is in use."""
    return [("", _("every currency")), *currencies_in_use()]


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Reports count days, months and years on and back from what they are told."""


class ParameterForm(forms.Form):
    """What a report has to be told; its days are within reach of every calendar."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Bound the days."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.validators = [
                    *field.validators,
                    MinValueValidator(FIRST_DAY),
                    MaxValueValidator(LAST_DAY),
                ]

    @classmethod
    def in_words(cls, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the answers for a reader; those that were left empty are left out."""
        return [
            (str(field.label), str(_choices_of(field).get(answer, answer)))
            for name, field in cls().fields.items()
            if (answer := answers[name]) not in (None, "")
        ]


class DayForm(ParameterForm):
    """A day, up to whose end everything counts; today unless somebody says otherwise."""

    on = forms.DateField(label=_("At the end of"), initial=timezone.localdate)


class AgeForm(DayForm):
    """A day by which ages are counted, and perhaps one currency."""

    currency = forms.ChoiceField(label=_("Currency"), choices=every_currency, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what the day is for."""
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Age at the end of")
        self.fields["on"].help_text = _("what is open now, by its age on this day")


class RunField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's field takes none
    """A run, by its number such as RR-12."""

    default_error_messages = {
        "invalid_choice": _("There is no such run. Write its number, such as RR-12.")
    }

    def __init__(self, **options: Any) -> None:
        """Look among all runs; whoever asks is checked when the report is run."""
        super().__init__(
            ReportRun.objects.all(), help_text=_("its number, such as RR-12"), **options
        )

    def to_python(self, value: Any) -> "ReportRun | None":
        """Find the run by its number, written with or without RR-."""
        if isinstance(value, str):
            value = value.strip().upper().removeprefix("RR-")
        return super().to_python(value)


class PeriodForm(ParameterForm):
    """A stretch of days, both ends included; last month unless somebody says otherwise."""

    from_on = forms.DateField(label=_("From"), initial=first_of_last_month)
    until_on = forms.DateField(
        label=_("Until"), initial=last_of_last_month, help_text=_("this day included")
    )

    @classmethod
    def in_words(cls, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return both ends of the period as one fact."""
        ends = {str(cls.base_fields[name].label) for name in ("from_on", "until_on")}
        facts = [(label, value) for label, value in super().in_words(answers) if label not in ends]
        return [*facts, (str(_("Period")), f"{answers['from_on']} – {answers['until_on']}")]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        answers = super().clean() or {}
        from_on, until_on = answers.get("from_on"), answers.get("until_on")
        if from_on and until_on and until_on < from_on:
            self.add_error("until_on", _("“Until” must not be before “From”."))
        return answers


def _choices_of(field: forms.Field) -> dict[Any, Any]:
    # A field that chooses among rows would read the whole table here; its answer has a name.
    return {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
