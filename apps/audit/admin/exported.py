"""What leaves of an event when the log is exported: all of it."""

from django.utils.translation import gettext_lazy as _

from apps.common.admin import ExportField

EVENT_FIELDS = (
    ExportField("id", _("Event")),
    "at",
    "actor_name",
    ExportField("actor__email", _("E-mail of the actor")),
    ExportField("on_behalf_of__email", _("On behalf of")),
    "action",
    ExportField("target_type__model", _("Kind of target")),
    ExportField("target_id", _("Number of the target")),
    ExportField("target_label", _("Target")),
    "before",
    "after",
    "reason",
    "outcome",
    "source",
    "ip_address",
    "request_id",
)
