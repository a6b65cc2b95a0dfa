"""Where a notice leads: the page of what it is about."""

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import PasswordLink
from apps.accounts.services.invitations import address_of as address_of_link
from apps.notifications.models import Notice


def path_of(notice: Notice) -> str:
    """Return the path of the page of what the notice is about, or of the list of notices."""
    if notice.about_type is not None and notice.about_id is not None:
        model = notice.about_type
        try:
            page = reverse(f"admin:{model.app_label}_{model.model}_change", args=(notice.about_id,))
        except NoReverseMatch:  # what it is about has no page of its own
            pass
        else:
            return f"{page}#{notice.anchor}" if notice.anchor else page
    return reverse("admin:notifications_notice_changelist")


def address_of(notice: Notice) -> str:
    """Return the full address for an e-mail."""
    return f"{settings.BASE_URL}{path_of(notice)}"


def address_in_mail(notice: Notice) -> str:
    """Return where the e-mail leads: to a page for the staff, or to a link made only now.

    What opens an account is in no row and on no page, only in the e-mail.
    """
    if isinstance(notice.about, PasswordLink):
        return address_of_link(notice.about)
    return address_of(notice) if notice.recipient.is_staff else ""
