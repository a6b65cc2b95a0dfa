"""Registers as files: previewed, refused as a whole, imported once."""

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.api.resources import asset_imports
from apps.assets.importing.resources import RESOURCES
from apps.assets.models import Asset

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


def register(make: "Make", lena: "User", *rows: str) -> dict[str, Any]:
    """Return the form of a register with these rows."""
    content = "\n".join(("tag,name,value", *rows)).encode()
    body = {"currency": "USD", "lender": lena.pk, "category": make.category().pk}
    return {
        "body": json.dumps(body),
        "file": SimpleUploadedFile("register.csv", content),
    }


def test_a_register_is_previewed_and_imported_once(
    api: "MakeApi", make: "Make", lena: "User", clara: "User"
) -> None:
    client = api(clara, "assets:write")

    preview = client.upload("/asset-imports", register(make, lena, "A-1,Lamp,10.00", "A-2,Lamp,5"))

    assert preview.status_code == 201, preview.content
    assert (preview.json()["created"], preview.json()["is_imported"]) == (2, False)
    assert [row["outcome"] for row in preview.json()["rows"]] == ["new", "new"]
    assert not Asset.objects.exists()
    path = f"/asset-imports/{preview.json()['key']}/carry-out"
    assert client.post(path, {}).json()["is_imported"] is True
    assert Asset.objects.get(tag="A-1").value == 1000
    assert client.post(path, {}).status_code == 422
    assert Asset.objects.count() == 2


def test_one_wrong_row_refuses_the_file(
    api: "MakeApi", make: "Make", lena: "User", clara: "User"
) -> None:
    client = api(clara)

    preview = client.upload("/asset-imports", register(make, lena, "A-1,Lamp,10.00", "A-2,Lamp,x"))

    assert preview.json()["is_refused"] is True
    (wrong,) = (row for row in preview.json()["rows"] if row["faults"])
    assert (wrong["line"], wrong["outcome"]) == (3, "invalid")
    again = client.post(f"/asset-imports/{preview.json()['key']}/carry-out", {})
    assert (again.status_code, again.json()["is_imported"]) == (200, False)
    assert not Asset.objects.exists()


def test_importing_needs_the_role_the_scope_and_ones_own_preview(
    api: "MakeApi", make: "Make", lena: "User", clara: "User", anna: "User"
) -> None:
    assert api(lena).upload("/asset-imports", register(make, lena)).status_code == 403
    reader = api(clara, "assets:read")
    assert reader.upload("/asset-imports", register(make, lena)).status_code == 403
    preview = api(clara).upload("/asset-imports", register(make, lena, "A-1,Lamp,10")).json()
    path = f"/asset-imports/{preview['key']}/carry-out"
    assert api(anna).post(path, {}).status_code == 403
    unknown = register(make, lena)
    unknown["body"] = json.dumps({"currency": "USD", "lender": 10**9})
    assert api(clara).upload("/asset-imports", unknown).json()["errors"][0]["field"] == "lender"


def test_a_kind_of_file_that_is_none_is_refused_with_those_that_are(
    api: "MakeApi", make: "Make", lena: "User", clara: "User"
) -> None:
    form = register(make, lena, "A-1,Lamp,10.00")
    form["body"] = json.dumps({**json.loads(form["body"]), "source": "excel"})

    answer = api(clara).upload("/asset-imports", form)

    assert list(get_args(asset_imports.Source)) == list(RESOURCES)
    assert answer.json()["errors"][0]["pointer"] == "#/source"
    assert "snipe-it" in answer.json()["errors"][0]["message"]
