"""Links between events and the pages of what they are about; how long a job took."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from apps.audit.models import AuditEvent, JobRun

if TYPE_CHECKING:
    from django.db.models import Model
    from django.template import Context

register = template.Library()

_MINUTE = 60


@register.simple_tag(takes_context=True)
def page_link(context: "Context", row: "Model", text: object) -> SafeString | str:
    """Return `text` as a link to the row's page, for those who may open it."""
    return _link(context, type(row), row.pk, text)


@register.simple_tag(takes_context=True)
def target_link(context: "Context", event: AuditEvent) -> SafeString | str:
    """Return the target's name then as a link to its page now."""
    model = event.target_type.model_class() if event.target_type else None
    return _link(context, model, event.target_id, event.target_label)


@register.simple_tag
def events_url(row: "Model") -> str:
    """Return the address of everything about the row, or about what the event is about."""
    if isinstance(row, AuditEvent):
        kind, target_id = row.target_type, row.target_id
    else:
        kind, target_id = ContentType.objects.get_for_model(row), row.pk
    about = f"{kind.app_label}.{kind.model}:{target_id}" if kind else ""
    return f"{reverse('admin:audit_auditevent_changelist')}?{urlencode({'about': about})}"


@register.filter
def took(run: JobRun) -> str:
    """Return how long the last of the runs took."""
    if run.finished_at is None:
        return "–"
    seconds = (run.finished_at - run.started_at).total_seconds()
    if seconds < _MINUTE:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s"


@register.filter
def ago(at: datetime, now: datetime) -> str:
    """Return how long ago it was, to the second while that matters."""
    if (seconds := round((now - at).total_seconds())) < _MINUTE:
        return _("{count} s ago").format(count=max(seconds, 0))
    return _("{time} ago").format(time=timesince(at, now))


@register.filter
def in_time(at: datetime, now: datetime) -> str:
    """Return how long it is until then, to the second while that matters."""
    if (seconds := round((at - now).total_seconds())) < _MINUTE:
        return _("in {count} s").format(count=seconds)
    return _("in {time}").format(time=timeuntil(at, now))


def _link(
    context: "Context", model: "type[Model] | None", key: Any, text: object
) -> SafeString | str:
    if model is None or not admin.site.is_registered(model):
        return str(text)
    if not admin.site.get_model_admin(model).has_view_permission(context["request"]):
        return str(text)
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return format_html('<a class="office-link" href="{}">{}</a>', reverse(page, args=(key,)), text)
