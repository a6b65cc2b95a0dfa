"""The pages of reason codes."""

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets.models import ReasonCode
from apps.wallets.tests.adjusting import ADD, code
from apps.wallets.tests.browsing import signed_in, url_of


def test_a_controller_adds_a_reason_code_and_it_is_in_the_audit_log(carol: User) -> None:
    client = signed_in(carol)
    page = client.get(url_of("reasoncode_add"))
    assert page.context["adminform"].form.fields["contra_role"].choices[0][0] == ""
    fields = {"name": "Prize", "code": "prize", "contra_role": "goodwill", "is_active": "on"}
    client.post(url_of("reasoncode_add"), fields)
    assert code("prize").name == "Prize"
    assert AuditEvent.objects.get(action="wallets.reasoncode_added", actor=carol)


def test_a_reason_code_that_is_not_in_use_is_not_offered(walt: User) -> None:
    ReasonCode.objects.filter(code="goodwill").update(is_active=False)
    form = signed_in(walt).get(ADD).context["adminform"].form
    assert not any("Goodwill" in label for _pk, label in form.fields["reason_code"].choices)
