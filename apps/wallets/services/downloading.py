"""Handing out evidence: each time with a trace, and only as it was attached."""

import hashlib
from typing import TYPE_CHECKING

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.errors import EvidenceDamaged
from apps.wallets.models import Evidence

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def download_evidence(evidence_id: int, *, actor: "User") -> tuple[Evidence, bytes]:
    """Return a file and its content, and keep who took it.

    Raises:
        EvidenceDamaged: the file is gone, or is not the one that was attached.
    """
    actor.require("wallets.view_evidence")
    evidence = Evidence.objects.select_related("adjustment").get(pk=evidence_id)
    try:
        with evidence.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise EvidenceDamaged(name=evidence.name) from None
    if hashlib.sha256(content).hexdigest() != evidence.sha256:
        raise EvidenceDamaged(name=evidence.name)
    audit.record(
        "wallets.evidence_downloaded",
        actor=actor,
        target=evidence.adjustment,
        after={"name": evidence.name, "sha256": evidence.sha256},
    )
    return evidence, content
