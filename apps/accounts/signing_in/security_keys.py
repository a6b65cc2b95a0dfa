"""What an answer of a security key has to show beyond what allauth asks of it.

Web Authentication Level 2, section 7.2: step 17, that the key saw its person when it stands for the
password too, and step 21, that its count of signatures grows, which that of a copy does not.
"""

from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.models import Outcome

if TYPE_CHECKING:
    from fido2.webauthn import AuthenticatorData

    from apps.accounts.models import User

COUNT = "sign_count"
"""Under which the row of a key keeps how often it had signed."""


class _KeyForm(webauthn.AuthenticateWebAuthnForm):
    """An answer that allauth found signed by a key of ours, for the question of this session."""

    refusal = "key_refused"
    """The sentence of `FactorAdapter` that tells the person what to do when it was not."""

    def clean_credential(self) -> Authenticator:
        """Refuse the answer of a copy, and say of each that is refused what to do next."""
        answer = self.cleaned_data["credential"]
        try:
            key: Authenticator = super().clean_credential()
        except ValidationError as wrong:
            # What allauth says of codes that are typed helps nobody who touched a key.
            if wrong.code != "incorrect_code":
                raise
            raise get_adapter().validation_error(self.refusal) from wrong
        said = parse_authentication_response(answer).response.authenticator_data
        if not self.believes(said) or not _counts_on(key, said.counter):
            _refused(key)
            raise get_adapter().validation_error(self.refusal)
        return key

    def believes(self, said: "AuthenticatorData") -> bool:  # noqa: ARG002
        """Take the key as a second factor: that somebody touched it is enough."""
        return True


class SecondKeyForm(_KeyForm):
    """A key beside the password."""


class KeyAgainForm(_KeyForm, webauthn.ReauthenticateWebAuthnForm):
    """A key, asked for again before something that matters."""


class PasskeyForm(_KeyForm, webauthn.LoginWebAuthnForm):
    """A key in the place of password and second factor."""

    refusal = "passkey_refused"

    def believes(self, said: "AuthenticatorData") -> bool:
        """Ask that the key has seen a finger, a face or a PIN, whatever its question was.

        The question lies in the session: somebody half signed in as themselves has one there that
        does not ask for it, and could answer it with the stolen key of somebody else.
        """
        return bool(said.is_user_verified())


@transaction.atomic
def _counts_on(key: Authenticator, counter: int) -> bool:
    """Keep how often the key has signed, and tell whether it is more than before.

    Many keys never count, and always say zero.
    """
    row: Any = Authenticator.objects.select_for_update(of=("self",)).get(pk=key.pk)
    before = row.data.get(COUNT, row.wrap().authenticator_data.counter)
    if counter or before:
        if counter <= before:
            return False
        row.data[COUNT] = counter
        row.save(update_fields=["data"])
        key.data = row.data
    return True


def _refused(key: Authenticator) -> None:
    person: User = key.user
    audit.record(
        "accounts.second_factor_failed",
        actor=person,
        target=person,
        after={"factor": key.type, "key": key.pk},
        reason=_("The security key did not see its person, or may have been copied."),
        outcome=Outcome.DENIED,
    )
