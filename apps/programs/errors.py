"""What programs are refused.

DomainError
├── TokenRefused        the access token opens nothing
├── NameTaken           another program has this name
├── RateRefused         so many requests a minute are not given
├── UnknownScopes       a scope is not in the catalogue
├── ScopesMissing       a program was to be let do nothing
├── ScopeNeedsPerson    a program by itself was to decide
├── RedirectRefused     codes would go where others can read them
├── RedirectMissing     a program of people has nowhere to take its codes
├── NoSecret            a program that cannot keep a secret was to get one
├── ProgramInactive, ProgramActive
├── ConsentOver         there is nothing to withdraw any more
├── KeyRotatedJustNow   the new key does not sign yet
└── NotPermitted
    └── NotYourConsent  somebody else let the program in
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted


class TokenRefused(DomainError):
    """The access token opens nothing, whatever the reason: whoever tries learns only that."""

    template = _("The access token is not valid. Ask for a new one.")


class NameTaken(DomainError):
    """Another program has this name."""

    field = "name"
    template = _("There is a program “{name}” already. Choose another name: people go by it.")


class RateRefused(DomainError):
    """So many requests a minute are not given."""

    field = "rate_limit"
    template = _("Give a program between {least} and {most} requests in a minute.")


class UnknownScopes(DomainError):
    """A scope is not in the catalogue."""

    field = "scopes"
    template = _("There is no scope “{scopes}”. Choose scopes of the list.")


class ScopesMissing(DomainError):
    """A program was to be let do nothing."""

    field = "scopes"
    template = _("Choose at least one scope: without any, the program could do nothing.")


class ScopeNeedsPerson(DomainError):
    """A program by itself was to decide."""

    field = "scopes"
    template = _(
        "A program that acts by itself cannot have the scope “{scope}”: people decide. "
        "Take the scope away, or register a program for people."
    )


class RedirectRefused(DomainError):
    """Codes would go where others can read them."""

    field = "redirect_uris"
    template = _(
        "“{uri}” is no redirect URI for codes. Give a full address that begins with https:// "
        "(or http://127.0.0.1 for programs on the person’s own machine), without “#”, “*” or “@”."
    )


class RedirectMissing(DomainError):
    """A program of people has nowhere to take its codes."""

    field = "redirect_uris"
    template = _("Give at least one redirect URI: the address to which people return.")


class NoSecret(DomainError):
    """A program that cannot keep a secret was to get one."""

    template = _("“{program}” runs with the person and keeps no secret. There is none to change.")


class ProgramInactive(DomainError):
    """The program was deactivated before."""

    template = _("“{program}” is deactivated. Reactivate it first.")


class ProgramActive(DomainError):
    """The program was not deactivated."""

    template = _("“{program}” is active. There is nothing to reactivate.")


class ConsentOver(DomainError):
    """There is nothing to withdraw any more."""

    template = _("“{program}” is not let in any more. There is nothing to withdraw.")


class KeyRotatedJustNow(DomainError):
    """The new key does not sign yet."""

    template = _(
        "A new key was published at {moment} and signs from {signs_from} on. "
        "Wait until then, or retire the old key at once from the command line."
    )


class NotYourConsent(NotPermitted):
    """Somebody else let the program in."""

    template = _("Somebody else let this program in. Only they, or an administrator, end that.")
