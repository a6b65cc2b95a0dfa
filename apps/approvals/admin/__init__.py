"""Pages of the approvals: the queue of those who decide, policies, absences and trust."""

from apps.approvals.admin.absences import SubstitutionAdmin
from apps.approvals.admin.canned_reasons import CannedReasonAdmin
from apps.approvals.admin.policies import PolicyAdmin
from apps.approvals.admin.requests import ApprovalRequestAdmin
from apps.approvals.admin.trust import TrustedPersonAdmin

__all__ = [
    "ApprovalRequestAdmin",
    "CannedReasonAdmin",
    "PolicyAdmin",
    "SubstitutionAdmin",
    "TrustedPersonAdmin",
]
