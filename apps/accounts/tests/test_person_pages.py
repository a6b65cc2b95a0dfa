"""The pages of people: who sees what, who changes what, and what nobody can."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts import services as accounts
from apps.accounts.models import LinkPurpose, PasswordLink, User
from apps.accounts.selectors import roles_of
from apps.audit.models import AuditEvent

GOOD = "a long enough password"


@pytest.fixture
def root(db: None) -> User:
    """Whom no permission stops."""
    return User.objects.create_superuser("root@example.com", GOOD, display_name="Root")


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=(person.pk,))


def dialog(name: str, person: User) -> str:
    return reverse(f"admin:accounts_user_{name}", args=(person.pk,))


def send(client: Client, name: str, person: User, **typed: Any) -> Any:
    return client.post(dialog(name, person), {"_form_submitted": "True", **typed})


def person_typed(**typed: Any) -> dict[str, Any]:
    return {
        "display_name": "Nina",
        "email": "Nina@example.com",
        **typed,
    }


def add(client: Client, **typed: Any) -> Any:
    return client.post(reverse("admin:accounts_user_add"), person_typed(**typed))


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("", {"Clara", "Boris", "Adam"}),
        ("active", {"Clara", "Boris", "Adam"}),
        ("suspended", {"Boris"}),
        ("deactivated", {"Bella"}),
        ("all", {"Clara", "Boris", "Adam", "Bella", "System"}),
    ],
)
def test_the_tabs_part_the_people(
    client: Client,
    adam: User,
    clara: User,
    boris: User,
    bella: User,
    system: User,
    tab: str,
    shown: set[str],
) -> None:
    end = timezone.now() + timedelta(days=9)
    accounts.suspend(boris.pk, until=end, reason="Owes", actor=system)
    accounts.deactivate(bella.pk, reason="Left", actor=adam)
    client.force_login(adam)

    response = client.get(reverse("admin:accounts_user_changelist"), {"tab": tab} if tab else {})

    assert {person.display_name for person in response.context["cl"].result_list} == shown
    if "Boris" in shown:
        assert f"suspended until {timezone.localtime(end):%Y-%m-%d}" in response.content.decode()


def test_the_list_asks_as_many_questions_for_ten_people_as_for_two(
    client: Client, adam: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(adam)
    url = reverse("admin:accounts_user_changelist")
    client.get(url)
    with django_assert_max_num_queries(60) as few:
        client.get(url)
    for number in range(10):
        accounts.add_person(
            email=f"p{number}@example.com",
            display_name=f"P {number}",
            roles=["Borrower"],
            actor=adam,
        )

    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_an_administrator_adds_a_person(client: Client, adam: User) -> None:
    client.force_login(adam)

    response = add(client, roles=["Lending clerk", "Borrower"], is_staff="on")

    assert response.status_code == 302
    nina = User.objects.get(email="nina@example.com")
    assert roles_of(nina) == ["Borrower", "Lending clerk"]
    assert nina.is_staff
    assert not nina.has_usable_password()
    assert not PasswordLink.objects.filter(person=nina).exists()
    event = AuditEvent.objects.get(action="accounts.person_added", target_id=str(nina.pk))
    assert event.actor == adam


def test_whoever_is_added_may_be_invited_at_once(client: Client, adam: User) -> None:
    client.force_login(adam)

    add(client, is_invited="on", roles=["Borrower"])

    nina = User.objects.get(email="nina@example.com")
    assert PasswordLink.objects.get(person=nina).purpose == LinkPurpose.INVITATION
    assert not nina.is_staff


def test_adding_says_what_is_wrong(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)

    page = add(client, email="CLARA@example.com")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Somebody signs in with this e-mail already." in text


def test_who_may_not_give_roles_is_not_asked_for_them(client: Client, adam: User) -> None:
    role = adam.groups.get()
    role.permissions.remove(*role.permissions.filter(codename="change_roles"))
    client.force_login(adam)

    page = client.get(reverse("admin:accounts_user_add")).content.decode()
    add(client, roles=["Finance controller"])
    assert "Finance controller" not in page
    assert not User.objects.filter(email="nina@example.com").exists()

    add(client)
    assert roles_of(User.objects.get(email="nina@example.com")) == []


def test_an_administrator_changes_name_and_e_mail(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)

    client.post(
        page_of(clara),
        {"display_name": "Clara C", "email": "C@example.com", "is_staff": "on"},
    )

    clara.refresh_from_db()
    assert (clara.display_name, clara.email) == ("Clara C", "c@example.com")
    assert AuditEvent.objects.latest("pk").action == "accounts.person_changed"


def test_what_the_service_refuses_comes_back_in_the_filled_form(
    client: Client, adam: User, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(adam)
    # As if somebody had taken the e-mail between the check of the form and the lock.
    monkeypatch.setattr(User, "validate_unique", lambda *_args, **_options: None)
    monkeypatch.setattr(User, "validate_constraints", lambda *_args, **_options: None)
    typed = {"display_name": "Clara of the Desk", "email": "adam@example.com", "is_staff": "on"}

    changed = client.post(page_of(clara), typed)
    added = add(client, **typed, roles=["Auditor"], is_invited="on")

    for page in (changed, added):
        form = page.context["adminform"].form
        assert list(form.errors) == ["email"]
        assert "Somebody signs in as “adam@example.com” already." in str(form.errors)
        assert form["display_name"].value() == "Clara of the Desk"
        assert "Clara of the Desk" in page.content.decode()
    assert added.context["adminform"].form["roles"].value() == ["Auditor"]
    assert not User.objects.filter(display_name="Clara of the Desk").exists()
    assert not PasswordLink.objects.exists()


def test_no_form_makes_a_superuser(client: Client, adam: User, clara: User) -> None:
    client.force_login(adam)
    rights = {"is_superuser": "on", "groups": ["1"], "user_permissions": ["1"]}

    client.post(
        page_of(clara),
        {"display_name": "Clara", "email": clara.email, "is_staff": "on", **rights},
    )
    add(client, **rights)

    for person in User.objects.filter(pk=clara.pk) | User.objects.filter(display_name="Nina"):
        assert not person.is_superuser
        assert not person.user_permissions.exists()
        assert roles_of(person) == (["Lending clerk"] if person == clara else [])


def test_a_superuser_makes_a_superuser(client: Client, root: User, clara: User) -> None:
    client.force_login(root)

    client.post(
        page_of(clara),
        {"display_name": "Clara", "email": clara.email, "is_staff": "on", "is_superuser": "on"},
    )

    clara.refresh_from_db()
    assert clara.is_superuser


@pytest.mark.parametrize("name", ["adam", "root"])
def test_nobody_raises_themselves(
    client: Client, name: str, request: pytest.FixtureRequest
) -> None:
    person: User = request.getfixturevalue(name)
    before = (person.is_staff, person.is_superuser, roles_of(person))
    client.force_login(person)

    client.post(
        page_of(person), {"display_name": name, "email": person.email, "is_superuser": "on"}
    )
    answers = [
        send(client, "change_roles", person, roles=["Finance controller"], reason="Mine"),
        send(client, "invite", person),
        send(client, "end_sessions", person, reason="Mine"),
        send(client, "deactivate", person, reason="Tired"),
    ]

    person = User.objects.get(pk=person.pk)
    assert (person.is_staff, person.is_superuser, roles_of(person)) == before
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert person.is_active
    page = client.get(page_of(person)).content.decode()
    assert dialog("change_roles", person) not in page


def test_an_administrator_does_not_reach_a_superuser_or_the_system(
    client: Client, adam: User, root: User, system: User
) -> None:
    client.force_login(adam)

    for person in (root, system):
        answers = [
            client.post(page_of(person), {"display_name": "X", "email": "x@example.com"}),
            send(client, "change_roles", person, roles=[], reason="Mine"),
            send(client, "invite", person),
            send(client, "end_sessions", person, reason="Mine"),
            send(client, "deactivate", person, reason="Mine"),
            send(client, "suspend", person, until="2100-01-01", reason="Mine"),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert client.get(page_of(person)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "change_roles", "invite", "end_sessions",
        "suspend", "lift_suspension", "deactivate", "reactivate",
    ],
)  # fmt: skip
def test_readers_find_no_dialog_and_get_changes_nothing(
    client: Client, adam: User, clara: User, fiona: User, name: str
) -> None:
    client.force_login(fiona)
    assert dialog(name, clara) not in client.get(page_of(clara)).content.decode()
    assert client.get(dialog(name, clara)).status_code == 403
    assert send(client, name, clara, reason="x").status_code == 403
    assert client.post(page_of(clara), {"display_name": "X"}).status_code == 403

    client.force_login(adam)
    before = User.objects.filter(pk=clara.pk).values().get()
    events = AuditEvent.objects.count()
    client.get(dialog(name, clara))
    assert User.objects.filter(pk=clara.pk).values().get() == before
    assert AuditEvent.objects.count() == events


def test_nobody_is_deleted(client: Client, root: User, clara: User) -> None:
    client.force_login(root)

    assert client.post(reverse("admin:accounts_user_delete", args=(clara.pk,))).status_code == 403


def test_an_auditor_finds_what_was_done_to_somebody(
    client: Client, adam: User, audrey: User, clara: User
) -> None:
    accounts.change_roles(clara.pk, roles=["Auditor"], reason="New job", actor=adam)

    client.force_login(audrey)
    seen = client.get(page_of(clara)).content.decode()
    client.force_login(adam)
    not_seen = client.get(page_of(clara)).content.decode()

    assert "accounts.roles_changed" in seen
    assert "New job" in seen
    assert "accounts.roles_changed" not in not_seen


def test_the_history_shows_old_and_new_side_by_side(
    client: Client, adam: User, audrey: User, clara: User
) -> None:
    accounts.change_roles(clara.pk, roles=["Auditor"], reason="New job", actor=adam)
    client.force_login(audrey)

    page = client.get(reverse("admin:accounts_user_history", args=(clara.pk,)))

    text = page.content.decode()
    assert "<del>Lending clerk</del>" in text
    assert "<ins>Auditor</ins>" in text
    assert "New job" in text
    assert "revert" not in text.lower()


def test_where_somebody_is_chosen_only_people_who_act_are_offered(
    client: Client, clara: User, boris: User, bella: User, adam: User, audrey: User
) -> None:
    accounts.deactivate(bella.pk, reason="Left", actor=adam)

    def offered(person: User, app: str, model: str, field: str) -> set[str]:
        client.force_login(person)
        answer = client.get(
            reverse("admin:autocomplete"),
            {"app_label": app, "model_name": model, "field_name": field, "term": "b"},
        )
        return {result["text"] for result in answer.json()["results"]}

    assert {"Boris"} <= offered(clara, "tickets", "ticket", "borrower")
    assert "Bella" not in offered(clara, "tickets", "ticket", "borrower")
    assert {"Boris", "Bella"} <= offered(audrey, "audit", "auditevent", "actor")
