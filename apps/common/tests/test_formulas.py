"""Texts that a spreadsheet would run, and how they come back."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.common.formulas import guarded, guarded_sql, unguarded

TEXTS = st.text(alphabet=st.sampled_from("'=+-@\t\r\na 1"), max_size=6)


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@cmd", "\tx", "\rx", "\nx", "'=1", "''-"])
def test_a_formula_becomes_a_text(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Camera", "", "'90s", "a=b", 5, None])
def test_anything_else_stays_as_it_is(cell: object) -> None:
    assert guarded(cell) == cell
    assert not isinstance(cell, str) or unguarded(cell) == cell


@given(TEXTS)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert unguarded(str(guarded(text))) == text


@pytest.mark.django_db
def test_the_database_guards_as_we_do() -> None:
    texts = ["=1", "'=1", "''@", "a", "'a", "", "-", "\nx", "+\n"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {guarded_sql('t')} FROM unnest(%s::text[]) AS t", [texts])  # noqa: S608
        assert [row[0] for row in cursor.fetchall()] == [guarded(text) for text in texts]
