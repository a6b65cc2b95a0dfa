"""Approvals: who decided what, for whom, and how long it took."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import scopes
from apps.approvals.states import Status, Verdict
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

_CONCLUDED = """
SELECT * FROM approval_requests
 WHERE status <> 'pending'
   AND concluded_at >= %(from_on)s::date::timestamp AT TIME ZONE %(zone)s
   AND concluded_at < (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s
"""

# One line for each decision; a request that nobody had to decide on has a line of its own.
_ROWS = """
SELECT {scope}, request.title, requester.display_name, request.requested_at, {status},
       coalesce(decision.level::text, ''), coalesce(decider.display_name, {undecided}),
       coalesce(absent.display_name, ''), coalesce({verdict}, ''), decision.decided_at,
       round(extract(epoch FROM coalesce(decision.decided_at, request.concluded_at)
                                - request.requested_at) / 3600, 1),
       coalesce(decision.reason, ''), request.concluded_at, 'AR-' || request.id, request.id
  FROM ({concluded}) AS request
  JOIN users AS requester ON requester.id = request.requester_id
  LEFT JOIN approval_decisions AS decision ON decision.request_id = request.id
  LEFT JOIN users AS decider ON decider.id = decision.decider_id
  LEFT JOIN users AS absent ON absent.id = decision.on_behalf_of_id
 ORDER BY request.concluded_at, request.id, decision.level, decision.id
"""

_FIGURES = """
SELECT count(*), count(*) FILTER (WHERE automatic_for_id IS NOT NULL),
       round((percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM concluded_at - requested_at) / 3600))::numeric, 1)
  FROM ({concluded}) AS request
"""

_LISTED = """
SELECT count(decision.id)
  FROM ({concluded}) AS request
  LEFT JOIN approval_decisions AS decision ON decision.request_id = request.id
"""

_RECORDED = """
SELECT count(*)
  FROM ({concluded}) AS request
  JOIN audit_logs AS event
    ON event.target_type_id = (SELECT id FROM django_content_type
                                WHERE app_label = 'approvals' AND model = 'approvalrequest')
   AND event.target_id = request.id::text
   AND event.action IN ('approvals.approved', 'approvals.rejected', 'approvals.returned')
   AND event.outcome = 'done'
"""

# Concluded by a decision, and none is there that says so.
_UNEXPLAINED = """
SELECT count(*) FROM ({concluded}) AS request
 WHERE automatic_for_id IS NULL AND status IN ('approved', 'rejected', 'returned')
   AND NOT EXISTS (
       SELECT FROM approval_decisions AS decision
        WHERE decision.request_id = request.id
          AND decision.verdict = CASE request.status WHEN 'approved' THEN 'approve'
                                      WHEN 'rejected' THEN 'reject' ELSE 'return' END)
"""

_BY_DECIDER = """
SELECT decider.display_name, count(*)
  FROM ({concluded}) AS request
  JOIN approval_decisions AS decision ON decision.request_id = request.id
  JOIN users AS decider ON decider.id = decision.decider_id
 GROUP BY decider.id ORDER BY 2 DESC, 1, decider.id LIMIT 10
"""


class Approvals(Report):
    """Each decision on the requests that ended in a period, and how long it took."""

    slug = "approvals"
    title = gettext_lazy("Approvals")
    description = gettext_lazy(
        "Requests that ended in a period: who asked, who decided on which level and for whom, the "
        "verdict, and the hours from the request to the decision."
    )
    proof = gettext_lazy("the decisions in the audit log")
    icon = "how_to_reg"
    group = Group.CONTROL
    permission = "approvals.view_approvalrequest"
    form = PeriodForm
    is_landscape = True
    columns = (
        Column("scope", gettext_lazy("Matter"), width=24),
        Column(
            "title",
            gettext_lazy("What"),
            width=62,
            link=Link("approvals_approvalrequest", by="request_id"),
        ),
        Column("requester", gettext_lazy("Requested by"), width=32),
        Column("requested_at", gettext_lazy("Requested at"), Kind.MOMENT, width=27),
        Column("status", gettext_lazy("Status"), width=22),
        Column("level", gettext_lazy("Level"), width=12),
        Column("decider", gettext_lazy("Decided by"), width=32),
        Column("on_behalf_of", gettext_lazy("For"), width=26),
        Column("verdict", gettext_lazy("Verdict"), width=20),
        Column("decided_at", gettext_lazy("Decided at"), Kind.MOMENT),
        Column("hours", gettext_lazy("Hours"), Kind.DECIMAL, width=16, unit=gettext_lazy("hours")),
        Column("reason", gettext_lazy("Reason")),
        Column("concluded_at", gettext_lazy("Ended at"), Kind.MOMENT),
        Column("request", gettext_lazy("Request")),
        Column("request_id", gettext_lazy("Request"), Kind.KEY),
    )
    row_key = ("request", "level", "decider")

    def query(self, answers: Answers) -> Query:
        """Return the decisions by the end of their request, level and number."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:  # noqa: ARG002  (counted anew)
        """Return that each decision was recorded, and that no request ended without one."""
        ((requests, automatic, median),) = self._asked(_FIGURES, answers).rows()
        ((listed,),) = self._asked(_LISTED, answers).rows()
        ((recorded,),) = self._asked(_RECORDED, answers).rows()
        ((unexplained,),) = self._asked(_UNEXPLAINED, answers).rows()
        return Frame(
            tie_outs=[
                TieOut(
                    _("Decisions = recorded in the audit log"),
                    expected=recorded,
                    found=listed,
                    source=_("audit events of decisions on these requests"),
                ),
                TieOut(
                    _("Requests that were decided without a decision"),
                    expected=0,
                    found=unexplained,
                    source=_(
                        "what is approved, rejected or sent back was decided, or is automatic"
                    ),
                ),
            ],
            figures=[
                (_("Requests"), f"{requests:,}"),
                (_("Decisions"), f"{listed:,}"),
                (_("Automatic"), f"{automatic:,}"),
                (_("Median, hours"), "–" if median is None else f"{median:,}"),
            ],
            chart=self._chart(answers),
        )

    def _chart(self, answers: Answers) -> Chart | None:
        counts = self._asked(_BY_DECIDER, answers).rows()
        bars = [Bar(name, count, f"{count:,}") for name, count in counts]
        return Chart(_("Decisions by person, the ten with the most"), bars) if bars else None

    def _asked(self, sql: str, answers: Answers) -> Query:
        known = [(slug, scope.label) for slug, scope in sorted(scopes.registered.items())]
        undecided = label_of(
            "(request.automatic_for_id IS NOT NULL)::text",
            [("true", _("automatic"))],
            otherwise=_("nobody"),
        )
        return Query(
            sql.format(
                concluded=_CONCLUDED,
                scope=label_of("request.scope", known),
                status=label_of("request.status", Status.choices),
                verdict=label_of("decision.verdict", Verdict.choices),
                undecided=undecided,
            ),
            {**self.parameters(answers), "zone": settings.TIME_ZONE},
        )
