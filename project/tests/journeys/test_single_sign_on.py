"""By the button to the provider of the office, and back in the back office."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from project.testing.browser import PATIENCE
from project.testing.single_sign_on import IdentityProvider


@pytest.mark.django_db(transaction=True)
def test_the_provider_lets_a_person_in_and_a_stranger_out(
    browser: Browser, live_server: object, identity_provider: IdentityProvider, carol: User
) -> None:
    identity_provider.do_wrong(claims={"amr": ["pwd", "otp"]})
    for email, words in ((carol.email, "Today"), ("stranger@example.org", "Nobody signs in")):
        page = browser.new_context(locale="en-GB").new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{live_server}{reverse('account_login')}")
        page.get_by_role("button", name="Sign in with Example").click()
        page.wait_for_url(re.compile(f"^(?!{re.escape(str(live_server))})"))
        page.get_by_label("E-mail").fill(email)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text(words).filter(visible=True).first).to_be_visible()
        page.context.close()
    assert AuditEvent.objects.get(action="accounts.signed_in").actor == carol
    assert AuditEvent.objects.get(action="accounts.sign_in_failed").outcome == "denied"
