"""What is over is deleted, once nothing can be learned from it any more."""

import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken

from apps.accounts.models import User
from apps.programs import tasks
from apps.programs.models import Consent, Secret
from apps.programs.states import Ending
from apps.programs.tests.test_codes import moved
from apps.programs.tokens import issue
from project.testing.programs import Partner, program, program_by_itself

pytestmark = pytest.mark.django_db


def test_a_family_stays_as_long_as_it_can_show_a_theft(boris: User) -> None:
    partner = Partner(program())
    first = partner.tokens_for(boris)
    partner.refresh(first["refresh_token"])
    AccessToken.objects.update(expires=timezone.now())
    moved(Consent.objects.get(), hours=11)
    assert tasks.sweep() == ""
    partner.refresh(first["refresh_token"])
    assert Consent.objects.get().ending == Ending.REUSED
    moved(Consent.objects.get(), hours=26)
    assert "deleted" in tasks.sweep()
    assert not Consent.objects.exists()
    assert not RefreshToken.objects.exists()
    assert not AccessToken.objects.exists()
    assert tasks.sweep() == ""


def test_codes_that_nobody_redeemed_tokens_and_secrets_go_when_their_time_is_over(
    boris: User,
) -> None:
    made = program_by_itself()
    issue(made, scopes={"me"})
    Partner(program()).let_in(boris)
    Secret.objects.filter(program=made).update(ends_at=timezone.now())
    AccessToken.objects.update(expires=timezone.now())
    moved(Consent.objects.get(), days=2)
    assert tasks.sweep() == "3 old rows are deleted."
    assert Secret.objects.count() == 1
