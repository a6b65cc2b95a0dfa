"""Pages of the approvals: the queue of those who decide, and the policies."""

from apps.approvals.admin.policies import PolicyAdmin
from apps.approvals.admin.requests import ApprovalRequestAdmin

__all__ = ["ApprovalRequestAdmin", "PolicyAdmin"]
