"""Queries whose text is kept, the statements prepared for them, and the pool they are asked of."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.core.cache.backends.base import BaseCache
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.lookups import LessThan
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common import prepared
from apps.common.counting_cache import CountingCache
from apps.common.kept_query import Entangled, KeptQuery
from apps.common.postgresql.base import check_connection
from apps.tickets.models import Ticket
from apps.wallets.models import Wallet
from project.testing.database_roles import database_url

if TYPE_CHECKING:
    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db


def test_the_text_is_made_once_and_the_values_are_put_in(
    boris: User, bella: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = []

    def build(person: User, pk: int) -> "QuerySet[User]":
        made.append(pk)
        return User.objects.filter(pk=pk)

    query = KeptQuery(build)

    assert query.fetch(boris, pk=bella.pk) == [bella]
    with django_assert_num_queries(1):
        assert query.fetch(boris, pk=boris.pk) == [boris]
    assert query.fetch(boris, pk=0) == []
    assert len(made) == 1


def test_each_person_gets_what_their_permissions_open(boris: User, bella: User) -> None:
    query = KeptQuery(Wallet.objects.visible_to)

    def seen_by(person: User) -> set[int]:
        return {wallet.pk for wallet in query.fetch(person)}

    def shown(person: User) -> set[int]:
        return set(Wallet.objects.visible_to(person).values_list("pk", flat=True))

    assert seen_by(boris) == shown(boris)
    assert seen_by(bella) == shown(bella)
    bella.user_permissions.add(Permission.objects.get(codename="view_wallet"))
    again = User.objects.get(pk=bella.pk)
    assert seen_by(again) == shown(again) > shown(bella)
    assert seen_by(boris) == shown(boris)
    User.objects.filter(pk=bella.pk).update(is_active=False)
    away = User.objects.get(pk=bella.pk)
    assert seen_by(away) == shown(away)


def test_a_plan_that_asks_more_leaves_none_that_asked_less(boris: User, bella: User) -> None:
    """What one shape of values asks for counts for all plans that are made later, too."""

    def build(person: User, *, is_wide: bool) -> "QuerySet[Wallet]":
        rows = Wallet.objects.visible_to(person)
        if is_wide and not person.has_perm("tickets.view_ticket"):
            rows = rows.none()
        return rows

    query = KeptQuery(build)
    for name in ("view_wallet", "view_ticket"):
        bella.user_permissions.add(Permission.objects.get(codename=name))
    bella = User.objects.get(pk=bella.pk)
    boris.user_permissions.add(Permission.objects.get(codename="view_wallet"))
    boris = User.objects.get(pk=boris.pk)
    everything = Wallet.objects.count()

    assert len(query.fetch(bella, is_wide=False)) == everything
    assert len(query.fetch(bella, is_wide=True)) == everything
    assert query.fetch(boris, is_wide=True) == []
    assert len(query.fetch(boris, is_wide=False)) == everything


def test_whoever_sees_nothing_at_all_gets_nothing(boris: User) -> None:
    query = KeptQuery(lambda person, pk: Ticket.objects.visible_to(person).filter(pk__gt=pk))
    assert query.fetch(boris, pk=0) == []
    boris.is_active = False
    assert query.fetch(boris, pk=0) == []


def test_what_is_read_along_and_reckoned_comes_with_the_rows(
    boris: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def build(person: User, now: Any, size: int) -> "QuerySet[Wallet]":
        rows = Wallet.objects.with_posted().select_related("owner").prefetch_related("holds")
        return rows.annotate(soon=LessThan(F("opened_at"), now)).filter(number__contains="W")[:size]

    query = KeptQuery(build, fixed=("size",))
    later = timezone.now() + timedelta(days=1)
    query.fetch(boris, now=later, size=2)

    with django_assert_num_queries(2):
        wallets: list[Any] = query.fetch(boris, now=later, size=2)
        read = [(wallet.owner, list(wallet.holds.all()), wallet.posted) for wallet in wallets]
    assert len(read) == 2
    assert all(wallet.soon for wallet in wallets)
    earlier: list[Any] = query.fetch(boris, now=later - timedelta(days=999), size=1)
    assert [wallet.soon for wallet in earlier] == [False]


@pytest.mark.parametrize(
    ("build", "values"),
    [
        # A number in the text of the query, such as a limit, is `fixed` or nothing.
        (lambda _person, size: User.objects.all()[:size], {"size": 2}),
        # A moment that is reckoned from another one would stay as it was.
        (
            lambda _person, now: Ticket.objects.filter(starts_at__lt=now - timedelta(days=1)),
            {"now": timezone.now()},
        ),
        (lambda _person, pk: User.objects.filter(pk=pk + 1), {"pk": 2}),
        (lambda _person, pk: User.objects.filter(pk__gt=-pk), {"pk": 2}),
        (lambda _person, **_values: User.objects.all(), {"pk": 2}),
        (lambda person: User.objects.all()[: person.pk], {}),
    ],
)
def test_what_a_query_reckons_with_is_not_kept(
    build: Any, values: dict[str, Any], boris: User
) -> None:
    with pytest.raises(Entangled):
        KeptQuery(build).fetch(boris, **values)


def test_a_text_keeps_its_percent_signs(boris: User) -> None:
    query = KeptQuery(
        lambda _person, pk: User.objects.filter(pk=pk).annotate(part=Value("5 % of %s"))
    )
    found: list[Any] = query.fetch(boris, pk=boris.pk)
    assert [person.part for person in found] == ["5 % of %s"]


@pytest.mark.django_db(transaction=True)
def test_a_statement_outlives_a_transaction_that_is_rolled_back() -> None:
    with transaction.atomic():
        assert prepared.fetch_all("SELECT %s + 1", [2]) == [(3,)]
        transaction.set_rollback(True)
    assert prepared.fetch_all("SELECT %s + 1", [3]) == [(4,)]


def test_a_session_that_keeps_enough_answers_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_MOST", 0)
    assert prepared.fetch_all("SELECT %s + 2", [2]) == [(4,)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%+ 2'")
        assert cursor.fetchone() == (0,)


def test_a_connection_is_believed_until_its_server_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(_connection: object) -> None:
        raise AssertionError

    with psycopg.connect(database_url(), autocommit=True) as session:
        with monkeypatch.context() as patched:
            patched.setattr("psycopg_pool.ConnectionPool.check_connection", never)
            check_connection(session)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            check_connection(session)


@pytest.fixture
def cache() -> BaseCache:
    return CountingCache(os.environ["REDIS_URL"], {"KEY_PREFIX": "tests-of-counting"})


def test_the_cache_counts_what_is_there_and_nothing_else(cache: BaseCache) -> None:
    cache.delete("hits")
    with pytest.raises(ValueError, match="hits"):
        cache.incr("hits")
    cache.add("hits", 0, timeout=60)
    assert [cache.incr("hits"), cache.incr("hits", 2), cache.decr("hits")] == [1, 3, 2]
    assert cache.get("hits") == 2
