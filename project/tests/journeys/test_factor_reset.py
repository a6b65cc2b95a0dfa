"""A lost telephone: one administrator asks, another one confirms, the person enrols anew."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from project.testing.cast import PASSWORD
from project.tests.journeys.desk import Desk


@pytest.mark.django_db(transaction=True)
def test_a_lost_second_factor_is_reset_by_two_and_enrolled_anew(
    browser: Browser, live_server: object, adam: User, audrey: User, carol: User
) -> None:
    audrey.groups.set(Group.objects.filter(name="Administrator"))
    TOTP.activate(carol, generate_totp_secret())
    RecoveryCodes.activate(carol)
    site = str(live_server)
    theirs = Desk(browser, site, carol)

    asker = Desk(browser, site, adam)
    asker.open("accounts_user_change", carol.pk)
    asker.press("Reset second factors")
    asker.dialog.locator("[name=reason]").fill("Lost the telephone")
    asker.confirm("Ask for the reset")
    asker.reads("Lost the telephone")
    expect(asker.page.get_by_title("Confirm", exact=True)).to_have_count(0)
    asker.leave()

    checker = Desk(browser, site, audrey)
    checker.open("accounts_factorreset_changelist")
    checker.reads("Lost the telephone")
    checker.page.get_by_title("Confirm").click()
    checker.dialog.locator("[name=words]").fill("Called back on the number we have")
    checker.confirm("Reset the second factors")
    checker.reads("The second factors are reset")
    checker.leave()

    cache.clear()
    page = theirs.page
    page.goto(theirs.site)
    page.get_by_label("E-mail").fill(carol.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Your roles need a second factor")
    expect(page).to_have_url(theirs.site + reverse("account_home"))
    theirs.leave()
