"""Pages by key: forwards and backwards over every edge, and what is looked at row by row."""

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.common.keyset import Page, Walk

SIZE = 3


@pytest.fixture
def people(db: None) -> list[int]:
    """Ten people, two by two of one name; return their keys, the greatest first."""
    made = [
        User.objects.create_user(f"p{number}@example.com", display_name=f"Name {number // 2}")
        for number in range(10)
    ]
    return [person.pk for person in reversed(made)]


@pytest.fixture
def walk(people: list[int]) -> Walk[User]:
    return Walk(User.objects.filter(pk__in=people))


@pytest.fixture
def by_name(people: list[int]) -> Walk[User]:
    return Walk(User.objects.filter(pk__in=people), ("display_name", "pk"))


def shown(page: Page[User]) -> list[int]:
    return [person.pk for person in page.rows]


def test_the_first_page_is_the_newest_and_has_nothing_above(
    walk: Walk[User], people: list[int]
) -> None:
    page = walk.page("", SIZE)
    assert shown(page) == people[:3]
    assert page.is_newest
    assert page.newer == ""
    assert page.older == f"before-{people[2]}"


@pytest.mark.parametrize("name", ["walk", "by_name"])
def test_forwards_and_backwards_show_every_row_once(
    request: pytest.FixtureRequest, people: list[int], name: str
) -> None:
    walk: Walk[User] = request.getfixturevalue(name)
    page, seen, marks = walk.page("", SIZE), [], []
    while True:
        seen += shown(page)
        if not page.older:
            break
        marks.append(page.older)
        page = walk.page(page.older, SIZE)
    assert seen == people
    assert shown(page) == people[9:]
    assert len(marks) == 3
    upwards = [shown(page)]
    while not page.is_newest:
        page = walk.page(page.newer, SIZE)
        upwards.append(shown(page))
    assert upwards == [people[9:], people[6:9], people[3:6], people[:3]]


def test_a_page_that_ends_with_the_last_row_leads_nowhere(
    walk: Walk[User], people: list[int]
) -> None:
    page = walk.page(f"before-{people[6]}", SIZE)
    assert shown(page) == people[7:]
    assert page.older == ""


def test_above_the_first_page_is_the_first_page(walk: Walk[User], people: list[int]) -> None:
    page = walk.page(f"after-{people[2]}", SIZE)
    assert shown(page) == people[:3]
    assert page.is_newest


def test_a_row_that_comes_meanwhile_shifts_nothing(walk: Walk[User], people: list[int]) -> None:
    older = walk.page("", SIZE).older
    User.objects.filter(pk=people[0]).delete()
    assert shown(walk.page(older, SIZE)) == people[3:6]


def test_beyond_the_end_there_is_nothing_but_the_way_back(
    walk: Walk[User], people: list[int]
) -> None:
    page = walk.page(f"before-{people[9]}", SIZE)
    assert shown(page) == []
    assert page.older == ""
    assert page.newer == f"from-{people[9]}"
    assert shown(walk.page(page.newer, SIZE)) == people[7:]


def test_a_place_in_a_list_is_found_with_its_row(walk: Walk[User], people: list[int]) -> None:
    assert shown(walk.page(f"upto-{people[4]}", SIZE)) == people[4:7]


@pytest.mark.parametrize(
    "mark", ["x", "before", "before-", "before-x", "beside-5", "before-5~6", f"after-{'9' * 30}"]
)
def test_a_made_up_mark_shows_the_newest(walk: Walk[User], people: list[int], mark: str) -> None:
    page = walk.page(mark, SIZE)
    assert shown(page) == people[:3]
    assert page.is_newest


def test_what_no_index_serves_is_looked_at_a_stretch_at_a_time(people: list[int]) -> None:
    wanted = Q(display_name__in=("Name 0", "Name 4"))
    walk = Walk(User.objects.filter(pk__in=people), tests=(wanted,), stretch=4)

    first = walk.page("", SIZE)
    assert shown(first) == people[:2]
    assert (first.looked_at, first.older) == (4, f"before-{people[3]}")

    second = walk.page(first.older, SIZE)
    assert shown(second) == []
    assert (second.looked_at, second.newer) == (4, f"from-{people[3]}")

    third = walk.page(second.older, SIZE)
    assert shown(third) == people[8:]
    assert (third.looked_at, third.older) == (0, "")

    above = walk.page(third.newer, SIZE)
    assert shown(above) == []
    assert above.looked_at == 4
    assert above.older == f"upto-{people[8]}"
    assert shown(walk.page(above.older, SIZE)) == people[8:]
    assert shown(walk.page(above.newer, SIZE)) == people[:2]


def test_a_full_page_says_nothing_of_stretches(people: list[int]) -> None:
    everybody = Walk(User.objects.filter(pk__in=people), tests=(Q(is_active=True),), stretch=5)
    page = everybody.page("", SIZE)
    assert shown(page) == people[:3]
    assert page.looked_at == 0
    assert shown(everybody.page(f"after-{people[6]}", SIZE)) == people[3:6]


def test_no_page_counts_or_skips(walk: Walk[User], by_name: Walk[User]) -> None:
    for one in (walk, by_name):
        page = one.page("", SIZE)
        with CaptureQueriesContext(connection) as queries:
            one.page(page.older, SIZE)
        asked = [query["sql"].upper() for query in queries]
        assert len(asked) == 1
        assert "COUNT(" not in asked[0]
        assert "OFFSET" not in asked[0]


def test_a_key_of_two_fields_is_one_condition_of_the_index(by_name: Walk[User]) -> None:
    with CaptureQueriesContext(connection) as queries:
        by_name.page(by_name.page("", SIZE).older, SIZE)
    assert "ROW(" in queries[-1]["sql"]


# In the back office


def test_filters_tabs_and_search_start_on_the_newest_page(client: Client, walt: User) -> None:
    client.force_login(walt)
    url = reverse("admin:wallets_hold_changelist")
    text = client.get(url, {"tab": "all", "q": "h-1", "p": "before-5"}).content.decode()
    assert "?q=h-1&amp;tab=ended" in text
    assert 'name="p"' not in text


def test_the_links_under_a_list_keep_filters_and_search(
    client: Client, walt: User, system: User
) -> None:
    client.force_login(walt)
    url = reverse("admin:wallets_ledgertransaction_changelist")
    found = client.get(url, {"kind": "transfer", "p": "before-50"})
    assert found.context["cl"].newest_url == "?kind=transfer"
    assert found.context["cl"].newer_url == "?kind=transfer&p=from-50"
    assert 'href="?kind=transfer&amp;p=from-50"' in found.content.decode()
