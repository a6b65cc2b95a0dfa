"""The pages of programs in the admin."""

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken

from apps.accounts.models import User
from apps.programs.consenting import is_secret_of
from apps.programs.models import Program, SigningKey
from apps.programs.tokens import access_of
from project.testing.programs import CALLBACK, Partner, program, program_by_itself

pytestmark = pytest.mark.django_db

LIST = "admin:programs_program_changelist"
FORM = {
    "name": "Fleet planner",
    "how": "server",
    "uris": f"{CALLBACK}\nhttps://client.example.com/other",
    "scopes": ["me", "tickets:read"],
    "rate_limit": "120",
}


@pytest.fixture
def desk(adam: User) -> Client:
    browser = Client()
    browser.force_login(adam)
    return browser


def dialog(browser: Client, made: Program, action: str, **typed: str) -> object:
    where = reverse(f"admin:programs_program_{action}", args=(made.pk,))
    assert browser.get(where).status_code == 200
    return browser.post(where, {"_form_submitted": "on", "reason": "Because", **typed})


def test_the_toolkits_own_pages_are_gone() -> None:
    for model in (AccessToken, Grant, IDToken, RefreshToken):
        assert not site.is_registered(model)
    assert type(site.get_model_admin(Program)).__module__ == "apps.programs.admin.programs"


def test_the_secret_is_shown_once_on_the_page_after_registering(desk: Client) -> None:
    answer = desk.post(reverse("admin:programs_program_add"), FORM, follow=True)
    made = Program.objects.get(name="Fleet planner")
    assert made.redirect_uris == f"{CALLBACK} https://client.example.com/other"
    assert (made.allowed_scopes, made.rate_limit) == (["me", "tickets:read"], 120)
    assert answer.redirect_chain[-1][0] == reverse("admin:programs_program_secret", args=(made.pk,))
    secret = answer.context["secret"]
    assert is_secret_of(made, secret)
    assert "no-store" in answer["Cache-Control"]
    assert secret in answer.content.decode()
    again = desk.get(answer.redirect_chain[-1][0], follow=True).content.decode()
    assert secret not in again
    assert "shown once" in again
    assert secret not in str(dict(desk.session))


def test_a_program_without_a_secret_leads_to_its_page(desk: Client) -> None:
    form = {**FORM, "how": "device", "uris": "http://127.0.0.1/back"}
    answer = desk.post(reverse("admin:programs_program_add"), form)
    made = Program.objects.get()
    assert answer["Location"] == reverse("admin:programs_program_change", args=(made.pk,))


def test_too_many_requests_a_minute_are_refused_in_words(desk: Client) -> None:
    form = {**FORM, "rate_limit": "60001"}
    said = desk.post(reverse("admin:programs_program_add"), form).content.decode()
    assert "requests in a minute." in said
    assert "program_rate_limit_is_sensible" not in said
    assert not Program.objects.exists()


def test_what_cannot_be_registered_is_said_at_its_field_in_the_filled_form(desk: Client) -> None:
    form = {**FORM, "uris": "http://client.example.com/"}
    answer = desk.post(reverse("admin:programs_program_add"), form)
    filled = answer.context["adminform"].form
    assert list(filled.errors) == ["uris"]
    assert "is no redirect URI" in str(filled.errors["uris"])
    assert {name: filled[name].value() for name in form} == form
    assert "http://client.example.com/" in answer.content.decode()
    assert not Program.objects.exists()


def test_a_name_a_rate_and_missing_scopes_are_refused_at_their_fields(
    desk: Client,
) -> None:
    made = program(name="Fleet planner")
    page = desk.post(reverse("admin:programs_program_add"), FORM)
    assert list(page.context["adminform"].form.errors) == ["name"]
    page = desk.post(reverse("admin:programs_program_add"), {**FORM, "name": "A", "rate_limit": 0})
    assert list(page.context["adminform"].form.errors) == ["rate_limit"]
    changed = {"name": "Renamed", "uris": CALLBACK, "rate_limit": "5"}
    where = reverse("admin:programs_program_change", args=(made.pk,))
    page = desk.post(where, changed)
    assert list(page.context["adminform"].form.errors) == ["scopes"]
    assert page.context["adminform"].form["name"].value() == "Renamed"
    made.refresh_from_db()
    assert made.name == "Fleet planner"


def test_a_program_is_changed_on_its_page(desk: Client) -> None:
    made = program()
    page = reverse("admin:programs_program_change", args=(made.pk,))
    text = desk.get(page).content.decode()
    assert CALLBACK in text
    assert made.client_id in text
    form = {"name": "Renamed", "uris": CALLBACK, "scopes": ["me"], "rate_limit": "5"}
    assert desk.post(page, form).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.allowed_scopes, made.rate_limit) == ("Renamed", ["me"], 5)


def test_a_new_secret_comes_from_a_dialog(desk: Client) -> None:
    made = program()
    answer = dialog(desk, made, "rotate_secret", at_once="on")
    where = answer["HX-Redirect"]  # type: ignore[index]  # an answer
    secret = desk.get(where).context["secret"]
    assert is_secret_of(made, secret)
    assert made.secrets.filter(ends_at=None).count() == 1


def test_a_program_is_deactivated_and_reactivated_in_dialogs(desk: Client, boris: User) -> None:
    partner = Partner(program())
    partner.tokens_for(boris)
    text = desk.get(
        reverse("admin:programs_program_change", args=(partner.program.pk,))
    ).content.decode()
    assert "Boris" in text
    dialog(desk, partner.program, "revoke_tokens")
    dialog(desk, partner.program, "deactivate")
    partner.program.refresh_from_db()
    assert not partner.program.is_active
    assert partner.program.name not in desk.get(reverse(LIST)).content.decode()
    assert partner.program.name in desk.get(f"{reverse(LIST)}?tab=deactivated").content.decode()
    dialog(desk, partner.program, "reactivate")
    partner.program.refresh_from_db()
    assert partner.program.is_active


def test_auditors_read_and_change_nothing(audrey: User) -> None:
    made = program_by_itself()
    browser = Client()
    browser.force_login(audrey)
    page = reverse("admin:programs_program_change", args=(made.pk,))
    assert "tickets:read" in browser.get(page).content.decode()
    assert browser.post(page, {"name": "Mine"}).status_code == 403
    for action in ("rotate_secret", "revoke_tokens", "deactivate"):
        where = reverse(f"admin:programs_program_{action}", args=(made.pk,))
        assert browser.post(where, {"_form_submitted": "on", "reason": "x"}).status_code == 403
    secret = reverse("admin:programs_program_secret", args=(made.pk,))
    assert browser.get(secret).status_code == 403


def test_keys_are_read_and_changed_in_a_dialog(desk: Client) -> None:
    token = Partner(program_by_itself()).tokens_by_itself().json()["access_token"]
    page = reverse("admin:programs_signingkey_changelist")
    assert "in use" in desk.get(page).content.decode()
    where = reverse("admin:programs_signingkey_rotate")
    answer = desk.post(where, {"_form_submitted": "on", "reason": "In turn"})
    assert answer["HX-Redirect"] == page
    assert "published" in desk.get(page).content.decode()
    assert access_of(token)
    key = SigningKey.objects.first()
    assert key is not None
    text = desk.get(reverse("admin:programs_signingkey_change", args=(key.pk,))).content.decode()
    assert "BEGIN PUBLIC KEY" in text
    assert "PRIVATE" not in text


def test_the_account_of_a_program_is_no_person_to_edit(desk: Client) -> None:
    account = program_by_itself("Lending clerk").user
    assert account is not None
    page = reverse("admin:accounts_user_change", args=(account.pk,))
    text = desk.get(page).content.decode()
    assert "Change roles" in text
    assert "Set password" not in text
    assert desk.post(page, {"display_name": "Eve"}).status_code == 403
