"""What must hold for batches of adjustments, as the check of the books asks it.

Each is a statement whose first row breaks the rule, and the sentence that says so.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

BATCH_RULES: "tuple[tuple[str, _StrOrPromise], ...]" = (
    (
        """
        SELECT asked.batch, asked.file_line AS line FROM (
            SELECT b.id AS batch, t.id AS posted_as, l.number, l.file_line, l.wallet_id,
                CASE l.direction WHEN 'credit' THEN l.amount ELSE -l.amount END AS amount
            FROM adjustment_batches b
            JOIN adjustment_lines l ON l.batch_id = b.id AND l.file_number = b.file_number
            LEFT JOIN ledger_transactions t ON t.id = b.transaction_id AND t.kind = 'adjustment'
                AND t.about_id = b.id AND t.about_type_id = (
                    SELECT id FROM django_content_type
                    WHERE app_label = 'wallets' AND model = 'adjustmentbatch')
            WHERE b.status = 'approved'
        ) asked
        LEFT JOIN ledger_entries e ON e.transaction_id = asked.posted_as
            AND e.line = asked.number
        WHERE (e.wallet_id, e.amount) IS DISTINCT FROM (asked.wallet_id, asked.amount)
        ORDER BY asked.batch, asked.number LIMIT 1
        """,
        _("Line {line} of batch B-{batch} and what was posted for it differ."),
    ),
    (
        """
        SELECT b.id AS batch, b.line_count AS should, l.count AS is_count
        FROM adjustment_batches b LEFT JOIN LATERAL (
            SELECT count(*), coalesce(sum(amount), 0) AS total FROM adjustment_lines
            WHERE batch_id = b.id AND file_number = b.file_number
        ) l ON true
        WHERE b.line_count <> l.count OR b.credit + b.debit <> l.total ORDER BY b.id LIMIT 1
        """,
        _("Batch B-{batch} says that it has {should} lines, and its {is_count} lines differ."),
    ),
    (
        """
        SELECT b.id AS batch, u.display_name AS requester FROM adjustment_batches b
        JOIN users u ON u.id = b.requester_id
        WHERE b.status = 'approved' AND NOT EXISTS (
            SELECT FROM approval_decisions d JOIN approval_requests r ON r.id = d.request_id
            WHERE r.scope = 'adjustment_batch' AND r.subject_id = b.id AND r.status = 'approved'
                AND d.verdict = 'approve' AND d.decider_id <> b.requester_id
        ) ORDER BY b.id LIMIT 1
        """,
        _("Batch B-{batch} of {requester} was approved by nobody else."),
    ),
)
