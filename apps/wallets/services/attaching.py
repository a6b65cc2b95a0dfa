"""Attaching evidence to what it speaks for: an adjustment, or a batch of them."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile, File

from apps.audit import services as audit
from apps.common import pictures
from apps.wallets.models import Adjustment, AdjustmentBatch, Evidence

if TYPE_CHECKING:
    from apps.accounts.models import User


def attach(
    subject: Adjustment | AdjustmentBatch, files: Iterable["File[bytes]"], *, actor: "User"
) -> None:
    """Keep the files as evidence of `subject`, each with its digest.

    Raises:
        FileRefused: one of them is not what evidence may be; none is kept then.
    """
    which = "adjustment" if isinstance(subject, Adjustment) else "batch"
    # All of them first, so that a refused file leaves none behind in the storage.
    for checked in [pictures.cleaned(file) for file in files]:
        evidence = Evidence.objects.create(
            **{which: subject},
            # Never under a name that somebody chose: it could be guessed, or mean something.
            file=ContentFile(checked.content, name=f"{uuid.uuid4()}{checked.suffix}"),
            name=checked.name,
            content_type=checked.content_type,
            size=len(checked.content),
            sha256=checked.sha256,
            added_by=actor,
        )
        audit.record(
            "wallets.evidence_added",
            actor=actor,
            target=subject,
            after={"name": evidence.name, "size": evidence.size, "sha256": evidence.sha256},
        )
