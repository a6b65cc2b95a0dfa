"""Who may be changed by whom, on the locked row."""

from apps.accounts.errors import SuperuserAccount, SystemAccount
from apps.accounts.models import User


def locked(user_id: int, *, actor: User) -> User:
    """Lock a person whom `actor` may change; rows that only point at them are not held up.

    Raises:
        SystemAccount: the person is `system`.
        SuperuserAccount: only superusers change superusers.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
    if person.is_system:
        raise SystemAccount
    if person.is_superuser and not (actor.is_superuser or actor.is_system):
        raise SuperuserAccount
    return person
