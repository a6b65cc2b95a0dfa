"""Comments on tickets: between whom, edited by whom, with which files."""

import json
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.tickets.tests.showing import scan

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def test_people_of_a_ticket_talk_and_staff_among_themselves(
    api: "MakeApi", desk: "Desk", boris: "User", lena: "User", clara: "User", bella: "User"
) -> None:
    path = f"/tickets/{desk.draft().pk}/comments"
    secret = {"body": "He is always late", "visibility": "staff"}

    assert api(boris, "tickets:write").post(path, {"body": "At eight?"}).status_code == 201
    kept = api(clara).post(path, secret).json()
    assert api(boris).post(path, secret).status_code == 403
    assert api(bella).post(path, {"body": "Me too"}).status_code == 404
    assert api(boris, "tickets:read").post(path, {"body": "Again"}).status_code == 403

    for person, count in ((boris, 1), (lena, 1), (clara, 2)):
        client = api(person, "tickets:read")
        assert len(client.get(path).json()["items"]) == count
        status = 200 if person == clara else 404
        assert client.get(f"/comments/{kept['id']}").status_code == status


@pytest.mark.parametrize("body", ["", "  ", "a\x00b", "x" * 10_001])
def test_what_is_no_comment_names_the_field(
    api: "MakeApi", desk: "Desk", boris: "User", body: str
) -> None:
    answer = api(boris).post(f"/tickets/{desk.draft().pk}/comments", {"body": body})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [] or answer.json()["errors"][0]["field"] == "body"


def test_a_comment_is_edited_by_its_author_who_has_seen_it(
    api: "MakeApi", desk: "Desk", boris: "User", clara: "User"
) -> None:
    client = api(boris)
    said = client.post(f"/tickets/{desk.draft().pk}/comments", {"body": "At eight?"})
    path = f"/comments/{said.json()['id']}"

    edited = client.patch(path, {"body": "At nine?"}, tag=said["ETag"])

    assert edited.json()["body"] == "At nine?"
    assert edited.json()["edited_at"]
    assert client.patch(path, {"body": "At ten?"}, tag=said["ETag"]).status_code == 412
    assert client.patch(path, {"body": "At ten?"}).status_code == 428
    assert api(clara).patch(path, {"body": "Never"}, tag=edited["ETag"]).status_code == 403


def test_files_come_with_a_comment_and_only_its_readers_have_them(
    api: "MakeApi", desk: "Desk", boris: "User", lena: "User", clara: "User"
) -> None:
    path = f"/tickets/{desk.draft().pk}/files"

    def attach(person: "User", visibility: str) -> int:
        body = json.dumps({"body": "Here", "visibility": visibility})
        answer = api(person).upload(path, {"body": body, "files": [scan()]})
        assert answer.status_code == 201, answer.content
        return int(answer.json()["files"][0]["id"])

    for_all, for_staff = attach(boris, "everybody"), attach(clara, "staff")

    for person, status in ((boris, 404), (lena, 404), (clara, 200)):
        client = api(person)
        taken = client.get(f"{path}/{for_all}")
        assert taken["Content-Disposition"].startswith("attachment")
        assert client.get(f"{path}/{for_staff}").status_code == status
    program = SimpleUploadedFile("run.exe", b"MZ\x00\x01")
    refused = api(boris).upload(path, {"body": '{"body": "Run it"}', "files": [program]})
    assert refused.json()["type"].endswith("common.file-refused")
    missing = api(boris).upload(path, {"body": '{"body": "Nothing"}'})
    assert missing.json()["errors"][0]["field"] == "files"
