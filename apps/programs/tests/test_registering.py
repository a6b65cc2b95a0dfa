"""Programs are registered by administrators, who showed a moment ago who they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.errors import ProgramAccount
from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Source
from apps.common.errors import NotPermitted, RecentSignInNeeded
from apps.programs import errors
from apps.programs import services as programs
from apps.programs.consenting import is_secret_of
from apps.programs.models import Consent, Program, Secret
from apps.programs.services import Registered
from apps.programs.states import Ending, Grant, Kind
from apps.programs.tokens import access_of, issue
from project.testing.programs import CALLBACK, Partner, program, program_by_itself

pytestmark = pytest.mark.django_db


def registered(actor: User, **changes: Any) -> Registered:
    return programs.register_program(
        **{
            "name": "Fleet planner",
            "grant": Grant.AUTHORIZATION_CODE,
            "scopes": ["me"],
            "redirect_uris": [CALLBACK],
            "actor": actor,
            **changes,
        }
    )


def by_itself(actor: User, **changes: Any) -> Registered:
    return registered(actor, grant=Grant.CLIENT_CREDENTIALS, redirect_uris=[], **changes)


def changed(made: Program, actor: User, **changes: Any) -> Program:
    return programs.change_program(
        made.pk,
        **{
            "name": made.name,
            "redirect_uris": made.redirect_uris.split(),
            "scopes": made.allowed_scopes,
            "rate_limit": made.rate_limit,
            "actor": actor,
            **changes,
        },
    )


def test_a_program_of_people_gets_a_secret_that_nobody_reads_again(adam: User) -> None:
    made = registered(adam)
    assert made.secret is not None
    assert len(made.secret) >= 43
    assert is_secret_of(made.program, made.secret)
    assert not is_secret_of(made.program, "")
    assert made.program.user is None
    assert made.secret not in str(list(Secret.objects.values_list()))
    assert made.secret not in str(list(AuditEvent.objects.values_list("before", "after")))
    assert AuditEvent.objects.get(action="programs.registered").actor == adam
    assert made.program.history.get().history_user == adam


def test_a_program_that_keeps_no_secret_gets_none(adam: User) -> None:
    made = registered(adam, kind=Kind.PUBLIC)
    assert made.secret is None
    assert not Secret.objects.exists()
    with pytest.raises(errors.NoSecret):
        programs.rotate_secret(made.program.pk, reason="x", actor=adam)


def test_a_program_by_itself_gets_an_account_without_any_right(adam: User) -> None:
    account = by_itself(adam).program.user
    assert account is not None
    assert account.is_program
    assert not account.groups.exists()
    assert not account.has_usable_password()
    assert not account.is_staff
    assert not account.is_superuser
    accounts.change_roles(account.pk, roles=["Lending clerk"], actor=adam, reason="It imports")
    assert account.groups.get().name == "Lending clerk"


def test_nobody_gives_the_account_of_a_program_a_way_to_sign_in(adam: User) -> None:
    account = by_itself(adam).program.user
    assert account is not None
    with pytest.raises(ProgramAccount):
        accounts.invite(account.pk, actor=adam)
    for changes in ({"email": "adam2@example.com"}, {"is_staff": True}, {"display_name": "Eve"}):
        with pytest.raises(ProgramAccount):
            accounts.change_person(account.pk, actor=adam, **changes)


def test_only_administrators_register_and_change(clara: User, audrey: User, adam: User) -> None:
    made = registered(adam).program
    for stranger in (clara, audrey):
        for attempt in (
            lambda who=stranger: registered(who, name="Another"),
            lambda who=stranger: changed(made, who, name="Another"),
            lambda who=stranger: programs.rotate_secret(made.pk, reason="x", actor=who),
            lambda who=stranger: programs.deactivate_program(made.pk, reason="x", actor=who),
            lambda who=stranger: programs.revoke_tokens(made.pk, reason="x", actor=who),
        ):
            with pytest.raises(NotPermitted):
                attempt()
    assert AuditEvent.objects.filter(outcome="denied", actor=clara).count() == 5


def test_who_showed_too_long_ago_who_they_are_is_asked_again(adam: User) -> None:
    made = registered(adam).program
    programs.deactivate_program(made.pk, reason="Because", actor=adam)
    long_ago = timezone.now() - timedelta(hours=2)
    for shown_at in (None, long_ago):
        with coming_from(Origin(source=Source.ADMIN, authenticated_at=shown_at)):
            for attempt in (
                lambda: registered(adam, name="Another"),
                lambda: changed(made, adam, name="Another"),
                lambda: programs.rotate_secret(made.pk, reason="x", actor=adam),
                lambda: programs.reactivate_program(made.pk, reason="x", actor=adam),
            ):
                with pytest.raises(RecentSignInNeeded):
                    attempt()
    with coming_from(Origin(source=Source.ADMIN, authenticated_at=timezone.now())):
        assert programs.reactivate_program(made.pk, reason="x", actor=adam).is_active


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "FLEET planner "}, errors.NameTaken),
        ({"scopes": ["me", "everything"]}, errors.UnknownScopes),
        ({"scopes": []}, errors.ScopesMissing),
        ({"redirect_uris": []}, errors.RedirectMissing),
        ({"redirect_uris": ["http://client.example.com/back"]}, errors.RedirectRefused),
        ({"redirect_uris": ["http://localhost/back"]}, errors.RedirectRefused),
        ({"redirect_uris": ["https://*.example.com/back"]}, errors.RedirectRefused),
        ({"redirect_uris": ["https://client.example.com/back#x"]}, errors.RedirectRefused),
        ({"redirect_uris": ["https://a@client.example.com/"]}, errors.RedirectRefused),
        ({"redirect_uris": ["javascript:alert(1)"]}, errors.RedirectRefused),
        ({"redirect_uris": ["com.example.app:/back"]}, errors.RedirectRefused),
        ({"redirect_uris": [CALLBACK, "http://10.0.0.1/"]}, errors.RedirectRefused),
    ],
)
def test_what_the_table_refuses_is_refused_in_words(
    adam: User, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    made = registered(adam).program
    other = registered(adam, name="Another").program
    with pytest.raises(refusal, match=r"\.$"):
        registered(adam, **{"name": "A third", **changes})
    with pytest.raises(refusal):
        changed(other, adam, **changes)
    made.refresh_from_db()
    assert Program.objects.count() == 2


def test_a_program_by_itself_never_decides(adam: User) -> None:
    with pytest.raises(errors.ScopeNeedsPerson):
        by_itself(adam, scopes=["me", "approvals:decide"])
    assert registered(adam, scopes=["approvals:decide"]).program.allowed_scopes


@pytest.mark.parametrize(
    "uris",
    [
        "http://client.example.com/back",
        "http://localhost/back",
        f"{CALLBACK} javascript:alert(1)",
        f"{CALLBACK}#x",
        "https://*.example.com/",
        "",
    ],
)
def test_the_database_refuses_redirect_uris_that_leak(uris: str) -> None:
    made = program()
    with pytest.raises(IntegrityError, match="program_"), transaction.atomic():
        Program.objects.filter(pk=made.pk).update(redirect_uris=uris)


@pytest.mark.parametrize("rate_limit", [0, 60_001])
def test_a_rate_that_is_not_sensible_is_refused_at_its_field(adam: User, rate_limit: int) -> None:
    with pytest.raises(errors.RateRefused, match="between 1 and 60000") as refused:
        registered(adam, rate_limit=rate_limit)
    assert [name for name, _why in refused.value.faults_of_fields] == ["rate_limit"]
    made = program()
    with pytest.raises(IntegrityError, match="rate_limit"), transaction.atomic():
        Program.objects.filter(pk=made.pk).update(rate_limit=rate_limit)


def test_loopback_addresses_are_for_programs_on_the_persons_machine(adam: User) -> None:
    uris = ["http://127.0.0.1/back", "http://[::1]:8000/back"]
    made = registered(adam, kind=Kind.PUBLIC, redirect_uris=uris).program
    assert made.redirect_uri_allowed("http://127.0.0.1:1234/back")
    assert made.redirect_uri_allowed("http://[::1]:1234/back")
    assert not made.redirect_uri_allowed("http://127.0.0.1:1234/back?")


def test_two_secrets_hold_for_a_day_and_then_one(adam: User) -> None:
    made = registered(adam)
    assert made.secret is not None
    new = programs.rotate_secret(made.program.pk, reason="In turn", actor=adam)
    assert is_secret_of(made.program, made.secret)
    assert is_secret_of(made.program, new)
    Secret.objects.exclude(ends_at=None).update(ends_at=timezone.now())
    assert not is_secret_of(made.program, made.secret)
    assert is_secret_of(made.program, new)
    event = AuditEvent.objects.get(action="programs.secret_rotated")
    assert event.reason == "In turn"
    assert new not in str(event.after)


def test_a_secret_that_somebody_else_has_seen_ends_at_once(adam: User) -> None:
    made = registered(adam)
    assert made.secret is not None
    second = programs.rotate_secret(made.program.pk, reason="In turn", actor=adam)
    third = programs.rotate_secret(made.program.pk, reason="Seen", actor=adam, at_once=True)
    held = [is_secret_of(made.program, secret) for secret in (made.secret, second, third)]
    assert held == [False, False, True]


def test_who_is_deactivated_loses_all_tokens_for_good(adam: User, boris: User) -> None:
    partner, own = Partner(program()), program_by_itself()
    given, token = partner.tokens_for(boris), issue(own, scopes={"me"})
    for made in (partner.program, own):
        programs.deactivate_program(made.pk, reason="It misbehaves", actor=adam)
        with pytest.raises(errors.ProgramInactive):
            programs.deactivate_program(made.pk, reason="Again", actor=adam)
        programs.reactivate_program(made.pk, reason="It behaves", actor=adam)
        with pytest.raises(errors.ProgramActive):
            programs.reactivate_program(made.pk, reason="Again", actor=adam)
    for dead in (given["access_token"], token):
        with pytest.raises(errors.TokenRefused):
            access_of(dead)
    assert partner.refresh(given["refresh_token"]).status_code == 400
    assert Consent.objects.get().ending == Ending.REVOKED
    assert partner.tokens_for(boris)


def test_tokens_are_revoked_without_deactivating(adam: User, boris: User, bella: User) -> None:
    partner = Partner(program())
    given = [partner.tokens_for(person) for person in (boris, bella)]
    assert programs.revoke_tokens(partner.program.pk, reason="A leak", actor=adam) == 2
    for one in given:
        with pytest.raises(errors.TokenRefused):
            access_of(one["access_token"])
    assert AuditEvent.objects.get(action="programs.tokens_revoked").reason == "A leak"


def test_the_account_is_called_as_its_program_is(adam: User) -> None:
    made = by_itself(adam).program
    changed(made, adam, name="Night import", rate_limit=30)
    made.refresh_from_db()
    assert (made.name, made.rate_limit) == ("Night import", 30)
    assert made.user is not None
    assert made.user.display_name == "Night import"
    event = AuditEvent.objects.get(action="programs.changed")
    assert (event.before["rate_limit"], event.after["rate_limit"]) == (600, 30)
