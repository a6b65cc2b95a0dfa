"""What the desk refuses for want of evidence.

DomainError
└── EvidenceMissing        something is to be shown first; `line_id` says of which line, if of one
    ├── SignaturesMissing  the category lets nothing go out or come back unsigned
    ├── SignatureRefused   a signature is blank, or no picture
    ├── PhotosMissing      the category wants a photo
    ├── TooManyPhotos      more than anybody looks at
    ├── Unanswered         an item of the checklist must be answered
    ├── NoteMissing        what is not as it should be needs a word
    └── ChecklistChanged   an answer to an item that is not asked any more
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class EvidenceMissing(DomainError):
    """Something is to be shown first."""

    @property
    def line_id(self) -> int | None:
        """Return the line that it is about; none when it is about all."""
        found = self.facts.get("line_id")
        return found if isinstance(found, int) else None


class SignaturesMissing(EvidenceMissing):
    """The category lets nothing go out or come back unsigned."""

    template = _(
        "{category} needs the signatures of borrower and clerk. Let both sign on the screen, or "
        "add the paper that both have signed."
    )


class SignatureRefused(EvidenceMissing):
    """A signature is blank, or no picture."""

    template = _("The signature of {party} {why}. Clear it and sign again.")


class PhotosMissing(EvidenceMissing):
    """The category wants a photo."""

    template = _("{asset}: {category} needs at least one photo. Take it and add it to this asset.")


class TooManyPhotos(EvidenceMissing):
    """More than anybody looks at."""

    template = _("{asset}: at most {most} photos are kept. Choose those that show the most.")


class Unanswered(EvidenceMissing):
    """An item of the checklist must be answered."""

    template = _("{asset}: answer “{item}” with yes or no.")


class NoteMissing(EvidenceMissing):
    """What is not as it should be needs a word."""

    template = _("{asset}: “{item}” is answered with no. Write beside it what is wrong.")


class ChecklistChanged(EvidenceMissing):
    """An answer to an item that is not asked any more."""

    template = _("{asset}: the checklist was changed meanwhile. Reload the page and answer again.")
