"""What leaves of a person when the list of people is exported."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, Subquery, Value
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.admin import ExportField

_roles = (
    User.groups.through.objects.order_by()
    .filter(user=OuterRef("pk"))
    .values("user")
    .annotate(roles=StringAgg("group__name", Value(", "), order_by="group__name"))
    .values("roles")  # type: ignore[misc]  # annotated the line before
)

PERSON_FIELDS = (
    "display_name",
    "email",
    ExportField("roles", _("Roles"), expression=Subquery(_roles)),
    ExportField("is_staff", _("Back office")),
    "is_active",
    "suspended_until",
    ExportField("suspension_reason", is_extra=True),
    "last_login",
    ExportField("joined_at", is_extra=True),
)
