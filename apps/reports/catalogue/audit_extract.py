"""The audit extract: what was done in a period, and that the seals cover it."""

from django import forms
from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit.models import Outcome, Source
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

_IN_PERIOD = """event.at >= %(from_on)s::date::timestamp AT TIME ZONE %(zone)s
   AND event.at < (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s"""

_WANTED = """
SELECT event.* FROM audit_logs AS event
 WHERE {in_period}
   AND (%(actor)s = '' OR event.actor_name = %(actor)s
        OR event.actor_id IN (SELECT id FROM users WHERE email = %(actor)s))
   AND starts_with(event.action, %(action)s)
   AND (%(target)s = '' OR event.target_type_id IN (
        SELECT id FROM django_content_type WHERE app_label || '.' || model = %(target)s))
"""

_ROWS = """
SELECT event.id, event.at, event.actor_name, coalesce(absent.display_name, ''), event.action,
       event.target_label, {outcome}, {source}, event.reason, event.request_id::text,
       coalesce(kind.app_label || '.' || kind.model, ''), event.target_id,
       coalesce(host(event.ip_address), ''),
       CASE WHEN event.before = '{{}}' THEN '' ELSE event.before::text END,
       CASE WHEN event.after = '{{}}' THEN '' ELSE event.after::text END,
       event.id
  FROM ({wanted}) AS event
  LEFT JOIN users AS absent ON absent.id = event.on_behalf_of_id
  LEFT JOIN django_content_type AS kind ON kind.id = event.target_type_id
 ORDER BY event.at, event.id
"""

# What no seal covers yet came after the last one; a restored database counts transactions anew.
# An older row without a seal was slipped in; an id in a seal without a row was taken away.
_SEALS = """
WITH wanted AS MATERIALIZED ({wanted}),
span AS (SELECT min(event.id) AS first, max(event.id) AS last
           FROM audit_logs AS event WHERE {in_period}),
last AS (SELECT below FROM audit_blocks ORDER BY number DESC LIMIT 1),
sealed AS (
SELECT covered.id
  FROM audit_blocks AS block, span, unnest(block.event_ids) AS covered (id)
 WHERE block.event_ids[1] <= span.last
   AND block.event_ids[cardinality(block.event_ids)] >= span.first
   AND covered.id BETWEEN span.first AND span.last),
since AS (
SELECT wanted.id FROM wanted
 WHERE (wanted.xid::text::bigint >= coalesce((SELECT below FROM last), 0)
        OR pg_snapshot_xmin(pg_current_snapshot())::text::bigint < (SELECT below FROM last))
   AND wanted.id NOT IN (SELECT id FROM sealed))
SELECT (SELECT count(*) FROM wanted JOIN sealed ON sealed.id = wanted.id),
       (SELECT count(*) FROM since),
       (SELECT count(*) FROM sealed
         WHERE NOT EXISTS (SELECT FROM audit_logs AS event WHERE event.id = sealed.id)),
       (SELECT count(*) FROM wanted WHERE outcome = 'denied')
"""

_BY_ACTION = """
SELECT split_part(event.action, '.', 1), count(*) FROM ({wanted}) AS event
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12
"""


def _kinds() -> list[tuple[str, str]]:
    """Return what events can be about: the things of this office, in its own words."""
    ours = [
        (one._meta.label_lower, str(one._meta.verbose_name))
        for one in apps.get_models()
        if one.__module__.startswith("apps.") and one._meta.default_permissions
    ]
    return [("", str(_("anything"))), *sorted(ours, key=lambda kind: (kind[1], kind[0]))]


class AuditForm(PeriodForm):
    """A period, and which events of it."""

    actor = forms.CharField(
        label=gettext_lazy("Actor"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("e-mail, or the whole name as it was; empty: everybody"),
    )
    action = forms.CharField(
        label=gettext_lazy("Action"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("or its beginning, such as “wallets.”; empty: every action"),
    )
    target = forms.ChoiceField(label=gettext_lazy("About"), required=False, choices=_kinds)

    field_order = ("from_on", "until_on", "actor", "action", "target")


class AuditExtract(Report):
    """The events of a period, with what was before and after, and that the seals cover them."""

    slug = "audit-extract"
    title = gettext_lazy("Audit extract")
    description = gettext_lazy(
        "What was done, or denied, in a period: when, by whom, to what, through which door; with "
        "what was before and after in the CSV. Making it is itself recorded."
    )
    proof = gettext_lazy("the seals of the audit log")
    icon = "policy"
    group = Group.CONTROL
    permission = "audit.view_auditevent"
    asks_for_step_up = True
    form = AuditForm
    is_landscape = True
    columns = (
        Column(
            "event",
            gettext_lazy("Event"),
            Kind.COUNT,
            width=17,
            link=Link("audit_auditevent", by="event_id"),
        ),
        Column("at", gettext_lazy("At"), Kind.MOMENT, width=27),
        Column("actor", gettext_lazy("Actor’s name then"), width=34),
        Column("on_behalf_of", gettext_lazy("On behalf of"), width=26),
        Column("action", gettext_lazy("Action"), width=44),
        Column("target", gettext_lazy("Target then"), width=50),
        Column("outcome", gettext_lazy("Outcome"), width=17),
        Column("source", gettext_lazy("Source"), width=16),
        Column("reason", gettext_lazy("Reason"), width=42),
        Column("request", gettext_lazy("Request")),
        Column("kind", gettext_lazy("Kind of target")),
        Column("target_id", gettext_lazy("Target’s id")),
        Column("address", gettext_lazy("Address")),
        Column("before", gettext_lazy("Before")),
        Column("after", gettext_lazy("After")),
        Column("event_id", gettext_lazy("Event"), Kind.KEY),
    )
    row_key = ("event",)

    def query(self, answers: Answers) -> Query:
        """Return the events as they happened."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that every listed event is sealed or newer than the seals, and none is missing."""
        ((sealed, unsealed, missing, denied),) = self._asked(_SEALS, answers).rows()
        return Frame(
            tie_outs=[
                TieOut(
                    _("Events = sealed, and those since the last seal"),
                    expected=sealed + unsealed,
                    found=totals.row_count,
                    source=_("events that the blocks of seals name"),
                ),
                TieOut(
                    _("Events that a seal names and the log lacks, between the first and the last"),
                    expected=0,
                    found=missing,
                    source=_("events that the blocks of seals name"),
                ),
            ],
            figures=[
                (_("Events"), f"{totals.row_count:,}"),
                (_("Sealed"), f"{sealed:,}"),
                (_("Not sealed yet"), f"{unsealed:,}"),
                (_("Denied"), f"{denied:,}"),
            ],
            chart=self._chart(answers),
        )

    def _chart(self, answers: Answers) -> Chart | None:
        counts = self._asked(_BY_ACTION, answers).rows()
        bars = [Bar(area, count, f"{count:,}") for area, count in counts]
        return Chart(_("Events by part of the business"), bars) if bars else None

    def _asked(self, sql: str, answers: Answers) -> Query:
        return Query(
            sql.format(
                wanted=_WANTED.format(in_period=_IN_PERIOD),
                in_period=_IN_PERIOD,
                outcome=label_of("event.outcome", Outcome.choices),
                source=label_of("event.source", Source.choices),
            ),
            {**self.parameters(answers), "zone": settings.TIME_ZONE},
        )
