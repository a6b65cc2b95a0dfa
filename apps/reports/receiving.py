"""Who gets a report that runs by itself, and what they are told of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.notifications import services as notifications
from apps.notifications.services import Attachment
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.states import Status

if TYPE_CHECKING:
    from apps.reports.models import ReportFile, ReportRun, ReportScheduleFire

LARGEST_ATTACHMENT = 10 * 1024 * 1024
"""Bytes; many mail servers refuse more."""


def may_receive(person: User, report: str) -> bool:
    """Tell whether somebody may sign in, and run and download this report."""
    known = CATALOGUE.get(report)
    return (
        known is not None
        and person.is_active
        and person.is_staff
        and person.has_perms(("reports.run_report", "reports.download_report", known.permission))
    )


def tell(run: "ReportRun", subject: str, body: str = "") -> None:
    """Tell whoever asked, and all to whom the run goes by a schedule, how it ended."""
    fires = list(run.fires.select_related("schedule__owner").order_by("pk"))
    title = find(run.report).title_for(run.parameters)
    if not fires:
        _announce(run, {run.requester}, subject.format(report=title), body, None)
    for fire in fires:
        words = _("“{report}” ({schedule})").format(report=title, schedule=fire.schedule.name)
        # The subject carries its own quotation marks.
        line = subject.replace("“{report}”", words.replace("{", "{{").replace("}", "}}")).format(
            report=title
        )
        _tell_of(fire, run, line, body)


def _tell_of(fire: "ReportScheduleFire", run: "ReportRun", subject: str, body: str) -> None:
    addressed = set(fire.recipients.all())
    allowed = {person for person in addressed if may_receive(person, run.report)}
    tell_left_out(fire, addressed - allowed)
    owner = fire.schedule.owner
    people = allowed | {owner}
    file, remark = _attached(fire, run)
    if file is None:
        attachment = None
    else:
        attachment = Attachment(path=str(file.file), name=file.name, sha256=file.sha256)
        audit.record(
            "reports.attached",
            actor=owner,
            target=run,
            after={
                "file": file.name,
                "sha256": file.sha256,
                "to": sorted(person.email for person in people),
            },
        )
    text = "\n\n".join(filter(None, (body, remark)))
    _announce(run, people, subject, text, attachment)


def _announce(
    run: "ReportRun",
    people: Iterable[User],
    subject: str,
    body: str,
    attachment: Attachment | None,
) -> None:
    notifications.announce(
        f"reports.{run.status}",
        to=people,
        about=run,
        subject=subject,
        body=body,
        attachment=attachment,
    )


def _attached(fire: "ReportScheduleFire", run: "ReportRun") -> "tuple[ReportFile | None, str]":
    """Return the file that goes along, or in words why none does although one was wished for."""
    if not fire.attached or run.status != Status.DONE:
        return None, ""
    file = run.files.filter(format=fire.attached).first()
    if file is None or not fire.schedule.owner.has_perm("reports.attach_report"):
        return None, _("The file is not attached: the owner may no longer attach reports.")
    if file.size > LARGEST_ATTACHMENT:
        return None, _("The file is larger than 10 MB and not attached. Open the link instead.")
    return file, ""


def tell_left_out(fire: "ReportScheduleFire", people: Iterable[User]) -> None:
    """Tell the owner who gets nothing, once for each run and person."""
    for person in sorted(people, key=lambda person: person.pk):
        notifications.announce(
            "reports.recipient_left_out",
            to=fire.schedule.owner,
            about=fire.schedule,
            subject=_("{person} no longer gets “{schedule}”").format(
                person=person, schedule=fire.schedule.name
            ),
            body=_(
                "They may not run and download this report any more, or do not sign in. "
                "Take them off the schedule, or ask an administrator."
            ),
            key=f"{fire.pk}-{person.pk}",
        )
