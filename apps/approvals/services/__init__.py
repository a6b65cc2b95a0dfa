"""Asking for approval, and deciding.

The subject's own part calls `open_request` and `withdraw` while it holds the lock of its row;
`decide` takes that lock first, through the scope, so that everybody locks in the same order.
"""

from apps.approvals.services.absences import end_absence, name_substitute
from apps.approvals.services.asking import expire, open_request, withdraw
from apps.approvals.services.deciding import Outcome, decide, decide_many
from apps.approvals.services.forwarding import forward
from apps.approvals.services.policies import Choice, choose, load_policies, policy_for
from apps.approvals.services.reminding import remind_and_escalate
from apps.approvals.services.trusting import end_trust, trust

__all__ = [
    "Choice",
    "Outcome",
    "choose",
    "decide",
    "decide_many",
    "end_absence",
    "end_trust",
    "expire",
    "forward",
    "load_policies",
    "name_substitute",
    "open_request",
    "policy_for",
    "remind_and_escalate",
    "trust",
    "withdraw",
]
