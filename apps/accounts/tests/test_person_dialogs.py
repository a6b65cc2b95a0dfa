"""What is done to a person from their page: each dialog, its success and its refusals."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import PasswordLink, User
from apps.accounts.selectors import roles_of
from apps.audit.models import AuditEvent


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=(person.pk,))


def dialog(name: str, person: User) -> str:
    return reverse(f"admin:accounts_user_{name}", args=(person.pk,))


def send(client: Client, name: str, person: User, **typed: Any) -> Any:
    return client.post(dialog(name, person), {"_form_submitted": "True", **typed})


def test_roles_are_changed_in_a_dialog(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)
    asked = client.get(dialog("change_roles", clara))
    assert asked.context["form"]["roles"].initial == ["Lending clerk"]

    answer = send(client, "change_roles", clara, roles=["Auditor"], reason="New job")

    assert answer["HX-Redirect"] == page_of(clara)
    assert roles_of(User.objects.get(pk=clara.pk)) == ["Auditor"]
    assert AuditEvent.objects.latest("pk").reason == "New job"


def test_a_role_that_does_not_exist_is_refused(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)

    answer = send(client, "change_roles", clara, roles=["King"], reason="Why not")

    assert "Why not" in answer.content.decode()
    assert roles_of(clara) == ["Lending clerk"]


def test_a_link_to_choose_a_password_is_sent_in_a_dialog(
    client: Client, adam: User, clara: User
) -> None:
    client.force_login(adam)

    done = send(client, "invite", clara)

    assert done["HX-Redirect"] == page_of(clara)
    assert PasswordLink.objects.get(person=clara).sent_by == adam
    assert "sent by Adam" in client.get(page_of(clara)).content.decode()


def test_all_sessions_of_somebody_are_ended_in_a_dialog(
    client: Client, adam: User, clara: User
) -> None:
    elsewhere = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/145.0")
    elsewhere.force_login(clara)
    client.force_login(adam)

    send(client, "end_sessions", clara, reason="Laptop was stolen")

    assert elsewhere.get(reverse("admin:index")).status_code == 302
    event = AuditEvent.objects.get(action="accounts.sessions_ended")
    assert (event.actor, event.target_id, event.reason) == (
        adam,
        str(clara.pk),
        "Laptop was stolen",
    )
    assert "Signed in nowhere." in client.get(page_of(clara)).content.decode()


def test_a_person_is_deactivated_and_comes_back(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)

    send(client, "deactivate", clara, reason="Left")
    page = client.get(page_of(clara)).content.decode()
    assert dialog("reactivate", clara) in page
    assert dialog("deactivate", clara) not in page
    assert dialog("suspend", clara) not in page

    send(client, "reactivate", clara, reason="Came back")
    assert User.objects.get(pk=clara.pk).is_active


def test_a_person_is_suspended_until_the_end_of_a_day(
    client: Client, anna: User, boris: User
) -> None:
    client.force_login(anna)

    late = send(client, "suspend", boris, until="2020-01-01", reason="Lost a lens")
    text = late.content.decode()
    assert "A suspension ends in the future." in text
    assert "Lost a lens" in text
    assert 'value="2020-01-01"' in text

    send(client, "suspend", boris, until="2100-01-01", reason="Lost a lens")
    boris.refresh_from_db()
    assert boris.suspended_until is not None
    assert f"{timezone.localtime(boris.suspended_until):%Y-%m-%d %H:%M}" == "2100-01-01 23:59"

    send(client, "lift_suspension", boris, reason="Has paid")
    boris.refresh_from_db()
    assert boris.suspended_until is None


def test_who_is_not_there_is_not_found(client: Client, adam: User) -> None:
    client.force_login(adam)
    nobody = User(pk=987654)

    assert send(client, "deactivate", nobody, reason="x").status_code == 404
