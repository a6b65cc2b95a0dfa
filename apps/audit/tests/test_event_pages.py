"""The pages of the audit log: everything can be found, nothing can be changed."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.audit import services
from apps.audit.context import Origin, coming_from
from apps.audit.diff import rows_of
from apps.audit.models import AuditEvent, Outcome, Source
from apps.audit.selectors import known_actions, seal_of
from apps.audit.templatetags.audit import events_url
from apps.audit.tests.conftest import Tamper

LIST = "admin:audit_auditevent_changelist"
DAY = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.fixture
def log(clara: User, anna: User, boris: User) -> dict[str, AuditEvent]:
    """Six events, each different from the others in one way."""
    click = Origin(source=Source.API, ip_address="10.0.0.9")
    with coming_from(click):
        first = services.record("tests.painted", actor=clara, target=boris)
        second = services.record("tests.dried", actor=clara, target=anna)
    return {
        "painted": first,
        "dried": second,
        "denied": services.record("tests.paint", actor=anna, outcome=Outcome.DENIED),
        "job": record_from(Source.JOB, "tests.swept", clara),
        "substitute": services.record("tests.lent", actor=clara, on_behalf_of=anna),
        "role": services.record(
            "tests.shown", actor=anna, target=Group.objects.get(name="Auditor")
        ),
    }


def record_from(source: Source, action: str, actor: User) -> AuditEvent:
    with coming_from(Origin(source=source)):
        return services.record(action, actor=actor)


def listed(client: Client, **asked: Any) -> list[int]:
    response = client.get(reverse(LIST), asked)
    assert response.status_code == 200, response
    return [event.pk for event in response.context["cl"].result_list]


def page_of(event: AuditEvent) -> str:
    return reverse("admin:audit_auditevent_change", args=(event.pk,))


def test_each_filter_finds_its_events(
    client: Client, audrey: User, log: dict[str, AuditEvent], clara: User, boris: User
) -> None:
    client.force_login(audrey)
    found = {name: event.pk for name, event in log.items()}

    assert listed(client, action="tests.painted") == [found["painted"]]
    assert listed(client, outcome__exact="denied") == [found["denied"]]
    assert listed(client, source__exact="job") == [found["job"]]
    assert listed(client, actor__id__exact=clara.pk) == sorted(
        (found[name] for name in ("painted", "dried", "job", "substitute")), reverse=True
    )
    request_id = log["painted"].request_id
    assert listed(client, request=request_id) == [found["dried"], found["painted"]]
    assert listed(client, request="nonsense") == []
    assert listed(client, about=f"accounts.user:{boris.pk}") == [found["painted"]]
    assert listed(client, about="nonsense") == []
    assert set(found.values()) <= set(listed(client))


def test_both_days_of_a_range_are_whole(
    client: Client, audrey: User, log: dict[str, AuditEvent], tamper: Tamper
) -> None:
    moments = {
        "painted": "2026-03-28 23:59:59.9Z",
        "dried": "2026-03-29 00:00:00Z",
        "denied": "2026-03-30 23:59:59.9Z",
        "job": "2026-03-31 00:00:00Z",
    }
    for name, moment in moments.items():
        tamper("UPDATE audit_logs SET at = %s WHERE id = %s", moment, log[name].pk)
    client.force_login(audrey)

    def between(**asked: str) -> set[str]:
        found = set(listed(client, **asked))
        return {name for name in moments if log[name].pk in found}

    assert between(at_from="2026-03-29", at_to="2026-03-30") == {"dried", "denied"}
    assert between(at_from="2026-03-29") == {"dried", "denied", "job"}
    assert between(at_to="2026-03-29") == {"painted", "dried"}
    assert between(at_from="nonsense", at_to="2026-13-99") == set(moments)


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("bor", {"painted"}),
        ("BORIS", {"painted"}),
        ("tests.pai", {"painted", "denied"}),
        ("swept", {"job"}),
        ("nothing like it", set()),
        ("%", set()),
        ("²", set()),
        ("9" * 40, set()),
    ],
)
def test_the_search_finds_names_and_actions(
    client: Client, audrey: User, log: dict[str, AuditEvent], term: str, names: set[str]
) -> None:
    client.force_login(audrey)

    found = set(listed(client, q=term))

    assert {name for name, event in log.items() if event.pk in found} == names


def test_the_search_finds_numbers_and_requests(
    client: Client, audrey: User, log: dict[str, AuditEvent]
) -> None:
    client.force_login(audrey)
    event = log["denied"]

    assert listed(client, q=str(event.pk)) == [event.pk]
    assert listed(client, q=str(log["painted"].request_id)) == [
        log["dried"].pk,
        log["painted"].pk,
    ]
    assert listed(client, q=str(uuid.uuid4())) == []


def test_the_search_asks_indexes(client: Client, audrey: User, log: dict[str, AuditEvent]) -> None:
    client.force_login(audrey)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        listed(client, q="boris")

    (query,) = [one["sql"] for one in asked if "ORDER BY" in one["sql"] and "UPPER" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query.replace('LIMIT', 'LIMIT 1 --')}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan


def test_the_list_never_counts(client: Client, audrey: User, log: dict[str, AuditEvent]) -> None:
    client.force_login(audrey)

    with CaptureQueriesContext(connection) as asked:
        listed(client)
        listed(client, p="2", action="tests.painted")

    assert not [
        one["sql"] for one in asked if "COUNT(" in one["sql"] and "audit_logs" in one["sql"]
    ]


def test_the_list_asks_as_many_questions_for_many_as_for_few(
    client: Client, audrey: User, clara: User, boris: User, anna: User
) -> None:
    client.force_login(audrey)
    services.record("tests.lent", actor=clara, on_behalf_of=anna, target=boris)
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for _number in range(20):
        services.record("tests.lent", actor=clara, on_behalf_of=anna, target=boris)
    with CaptureQueriesContext(connection) as many:
        listed(client)

    assert len(many) == len(few)


def test_an_event_shows_before_and_after_side_by_side(
    client: Client, audrey: User, clara: User, boris: User
) -> None:
    event = services.record(
        "tests.changed",
        actor=clara,
        target=boris,
        before={"colour": "red", "size": 3},
        after={"colour": "blue", "size": 3},
        reason="It was <b>old</b>",
    )
    client.force_login(audrey)

    text = client.get(page_of(event)).content.decode()

    assert "<del>red</del>" in text
    assert "<ins>blue</ins>" in text
    assert "<div>3</div>" in text
    assert "It was &lt;b&gt;old&lt;/b&gt;" in text


def test_an_event_leads_to_what_belongs_to_it(
    client: Client, audrey: User, log: dict[str, AuditEvent], boris: User, system: User
) -> None:
    client.force_login(audrey)
    event = log["painted"]

    text = client.get(page_of(event)).content.decode()

    assert reverse("admin:accounts_user_change", args=(boris.pk,)) in text
    assert f"about=accounts.user%3A{boris.pk}" in text
    assert f"request={event.request_id}" in text
    assert page_of(log["dried"]) in text
    assert "not sealed yet" in text

    block = services.seal(actor=system)
    assert block is not None
    assert seal_of(event) == block
    text = client.get(page_of(event)).content.decode()
    assert reverse("admin:audit_auditblock_change", args=(block.pk,)) in text


def test_links_lead_only_where_somebody_may_go(
    client: Client, log: dict[str, AuditEvent], adam: User, clara: User
) -> None:
    role = adam.groups.get()
    role.permissions.add(
        *Group.objects.get(name="Auditor").permissions.filter(codename="view_auditevent")
    )
    role.permissions.remove(*role.permissions.filter(codename__in=("view_user", "change_user")))
    client.force_login(adam)

    text = client.get(page_of(log["substitute"])).content.decode()
    own = client.get(page_of(log["role"])).content.decode()

    assert reverse("admin:accounts_user_change", args=(clara.pk,)) not in text
    assert "on behalf of" in text.lower()
    assert reverse("admin:auth_group_change", args=(log["role"].target_id,)) in own


def test_a_target_without_a_page_is_a_name(client: Client, audrey: User, clara: User) -> None:
    event = services.record(
        "tests.happened", actor=clara, target=clara.groups.get().permissions.first()
    )
    client.force_login(audrey)

    assert str(event.target_label) in client.get(page_of(event)).content.decode()


@pytest.mark.parametrize("name", ["audrey", "root"])
def test_nobody_adds_changes_or_deletes(
    client: Client, log: dict[str, AuditEvent], name: str, request: pytest.FixtureRequest
) -> None:
    person = (
        User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")
        if name == "root"
        else request.getfixturevalue(name)
    )
    client.force_login(person)
    event = log["painted"]
    count = AuditEvent.objects.count()

    assert client.get(reverse("admin:audit_auditevent_add")).status_code == 403
    assert client.post(page_of(event), {"reason": "x"}).status_code == 403
    delete = reverse("admin:audit_auditevent_delete", args=(event.pk,))
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert AuditEvent.objects.count() == count


@pytest.mark.parametrize("name", ["clara", "carol", "adam", "fiona"])
def test_others_stay_outside(
    client: Client, log: dict[str, AuditEvent], name: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(name))

    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page_of(log["painted"])).status_code == 403


def test_an_event_that_is_not_there_leads_home(client: Client, audrey: User) -> None:
    client.force_login(audrey)

    assert client.get(page_of(AuditEvent(pk=987654321))).status_code == 302


def test_the_actions_are_known(log: dict[str, AuditEvent], tamper: Tamper) -> None:
    actions = known_actions()
    assert actions == sorted(set(AuditEvent.objects.values_list("action", flat=True)))

    tamper("DELETE FROM audit_logs")
    assert known_actions() == []


def test_a_diff_marks_what_only_one_side_has() -> None:
    changed, same, gone, added = rows_of(
        {"changed_field": ["a", "b"], "same": None, "gone": True},
        {"added": {"x": 1}, "changed_field": ["b", "c"], "same": None},
    )

    assert (added.name, added.before, added.after) == ("added", [], [("x: 1", True)])
    assert changed.name == "changed field"
    assert changed.before == [("a", True), ("b", False)]
    assert changed.after == [("b", False), ("c", True)]
    assert (same.before, same.is_changed) == ([("empty", False)], False)
    assert (gone.before, gone.after, gone.is_changed) == ([("yes", True)], [], True)


def test_what_was_added_is_new_not_changed() -> None:
    (row,) = rows_of({}, {"text": "one\ntwo"})

    assert row.after == [("one", True), ("two", True)]
    assert not row.is_changed


def test_every_row_has_an_address_of_its_events(
    client: Client, audrey: User, log: dict[str, AuditEvent], boris: User
) -> None:
    client.force_login(audrey)

    listed = client.get(events_url(boris)).context["cl"].result_list

    assert list(listed) == [log["painted"]]
    assert events_url(log["painted"]) == events_url(boris)
