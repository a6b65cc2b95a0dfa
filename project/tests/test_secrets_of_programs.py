"""Who only reads the database finds nothing there by which a program could be impersonated."""

import pytest

from project import grants


def readable(table: str) -> tuple[str, ...] | None:
    (found,) = [one for one in grants.tables() if one.name == table]
    return found.for_readers().get("SELECT", ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    [
        "oauth2_provider_accesstoken",
        "oauth2_provider_devicegrant",
        "oauth2_provider_grant",
        "oauth2_provider_idtoken",
        "oauth2_provider_refreshtoken",
        "program_secrets",
    ],
)
def test_whole_tables_are_hidden(table: str) -> None:
    assert readable(table) == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "hidden"),
    [
        ("consents", {"code_challenge", "code_digest", "family"}),
        ("programs", {"client_secret"}),
        ("signing_keys", {"private_pem"}),
    ],
)
def test_columns_are_hidden(table: str, hidden: set[str]) -> None:
    shown = readable(table)
    assert shown
    assert not hidden & set(shown)


@pytest.mark.django_db
def test_no_version_of_a_program_holds_a_secret() -> None:
    (history,) = [one for one in grants.tables() if one.name == "programs_history"]
    assert not [name for name in history.columns if "secret" in name]
