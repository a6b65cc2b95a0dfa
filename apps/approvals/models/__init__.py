"""Policies say who must agree; a request asks them; a decision is one person's answer."""

from apps.approvals.models.canned_reason import CannedReason
from apps.approvals.models.decision import Decision
from apps.approvals.models.escalation import Escalation
from apps.approvals.models.forward import Forward
from apps.approvals.models.policy import Level, Policy
from apps.approvals.models.request import ApprovalRequest, InterestedParty, RequestQuerySet
from apps.approvals.models.substitution import Substitution
from apps.approvals.models.trust import TrustedPerson

__all__ = [
    "ApprovalRequest",
    "CannedReason",
    "Decision",
    "Escalation",
    "Forward",
    "InterestedParty",
    "Level",
    "Policy",
    "RequestQuerySet",
    "Substitution",
    "TrustedPerson",
]
