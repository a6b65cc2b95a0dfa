"""What an office has besides the demo: for each kind of thing, one in every state that is asked.

Everything is there twice: once of Boris, who borrows from Lars, and once of Bella, who borrows from
Lena. Staff make theirs through the API, each what their role lets them.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.models import CannedReason
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.models import Asset, Category, Tariff
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.reports.models import ReportFile, ReportRun
from apps.reports.states import Status as RunStatus
from apps.tickets import services as tickets
from apps.tickets.models import Claim, Handing, Ticket
from apps.tickets.receipts import making, paper
from apps.tickets.states import Visibility
from apps.wallets import services as wallets
from apps.wallets.models import ReasonCode
from apps.wallets.states import Direction, Role, TransactionKind
from apps.webhooks.models import Message
from apps.webhooks.states import MessageStatus
from project.tests.rights.bodies import BATCH, REGISTER, WHY, day, person, picture, sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from project.testing.api import ApiClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def furnish(clients: "Sequence[tuple[User, ApiClient]]") -> None:
    """Bring all of it into the demo office."""
    for name, role in (("approver2", "Lending approver"), ("wallets2", "Wallet clerk")):
        somebody = User.objects.create_user(
            f"{name}@demo.example", "never-signs-in-2026", display_name=name, is_staff=True
        )
        somebody.groups.set([Group.objects.get(name=role)])
    for name in ("boris", "bella", "ben"):
        _pay_in(person(name), 50_000_00)
    pairs = (Pair(person("boris"), person("lars")), Pair(person("bella"), person("lena")))
    for pair in pairs:
        _tickets(pair)
        _claims(pair)
        _money(pair)
    _waiting(pairs)
    for name in ("wallets", "wallets2"):
        _adjustments(person(name))
    for place, (_person, client) in enumerate(clients):
        _own(client, f"http://127.0.0.1:9/{place}")
    _office()


class Pair(NamedTuple):
    """Somebody who borrows, and of whom."""

    borrower: User
    lender: User

    def assets(self, count: int) -> list[Asset]:
        """Register so many new assets."""
        number = Asset.objects.count()
        return [
            assets.register(
                actor=person("clerk"),
                tag=f"PRO-{number + place}",
                name="Stage lamp",
                category=Category.objects.get(name="Power tools"),
                lender=self.lender,
                value=10_000_00,
                currency="USD",
            )
            for place in range(count)
        ]

    def asked(self, count: int = 1) -> Ticket:
        """Ask for so many new assets, from now on."""
        now = tickets.walk_in_start()
        drafted = self.drafted(now, now + 2 * DAY, count)
        return tickets.submit(drafted.pk, actor=self.borrower)

    def drafted(self, starts_at: "datetime", ends_at: "datetime", count: int = 1) -> Ticket:
        """Draft a ticket of so many new assets."""
        return tickets.draft(
            borrower=self.borrower,
            starts_at=starts_at.replace(second=0, microsecond=0),
            ends_at=ends_at.replace(second=0, microsecond=0),
            purpose="Theatre",
            asset_ids=[asset.pk for asset in self.assets(count)],
            actor=self.borrower,
        )

    def approved(self, count: int = 1) -> Ticket:
        """Let a new ticket be approved."""
        ticket = self.asked(count)
        decide(ticket)
        return ticket

    def out(self, count: int = 1, *, stay: int = 0) -> Ticket:
        """Hand a new ticket over, but for so many of its lines."""
        ticket = self.approved(count)
        going = list(ticket.lines.order_by("pk"))[: count - stay]
        lines = [tickets.LineOut(line.pk, "good") for line in going]
        return tickets.hand_over(ticket.pk, lines=lines, actor=person("clerk"))

    def back(self, count: int = 1) -> Ticket:
        """Take a new ticket back."""
        ticket = self.out(count)
        lines = [tickets.LineIn(line.pk, "good") for line in ticket.lines.all()]
        return tickets.take_back(ticket.pk, lines=lines, actor=person("clerk"))


def decide(subject: Any, verdict: Verdict = Verdict.APPROVE) -> None:
    """Let everybody say this whom the policy asks."""
    names = iter(("approver", "controller", "controller2"))
    while request := approval_questions.open_request_of(subject):
        decider = person(next(names))
        if approval_questions.waiting_for(decider).filter(pk=request.pk).exists():
            approvals.decide(request.pk, verdict=verdict, actor=decider, reason="Said so")


def _pay_in(owner: User, amount: int) -> None:
    wallet = wallets.wallet_for(owner, "USD", actor=User.objects.system())
    entries = [
        wallets.Entry(wallets.system_wallet(Role.CASH, "USD").pk, -amount),
        wallets.Entry(wallet.pk, amount),
    ]
    wallets.post(
        TransactionKind.OPENING,
        entries,
        actor=User.objects.system(),
        key=f"rights:{owner.pk}:{amount}",
        description="Opening balance",
    )


def _tickets(pair: Pair) -> None:
    """Bring in tickets on every step of their way, with words and files, and a spare asset."""
    now = timezone.now()
    spare, broken, missing, busy = pair.assets(4)
    Asset.objects.filter(pk=spare.pk).update(tag=f"SPARE-{pair.borrower.pk}")
    assets.send_to_maintenance(broken.pk, actor=person("clerk"), reason=WHY["reason"])
    assets.lose(missing.pk, actor=person("clerk"), **WHY)
    assets.black_out(busy.pk, now + DAY, now + 2 * DAY, actor=pair.lender, **WHY)
    pair.drafted(now + DAY, now + 3 * DAY)
    pair.asked()
    pair.approved()
    pair.out(2, stay=1)
    pair.back()
    longer = pair.out()
    tickets.request_extension(
        longer.pk, until=longer.ends_at + DAY, reason="Encore", actor=pair.borrower
    )
    for somebody in (pair.borrower, pair.lender, person("clerk"), person("approver")):
        tickets.comment(
            longer.pk,
            body="Here it is",
            visibility=Visibility.EVERYBODY,
            files=[picture("front")],
            actor=somebody,
        )
    for handing in Handing.objects.filter(ticket=longer):
        with mock.patch.object(paper, "pdf_of", return_value=b"%PDF-1.7\n%%EOF\n"):
            making.make(handing.pk)


def _claims(pair: Pair) -> None:
    """Bring in a claim that waits, one sent back, a loss, and a debt of who cannot pay."""
    clerk = person("clerk")
    damaged = pair.back(2)
    findings = [tickets.Finding(line.pk, 20_00, "Bent") for line in damaged.lines.all()]
    tickets.inspect(damaged.pk, findings=findings, actor=clerk)
    decide(Claim.objects.filter(line__ticket=damaged).latest("pk"), Verdict.RETURN)
    gone = pair.out()
    (line,) = gone.lines.all()
    claim = tickets.declare_lost(gone.pk, line_id=line.pk, reason="Burnt", value=1_00, actor=clerk)
    decide(claim)
    ruined = pair.back()
    findings = [tickets.Finding(line.pk, 99_000_00, "Ruined") for line in ruined.lines.all()]
    tickets.inspect(ruined.pk, findings=findings, actor=clerk)
    decide(Claim.objects.get(line__ticket=ruined))
    accounts.lift_suspension(pair.borrower.pk, reason="They will pay", actor=person("approver"))
    _pay_in(pair.borrower, 40_000_00)


def _money(pair: Pair) -> None:
    """Bring in wallets in every state, and money set aside by hand."""
    clerk, controller = person("wallets"), person("controller")
    for currency in ("EUR", "GBP", "JPY"):
        wallet = wallets.open_wallet(pair.borrower, currency, actor=clerk)
        if currency == "JPY":
            wallets.freeze(wallet.pk, actor=controller, **WHY)
    wallets.place_hold_by_hand(
        pair.borrower.wallets.get(currency="USD").pk,
        5_00,
        actor=clerk,
        key=f"rights:{pair.borrower.pk}",
        reason=WHY["reason"],
    )


def _waiting(pairs: "Iterable[Pair]") -> None:
    """Bring in one who waits for what is out, and offer it to them."""
    for pair in pairs:
        out = Pair(person("ben"), pair.lender).out()
        (line,) = out.lines.all()
        tickets.join_waiting_list(
            person=pair.borrower,
            asset=line.asset,
            length=DAY,
            purpose="Theatre",
            actor=pair.borrower,
        )
        back = [tickets.LineIn(line.pk, "good")]
        tickets.take_back(out.pk, lines=back, actor=person("clerk"))
    tickets.offer_what_is_free(now=timezone.now() + HOUR, actor=User.objects.system())


def _adjustments(clerk: User) -> None:
    """Bring in adjustments and batches that are drafts, that wait, and one that is posted."""
    wallet = person("bella").wallets.get(currency="USD")
    for step in ("draft", "pending", "posted"):
        asked = wallets.request_adjustment(
            wallet_id=wallet.pk,
            direction=Direction.CREDIT,
            amount=3_00,
            reason_code=ReasonCode.objects.get(code="goodwill"),
            note=step,
            files=[ContentFile(b"So it was", name="note.txt")],
            actor=clerk,
        )
        if step != "draft":
            wallets.submit_adjustment(asked.pk, actor=clerk)
        if step == "posted":
            decide(asked)
    for step in ("draft", "pending"):
        batch = wallets.request_batch(
            content=BATCH,
            file_name="a.csv",
            note=step,
            files=[ContentFile(b"So it was", name="note.txt")],
            actor=clerk,
        )
        if step == "pending":
            wallets.submit_batch(batch.pk, actor=clerk)


def _own(client: "ApiClient", url: str) -> None:
    """Let one person make what everybody of their role may have of their own."""
    for days in (0, -1):
        run = {"parameters": {"on": day(days)[:10]}, "formats": ["csv"]}
        client.post("/reports/overdue-loans/runs", run)
    schedule = {
        "name": "Late every morning",
        "report": "overdue-loans",
        "parameters": {"on": "today"},
        "formats": ["csv"],
        "cron": "0 6 * * *",
    }
    for step in ("runs", "paused"):
        kept = client.post("/report-schedules", schedule | {"name": step})
        if kept.status_code == 201 and step == "paused":
            client.post(f"/report-schedules/{kept.json()['id']}/pause", WHY)
        row = client.post("/webhooks", {"url": f"{url}/{step}", "events": ["ticket.submitted"]})
        path = f"/webhooks/{row.json()['id']}"
        client.post(f"{path}/test")
        if step == "paused":
            client.post(f"{path}/pause", WHY)
    client.upload("/asset-imports", {"file": sheet(REGISTER), "body": '{"currency": "USD"}'})


def _office() -> None:
    """Bring in what is the office’s: files of runs, failures, seals, prices, a closed month."""
    Message.objects.update(status=MessageStatus.FAILED, finished_at=timezone.now())
    for requester in User.objects.filter(pk__in=ReportRun.objects.values("requester")):
        run = ReportRun.objects.filter(requester=requester).earliest("pk")
        run.status = RunStatus.DONE
        run.finished_at = run.expires_at = timezone.now() + DAY
        run.rows_total = run.rows_done = 1
        run.save()
        kept = default_storage.save("reports/rights.csv", ContentFile(b"a,b\r\n"))
        ReportFile.objects.create(
            run=run, format="csv", file=kept, name="rights.csv", size=5, sha256="12" * 32
        )
    CannedReason.objects.create(verdict=Verdict.REJECT, text="Out of season.")
    accounts.suspend(person("ben").pk, until=timezone.now() + DAY, actor=person("approver"), **WHY)
    tariff = Tariff.objects.get(name="Tools")
    tariff.day_price = (tariff.day_price or 0) + 1_00
    tariff.save()
    begun = timezone.now() - timedelta(days=70)
    wallets.close_period(timezone.localdate(begun), actor=person("controller"), **WHY)
    # Events of a transaction that has not ended are not sealed: a block of theirs is made here.
    events = list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True)[:3])
    with mock.patch("apps.audit.services.unsealed", return_value=events):
        audit.seal(actor=User.objects.system())
