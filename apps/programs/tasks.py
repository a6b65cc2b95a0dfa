"""The jobs of programs: change the keys in time, delete what is over."""

from celery import shared_task
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.jobs import sentence
from apps.programs import services


@shared_task
def rotate_signing_keys() -> str:
    """Change the key that signs access tokens when it has grown old."""
    with coming_from(Origin(source=Source.JOB)):
        is_new = services.rotate_when_due(actor=get_user_model().objects.system())
    return _("A new key is published.") if is_new else ""


@shared_task
def sweep() -> str:
    """Delete tokens and codes whose time is over."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.sweep(actor=get_user_model().objects.system())
    return sentence(
        ngettext("{count} old row is deleted.", "{count} old rows are deleted.", count), count
    )
