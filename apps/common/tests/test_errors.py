"""A refusal carries facts and says them in one sentence."""

import pytest

from apps.common.errors import DomainError, MoveNotAllowed, NotPermitted, OwnMatter


def all_refusals(tree: type[DomainError] = DomainError) -> list[type[DomainError]]:
    found = [tree] if hasattr(tree, "template") else []
    return found + [one for branch in tree.__subclasses__() for one in all_refusals(branch)]


def test_a_refusal_keeps_its_facts() -> None:
    refusal = NotPermitted(permission="tickets.approve_ticket")

    assert refusal.facts == {"permission": "tickets.approve_ticket"}
    assert refusal.message == str(refusal)
    assert "“tickets.approve_ticket”" in refusal.message


def test_the_tree_lets_a_caller_catch_all_or_some() -> None:
    assert issubclass(OwnMatter, NotPermitted)
    assert issubclass(NotPermitted, DomainError)
    assert issubclass(MoveNotAllowed, DomainError)
    assert not issubclass(MoveNotAllowed, NotPermitted)


def test_braces_in_a_fact_are_only_text() -> None:
    assert "{0} {permission}" in NotPermitted(permission="{0} {permission}").message


@pytest.mark.parametrize("refusal", all_refusals(), ids=lambda refusal: refusal.__qualname__)
def test_every_refusal_of_the_project_ends_with_a_full_stop(refusal: type[DomainError]) -> None:
    template = str(refusal.template).strip()

    assert template == str(refusal.template)
    assert template[-1] in ".}", "the sentence has no end"
