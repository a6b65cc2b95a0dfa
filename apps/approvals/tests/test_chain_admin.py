"""The pages of absences, trust, canned reasons, and the dialog that forwards."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals.models import (
    ApprovalRequest,
    CannedReason,
    Forward,
    Policy,
    Substitution,
    TrustedPerson,
)
from apps.approvals.states import Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.approvals.tests.test_absences import away
from apps.approvals.tests.test_policy_admin import form as policy_form
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

SENT = {"_form_submitted": "on"}


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:approvals_{name}", args=args)


def text(response: Any) -> str:
    return str(response.content.decode())


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def absence_form(person: User, substitute: User, **fields: Any) -> dict[str, Any]:
    now = timezone.localtime()
    return {
        **SENT,
        "person": person.pk,
        "substitute": substitute.pk,
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}",
        "reason": "Holiday",
        **fields,
    }


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for M-1; one lending approver decides."""
    return matters.ask(clara, title="M-1")


def test_one_names_a_substitute_for_oneself_and_ends_it(anna: User, arno: User) -> None:
    browser = signed_in(anna)
    assert "Nobody is away" in text(browser.get(address("substitution_changelist")))
    browser.post(address("substitution_name"), absence_form(anna, arno))
    absence = Substitution.objects.get()
    assert (absence.person, absence.substitute, absence.named_by) == (anna, arno, anna)
    assert absence.ends_at - absence.starts_at == timedelta(days=2)
    page = text(browser.get(address("substitution_changelist")))
    assert address("substitution_end", absence.pk) in page
    assert browser.get(address("substitution_change", absence.pk)).status_code == 200
    browser.post(address("substitution_end", absence.pk), {**SENT, "reason": "Back"})
    absence.refresh_from_db()
    assert not absence.is_active
    assert "ended early" in text(browser.get(address("substitution_changelist")))


def test_what_is_refused_stays_in_the_dialog(anna: User, arno: User) -> None:
    answer = signed_in(anna).post(
        address("substitution_name"), absence_form(anna, arno, ends_at="2020-01-01T10:00")
    )
    assert "must be after" in text(answer)
    assert not Substitution.objects.exists()


def test_nobody_names_for_others_without_the_permission(anna: User, arno: User) -> None:
    signed_in(arno).post(address("substitution_name"), absence_form(anna, arno))
    assert not Substitution.objects.exists()


def test_an_administrator_names_for_others_and_sees_all(
    anna: User, arno: User, adam: User, carol: User
) -> None:
    browser = signed_in(adam)
    browser.post(address("substitution_name"), absence_form(anna, arno))
    assert Substitution.objects.get().named_by == adam
    assert "Arno" in text(browser.get(address("substitution_changelist")))
    assert "Arno" not in text(signed_in(carol).get(address("substitution_changelist")))


def test_absences_to_come_and_over_say_so(anna: User, arno: User) -> None:
    away(anna, arno, begins=timedelta(days=1), ends=timedelta(days=2))
    assert "to come" in text(signed_in(anna).get(address("substitution_changelist")))


def test_a_controller_trusts_a_person_and_ends_it(carol: User, boris: User, audrey: User) -> None:
    browser = signed_in(carol)
    browser.post(
        address("trustedperson_trust"), {**SENT, "person": boris.email, "reason": "Careful"}
    )
    row = TrustedPerson.objects.get()
    assert (row.person, row.trusted_by) == (boris, carol)
    end = address("trustedperson_end", row.pk)
    assert end in text(browser.get(address("trustedperson_changelist")))
    assert end not in text(signed_in(audrey).get(address("trustedperson_changelist")))
    browser.post(end, {**SENT, "reason": "A scratch"})
    assert "Carol: A scratch" in text(browser.get(address("trustedperson_changelist")))


def test_an_unknown_e_mail_is_named(carol: User) -> None:
    answer = signed_in(carol).post(
        address("trustedperson_trust"), {**SENT, "person": "x@example.com", "reason": "Careful"}
    )
    assert "Nobody has this e-mail" in text(answer)


def test_canned_reasons_are_kept_by_administrators_and_offered(
    adam: User, anna: User, asked: ApprovalRequest
) -> None:
    browser = signed_in(adam)
    sentence = "Ask for a shorter period."
    browser.post(
        address("cannedreason_add"),
        {"verdict": "return", "scope": "", "text": sentence, "is_active": "on"},
    )
    reason = CannedReason.objects.get()
    assert reason.history.count() == 1
    assert AuditEvent.objects.filter(action="approvals.cannedreason_added").exists()
    assert sentence in text(browser.get(address("cannedreason_changelist")))
    desk = signed_in(anna)
    assert sentence in text(desk.get(address("approvalrequest_send_back", asked.pk)))
    assert sentence not in text(desk.get(address("approvalrequest_reject", asked.pk)))


def test_a_request_is_forwarded_in_a_dialog(
    asked: ApprovalRequest, anna: User, arno: User, walt: User
) -> None:
    browser = signed_in(anna)
    dialog = address("approvalrequest_forward", asked.pk)
    shown = text(browser.get(dialog))
    assert "Arno" in shown
    assert "Walt" not in shown
    assert not Forward.objects.exists()
    browser.post(dialog, {**SENT, "colleague": arno.pk, "reason": "You know it"})
    assert Forward.objects.get().to == arno
    page = text(browser.get(address("approvalrequest_change", asked.pk)))
    assert "Anna forwarded it to Arno" in page
    assert asked.why in page


def test_what_cannot_be_forwarded_says_why(asked: ApprovalRequest, anna: User, arno: User) -> None:
    browser = signed_in(anna)
    dialog = address("approvalrequest_forward", asked.pk)
    browser.post(dialog, {**SENT, "colleague": arno.pk, "reason": "You know it"})
    answer = browser.post(dialog, {**SENT, "colleague": arno.pk, "reason": "You know it"})
    assert "You gave “M-1” to Arno" in text(answer)
    missing = address("approvalrequest_forward", 0)
    assert browser.get(missing).status_code == 404


def test_the_page_says_for_whom_one_stands_in(
    asked: ApprovalRequest, anna: User, walt: User
) -> None:
    away(anna, walt)
    page = text(signed_in(walt).get(address("approvalrequest_change", asked.pk)))
    assert "You stand in for Anna." in page


def test_a_policy_with_all_conditions(adam: User, lena: User) -> None:
    browser = signed_in(adam)
    fields = {
        "lender": lena.pk,
        "from_value": "5000",
        "to_value": "9000",
        "automatic_amount": "50",
        "remind_hours": "4",
        "escalate_hours": "8",
        "escalate_to": policy(("Finance controller", 1)).levels.get().role_id,
    }
    browser.post(address("policy_add"), policy_form(**fields))
    made = Policy.objects.get(name="Big tickets")
    assert (made.lender, made.value_from, made.value_to) == (lena, 500_000, 900_000)
    assert (made.automatic_below, made.remind_after) == (5_000, timedelta(hours=4))
    assert made.escalate_after == timedelta(hours=8)
    assert "$5,000.00 to below $9,000.00" in text(browser.get(address("policy_changelist")))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"escalate_hours": "8"}, "to whom, it escalates"),
        ({"from_value": "5", "to_value": "5"}, "more than the “from asset value”"),
        ({"scope": "adjustment", "automatic_amount": "5"}, "On this a person always decides"),
        ({"automatic_amount": "-5"}, "not negative"),
        ({"currency": "", "from_amount": "", "from_value": "5"}, "Name a currency first"),
    ],
)
def test_a_policy_that_makes_no_sense_says_why(
    adam: User, fields: dict[str, str], says: str
) -> None:
    answer = signed_in(adam).post(address("policy_add"), policy_form(**fields))
    assert says in text(answer)
    assert not Policy.objects.filter(name="Big tickets").exists()


def test_whoever_only_reads_sees_the_whole_policy(audrey: User, lena: User) -> None:
    made = policy(
        ("Lending approver", 1), currency="USD", lender=lena, value_from=500_000, automatic_below=5
    )
    page = text(signed_in(audrey).get(address("policy_change", made.pk)))
    assert "$5,000.00" in page
    assert "Lena" in page


def test_a_canned_reason_is_of_its_scope(matters: Matters, anna: User) -> None:
    CannedReason.objects.create(scope="another", verdict=Verdict.RETURN, text="Not here")
    policy(("Lending approver", 1))
    request = matters.ask(anna)
    page = signed_in(anna).get(address("approvalrequest_send_back", request.pk))
    assert "Not here" not in text(page)
