"""The client for Python programs, at work against a server, and the example for its readers."""

import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken

from apps.approvals.states import Verdict
from apps.assets.models import Asset
from apps.programs.models import Program
from apps.programs.scopes import SCOPES
from apps.tickets.models import Ticket
from apps.tickets.tests.conftest import DAY, desk
from project.client.making import PACKAGE, make
from project.settings.env import ROOT
from project.testing.programs import program_by_itself, secret_of

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.make import Make

__all__ = ["desk"]

EXAMPLE = ROOT / "docs" / "examples" / "import_register.py"
FAULT = {"field": "a", "message": "Send b.", "pointer": "#/a"}
at_work = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make the package, and let Python find it."""
    folder = tmp_path_factory.mktemp("client")
    make(folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def clerk(db: None) -> Program:
    """Register a program that acts by itself as a lending clerk does."""
    return program_by_itself(
        "Lending clerk", allowed_scopes=sorted(set(SCOPES) - {"approvals:decide"})
    )


@pytest.fixture
def client(package: Path, live_server: object, clerk: Program) -> Iterator[Any]:
    """Return the client of that program."""
    connecting = part("connecting")
    scopes = ("assets:read", "tickets:read", "tickets:write")
    args = connecting.signed_in(str(live_server), clerk.client_id, secret_of(clerk), scopes)
    with importlib.import_module(PACKAGE).AuthenticatedClient(
        str(live_server), token="", httpx_args=args
    ) as made:
        yield made


def part(name: str) -> Any:
    """Return a module of the package."""
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def example(
    package: Path, live_server: object, clerk: Program, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Return the program of the example, which knows where to go and who it is."""
    monkeypatch.setenv("ASSETS_URL", str(live_server))
    monkeypatch.setenv("ASSETS_PROGRAM", clerk.client_id)
    monkeypatch.setenv("ASSETS_SECRET", secret_of(clerk))
    spec = importlib.util.spec_from_file_location("import_register", EXAMPLE)
    assert spec
    assert spec.loader
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def register(folder: Path, *rows: str) -> list[str]:
    """Write a register, and return the command line that imports it."""
    file = folder / "register.csv"
    file.write_text("\n".join(("tag,name,value", *rows)), encoding="utf-8")
    options = {
        "currency": "USD",
        "category": "Cameras",
        "lender": "lena@example.com",
        "borrower": "boris@example.com",
    }
    return [str(file), *(f"--{name}={value}" for name, value in options.items())]


@at_work
def test_the_example_imports_a_register_and_follows_a_ticket_to_its_close(
    example: Any, desk: "Desk", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.pay_in()
    desk.make.category(name="Cameras")
    steps: Iterator[Callable[[Ticket], object]] = iter(
        [
            lambda _ticket: None,
            lambda ticket: desk.decide(ticket, Verdict.APPROVE),
            desk.hand_over,
            desk.take_back,
            lambda _ticket: None,
            desk.inspect,
        ]
    )
    pauses = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        next(steps)(Ticket.objects.get())

    example.main(register(tmp_path, "CAM-7,Camera,200.00", "LAMP-1,Lamp,50.00"), wait)

    ticket = Ticket.objects.get()
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["line 2: CAM-7 new", "line 3: LAMP-1 new", "2 assets registered, 0 changed"]
    assert [line.split(":")[0].removeprefix(f"{ticket} ") for line in said[3:]] == [
        *("submitted", "approved", "on_loan", "returned", "closed")
    ]
    assert pauses == [2, 4, 2, 2, 2, 4]
    assert (ticket.status, ticket.borrower) == ("closed", desk.boris)
    assert ticket.entered_by.is_program
    assert ticket.lines.get().asset == Asset.objects.get(tag="CAM-7", lender=desk.lena, value=20000)


@at_work
def test_the_example_imports_nothing_of_a_wrong_register(
    example: Any, make: "Make", lena: "User", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.category(name="Cameras")

    with pytest.raises(SystemExit, match="correct these lines"):
        example.main(register(tmp_path, "CAM-7,Camera,a lot"))

    assert capsys.readouterr().out.startswith("line 2: CAM-7 invalid ")
    assert not Asset.objects.exists()


@at_work
def test_a_refusal_is_raised_with_its_fields(client: Any, desk: "Desk") -> None:
    models, connecting = part("models"), part("connecting")
    wish = models.TicketIn(
        assets=[10**9],
        borrower=desk.boris.pk,
        starts_at=desk.start,
        ends_at=desk.start + DAY,
        purpose="Film",
    )

    with pytest.raises(connecting.Refused, match=r"422 .* assets: ") as refused:
        part("api.tickets.draft_ticket").sync(
            client=client, body=wish, idempotency_key=connecting.new_key()
        )

    assert refused.value.status == 422
    assert [fault["field"] for fault in refused.value.problem["errors"]] == ["assets"]
    with pytest.raises(connecting.Refused) as hidden:
        part("api.tickets.get_ticket").sync(10**9, client=client)
    assert (hidden.value.status, hidden.value.name) == (404, "api.not-found")


@at_work
def test_a_wrong_secret_is_refused_at_once(
    package: Path, live_server: object, clerk: Program
) -> None:
    connecting = part("connecting")
    args = connecting.signed_in(str(live_server), clerk.client_id, "not this", ["tickets:read"])

    with (
        importlib.import_module(PACKAGE).AuthenticatedClient(
            str(live_server), token="", httpx_args=args
        ) as stranger,
        pytest.raises(connecting.Refused, match="401 invalid_client"),
    ):
        part("api.tickets.list_tickets").sync(client=stranger)


@at_work
def test_an_expired_token_is_renewed(client: Any, desk: "Desk") -> None:
    ticket = desk.draft()
    get_ticket = part("api.tickets.get_ticket")
    assert get_ticket.sync(ticket.pk, client=client).number == str(ticket)
    assert get_ticket.sync(ticket.pk, client=client).number == str(ticket)
    (first,) = AccessToken.objects.all()

    AccessToken.objects.update(expires=timezone.now())

    assert get_ticket.sync(ticket.pk, client=client).number == str(ticket)
    assert AccessToken.objects.exclude(pk=first.pk).count() == 1


@at_work
def test_every_walks_all_pages(client: Any, desk: "Desk") -> None:
    (asset,) = desk.assets()
    drafted = [desk.draft([asset], starts_at=desk.start + day * DAY).pk for day in range(5)]
    list_tickets = part("api.tickets.list_tickets")

    found = part("connecting").every(
        list_tickets.sync, client=client, limit=2, borrower=desk.boris.pk
    )

    assert [ticket.id for ticket in found] == drafted[::-1]


@at_work
def test_files_go_up_and_come_down_as_bytes(client: Any, desk: "Desk") -> None:
    ticket, models = desk.draft(), part("models")
    file = part("types").File(BytesIO(b"Handle with care"), "note.txt", "text/plain")
    form = models.AttachFilesMultiPartBodyParams(
        files=[file], body=models.Commenting(body="Read this")
    )
    said = part("api.files.attach_files").sync(
        ticket.pk, client=client, body=form, idempotency_key="one"
    )

    kept = part("api.files.download_file").sync(ticket.pk, said.files[0].id, client=client)

    assert kept.payload.read() == b"Handle with care"


def test_what_passes_is_asked_again_and_what_stays_is_raised(package: Path) -> None:
    connecting, pauses = part("connecting"), list[float]()
    busy = httpx.Response(429, headers={"Retry-After": "30"})
    wrong = httpx.Response(
        422, json={"type": "/problems/a.b", "errors": [FAULT], "facts": {"n": 1}}
    )
    answers: list[object] = [httpx.ReadTimeout("late"), connecting.Refused(busy), "done"]

    def ask() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert connecting.patiently(ask, wait=pauses.append) == "done"
    assert pauses == [1, 30]
    answers += [connecting.Refused(wrong), "never"]
    with pytest.raises(connecting.Refused) as refused:
        connecting.patiently(ask, wait=pauses.append)
    assert refused.value.faults == [connecting.Fault(**FAULT)]
    assert (refused.value.name, refused.value.facts) == ("a.b", {"n": 1})
    answers[:] = [httpx.ConnectError("away"), httpx.ConnectError("away")]
    with pytest.raises(httpx.ConnectError):
        connecting.patiently(ask, tries=2, wait=pauses.append)


def test_the_package_brings_our_own_page(package: Path) -> None:
    page = (package / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))

    compile(code, "README.md", "exec")
    for module, names in re.findall(r"^from (\S+) import (.+)$", code, flags=re.MULTILINE):
        found = importlib.import_module(module)
        for name in names.split(", "):
            assert hasattr(found, name) or importlib.import_module(f"{module}.{name}"), name
    assert 'python_requires=">=3.12' in (package / "setup.py").read_text(encoding="utf-8")


def test_the_page_for_engineers_names_each_scope_as_the_consent_page_does() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z]+(?::[a-z]+)?)` \| (.*) \|$", page, flags=re.MULTILINE)

    assert rows == [(name, str(words)) for name, words in SCOPES.items()]


def test_the_names_of_the_client_read_well(package: Path) -> None:
    for name in ("assets.register_asset", "tickets.submit_ticket", "approvals.decide_approval"):
        operation = part(f"api.{name}").sync
        assert {"client", "body", "idempotency_key"} <= set(inspect.signature(operation).parameters)


def test_the_example_is_typed(package: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file=", "--strict"),
            *("--cache-dir", str(tmp_path), str(EXAMPLE)),
        ],
        check=False,
        capture_output=True,
        env={"MYPYPATH": str(package)},
        text=True,
    )

    assert done.returncode == 0, done.stdout
