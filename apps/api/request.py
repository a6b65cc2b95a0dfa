"""What a request of the API carries once its token was checked."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.api.quotas import Quota
    from apps.programs.tokens import Access


class ApiRequest(HttpRequest):
    """A request whose token opened the door; `user` is who acts."""

    user: "User"
    access: "Access"
    quota: "Quota"
