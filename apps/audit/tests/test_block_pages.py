"""The pages of the seals: to read, and to compute again."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit import services
from apps.audit.admin import blocks
from apps.audit.checking import check_block
from apps.audit.models import AuditBlock
from apps.audit.tests.conftest import Tamper

LIST = "admin:audit_auditblock_changelist"


@pytest.fixture
def chain(system: User) -> list[AuditBlock]:
    """Three blocks."""
    for number in range(3):
        services.record(f"tests.happened_{number}", actor=system)
        services.seal(actor=system)
    return list(AuditBlock.objects.order_by("number"))


def page_of(block: AuditBlock) -> str:
    return reverse("admin:audit_auditblock_change", args=(block.pk,))


def verify(client: Client, block: AuditBlock | None = None) -> str:
    """Return what the next page says."""
    url = (
        reverse("admin:audit_auditblock_verify", args=(block.pk,))
        if block
        else reverse("admin:audit_auditblock_verify_all")
    )
    answer: Any = client.post(url, {"_form_submitted": "True"})
    assert answer["HX-Redirect"]
    *_before, message = get_messages(answer.wsgi_request)
    return str(message)


def test_the_chain_is_listed_without_its_digests(
    client: Client, audrey: User, chain: list[AuditBlock]
) -> None:
    client.force_login(audrey)

    response = client.get(reverse(LIST))

    listed = list(response.context["cl"].result_list)
    assert listed == list(reversed(chain))
    assert {"event_ids", "digests"} <= listed[0].get_deferred_fields()
    assert chain[0].hash[:16] in response.content.decode()


def test_a_block_leads_to_its_neighbours_and_events(
    client: Client, audrey: User, chain: list[AuditBlock]
) -> None:
    client.force_login(audrey)
    first, second, third = chain

    text = client.get(page_of(second)).content.decode()

    assert page_of(first) in text
    assert page_of(third) in text
    assert f"{second.number}:{second.hash}" in text
    (event_id,) = second.event_ids
    assert f"id__gte={event_id}&amp;id__lte={event_id}" in text
    listed = client.get(
        reverse("admin:audit_auditevent_changelist"), {"id__gte": event_id, "id__lte": event_id}
    )
    assert [event.pk for event in listed.context["cl"].result_list] == [event_id]


def test_the_chain_is_verified_while_one_waits(
    client: Client, audrey: User, chain: list[AuditBlock], tamper: Tamper
) -> None:
    client.force_login(audrey)
    assert "as it was written" in verify(client)
    assert "are as they were sealed" in verify(client, chain[1])

    (event_id,) = chain[1].event_ids
    tamper("UPDATE audit_logs SET reason = 'x' WHERE id = %s", event_id)

    fault = f"Audit event {event_id} was changed after block 2 sealed it."
    assert verify(client) == fault
    assert verify(client, chain[1]) == fault
    assert "are as they were sealed" in verify(client, chain[2])


def test_a_long_chain_is_left_to_the_command(
    client: Client, audrey: User, chain: list[AuditBlock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "AT_ONCE", 2)
    client.force_login(audrey)

    assert "manage.py check_audit" in verify(client)


def test_a_block_whose_neighbour_is_gone_does_not_fit(
    chain: list[AuditBlock], tamper: Tamper
) -> None:
    assert check_block(chain[0]) == ""
    tamper("DELETE FROM audit_blocks WHERE number = 2")

    assert check_block(chain[2]) == "Audit block 2 is missing."


def test_a_block_that_is_not_there(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    nothing = AuditBlock(pk=987654)

    assert client.get(page_of(nothing)).status_code == 302
    url = reverse("admin:audit_auditblock_verify", args=(nothing.pk,))
    assert client.post(url, {"_form_submitted": "True"}).status_code == 404


def test_only_those_who_read_the_seals_come_here(
    client: Client, chain: list[AuditBlock], adam: User, audrey: User
) -> None:
    client.force_login(adam)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(reverse("admin:audit_auditblock_verify_all")).status_code == 403

    client.force_login(audrey)
    assert client.post(page_of(chain[0]), {"number": "7"}).status_code == 403
    assert client.get(reverse("admin:audit_auditblock_add")).status_code == 403
