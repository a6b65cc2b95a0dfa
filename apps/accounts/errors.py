"""What accounts refuses.

DomainError
├── EmailTaken          somebody signs in with this e-mail already
├── UnknownRole         no role has this name
├── UnknownPermission   a role asks for a right that no model declares
├── StandardRole        the roles of the product are not changed by hand
├── RoleExists          a role has this name already
├── NoSecondFactor, ResetWaits, ResetOver, WordsMissing   see the reset of second factors
├── AlreadyInactive, AlreadyActive, NotSuspended, SuspensionInThePast
├── SecondFactorFixed   the product asks the role for a second factor
├── LinkDead            the link was used, replaced, or its time is over
├── NobodyToInvite      a deactivated person gets no link
└── NotPermitted
    ├── OwnAccount      nobody changes their own rights
    ├── SystemAccount   `system` is nobody's to change
    ├── ProgramAccount  an account of a program has no name, e-mail or password to change
    ├── SuperuserAccount   only superusers change superusers
    └── SamePerson      who asked for a reset does not confirm it
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted


class EmailTaken(DomainError):
    """Somebody signs in with this e-mail already."""

    field = "email"
    template = _("Somebody signs in as “{email}” already. Use another e-mail, or that account.")


class UnknownRole(DomainError):
    """No role has this name."""

    field = "roles"
    template = _("There is no role “{role}”. Reload the page and choose one of the list.")


class UnknownPermission(DomainError):
    """A role asks for a right that no model declares."""

    field = "permissions"
    template = _(
        "The role “{role}” names the permission “{permission}”, which does not exist. "
        "Correct the role, or migrate the database first."
    )


class StandardRole(DomainError):
    """A role that came with the product was to be changed by hand."""

    template = _(
        "“{role}” is a role of the product and the same everywhere. "
        "Make a role of your own and give that."
    )


class RoleExists(DomainError):
    """A role has this name already."""

    field = "name"
    template = _("There is a role “{role}” already. Choose another name.")


class AlreadyInactive(DomainError):
    """The person was deactivated before."""

    template = _("{person} is deactivated already. Reload the page to see since when.")


class AlreadyActive(DomainError):
    """The person was not deactivated."""

    template = _("{person} is active. There is nothing to reactivate.")


class NotSuspended(DomainError):
    """There is no suspension to lift."""

    template = _("{person} is not suspended. There is nothing to lift.")


class SuspensionInThePast(DomainError):
    """A suspension was to end before it begins."""

    field = "until"
    template = _("A suspension ends in the future. Choose a later day.")


class SecondFactorFixed(DomainError):
    """A role that always needs a second factor was to go without."""

    template = _(
        "People with the role “{role}” always need a second factor. "
        "Make a role of your own if somebody needs less."
    )


class LinkDead(DomainError):
    """The link was used, replaced by a newer one, or its time is over."""

    template = _(
        "This link works no longer: it was used, its time is over, or there is a newer one. "
        "Ask for a new one."
    )


class NobodyToInvite(DomainError):
    """A person who may not sign in was to get a link."""

    template = _("{person} is deactivated. Reactivate the account before you send a link.")


class OwnAccount(NotPermitted):
    """Somebody tried to change their own rights."""

    template = _("Nobody changes their own rights or account. Ask another administrator.")


class SystemAccount(NotPermitted):
    """Somebody tried to change `system`."""

    template = _("The system acts for the jobs and is not changed by hand. Choose a person.")


class SuperuserAccount(NotPermitted):
    """Somebody without all rights tried to change an account that has them."""

    template = _("Only a superuser changes the account of a superuser. Ask one.")


class NoSecondFactor(DomainError):
    """There is no second factor to reset."""

    template = _("{person} has no second factor. There is nothing to reset.")


class ResetWaits(DomainError):
    """Somebody asked for the same reset before."""

    template = _(
        "A reset for {person} waits already: {asker} asked for it. Confirm or withdraw that one."
    )


class ResetOver(DomainError):
    """Nobody confirmed the reset in time."""

    template = _("The reset for {person} waited for more than {hours} hours. Ask for a new one.")


class SamePerson(NotPermitted):
    """Who asked for a reset tried to confirm it."""

    template = _("You asked for this reset yourself. Another administrator has to confirm it.")


class WordsMissing(DomainError):
    """Nobody wrote down why, or how it was checked."""

    template = _("Write down why, or how you made sure who it is; the auditor reads it.")


class ProgramAccount(NotPermitted):
    """Somebody tried to let a person sign in with the account of a program."""

    template = _(
        "“{person}” is the account of a program: nobody signs in with it, and its name follows "
        "the program. Change the program, or the roles of the account."
    )
