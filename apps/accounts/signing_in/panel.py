"""How somebody signs in, on their page, for those who may end it."""

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts.models import PasswordLink
from apps.accounts.selectors import factors_of, lost_factors_of, needs_second_factor, sessions_of
from apps.accounts.signing_in.browsers import name_of_browser

if TYPE_CHECKING:
    from apps.accounts.models import User

SHOWN = 20


def panel(person: "User", viewer: "User") -> SafeString:
    """Show second factors, the link by e-mail and the sessions to administrators."""
    if person.is_system or not viewer.has_perm("accounts.deactivate_user"):
        return SafeString("")
    link = PasswordLink.objects.select_related("sent_by").filter(person=person).first()
    sessions = list(sessions_of(person)[:SHOWN])
    return render_to_string(
        "accounts/access_panel.html",
        {
            "factors": factors_of(person),
            "lost": lost_factors_of(person),
            "needs_factor": needs_second_factor(person),
            "has_password": person.has_usable_password(),
            "link": link,
            "is_link_alive": link is not None
            and link.used_at is None
            and link.ends_at > timezone.now(),
            "rows": [(one, name_of_browser(one.user_agent)) for one in sessions],
        },
    )
