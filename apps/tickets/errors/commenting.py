"""What is refused to whoever comments.

DomainError
├── MentionUnknown            “@somebody” is nobody who reads the comment
├── MentionAmbiguous          two people have that name
├── MentionNotOfStaff         a comment for staff mentions somebody else
├── SpeakerNotOnTicket        words of somebody who neither borrows nor lends here
└── SpeakerNotForStaff        words of a borrower or lender, hidden from them
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class MentionUnknown(DomainError):
    """“@somebody” is nobody who reads the comment."""

    template = _(
        "“@{name}” is nobody who may read comments on {ticket}. Write the whole name or the e-mail "
        "after the @, or leave the @ out."
    )


class MentionAmbiguous(DomainError):
    """Two people have that name."""

    template = _(
        "More than one person is called {name}. Write @ and the e-mail of the one you mean."
    )


class MentionNotOfStaff(DomainError):
    """A comment for staff mentions somebody else."""

    template = _(
        "{person} does not read what is visible to staff only. Make the comment visible to "
        "everybody on the ticket, or leave out “@{person}”."
    )


class SpeakerNotOnTicket(DomainError):
    """Words of somebody who neither borrows nor lends here."""

    template = _(
        "{person} neither borrows nor lends on {ticket}. Choose somebody who does, or comment in "
        "your own name."
    )


class SpeakerNotForStaff(DomainError):
    """Words of a borrower or lender, hidden from them."""

    template = _(
        "What {person} said must be visible to everybody on the ticket. Change who sees the "
        "comment, or comment in your own name."
    )
