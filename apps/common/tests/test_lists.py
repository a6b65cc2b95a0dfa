"""Lists: tabs over them, a bar under them, figures in them."""

from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User


def test_the_first_tab_is_open_unless_the_address_names_another(client: Client, adam: User) -> None:
    client.force_login(adam)
    url = reverse("admin:accounts_user_changelist")

    def open_tab(**asked: str) -> str:
        text = client.get(url, asked).content.decode()
        before, _current, after = text.partition('aria-current="page">')
        assert before != text
        return after.partition("<")[0]

    assert open_tab() == "Active"
    assert open_tab(tab="suspended") == "Suspended"
    assert open_tab(tab="nonsense") == "Active"


def test_another_tab_keeps_the_search_and_starts_on_its_first_page(
    client: Client, adam: User
) -> None:
    client.force_login(adam)

    text = client.get(
        reverse("admin:accounts_user_changelist"), {"q": "a", "p": "1", "tab": "all"}
    ).content.decode()

    assert "?q=a&amp;tab=suspended" in text


def test_the_bar_under_a_list_offers_dialogs_over_the_ticked_rows(
    client: Client, anna: User
) -> None:
    client.force_login(anna)

    page = client.get(reverse("admin:approvals_approvalrequest_changelist")).context

    offered = [dialog["url"] for dialog in page["bulk_dialogs"]]
    assert reverse("admin:approvals_approvalrequest_approve_many") in offered
    assert page["cl"].list_display[0] == "action_checkbox"
    assert [one["title"] for one in page["actions_list"]] == ["Export"]


def test_a_figure_in_a_template() -> None:
    template = Template("{% load office %}{% amount figure 'USD' %}")

    assert "$12.30" in template.render(Context({"figure": 1230}))
