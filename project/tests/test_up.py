"""`manage.py up` as people run it: one long story for real, and each refusal in a sentence."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from project.embedded import CannotStart
from project.embedded.ports import free_port
from project.settings.env import ROOT
from project.up import checks, fresh

_PATIENCE = 300
_OURS = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "ASSETS_LOCAL"}
# Each of the many processes would compile everything anew.
_SLOW = {"PYTHONDONTWRITEBYTECODE"}


@pytest.fixture
def local() -> Iterator[Path]:
    """Return a folder for everything that `up` keeps."""
    with tempfile.TemporaryDirectory(prefix="assets-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "local"


def manage(local: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py to its end, as on a machine without any settings."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd="/",
        env=_environment(local) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(local: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OURS | _SLOW}
    return kept | {"ASSETS_LOCAL": str(local)}


@contextmanager
def up(local: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `manage.py up`, give it and what it said until it was open, and see to its end."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)],
        cwd="/",
        env=_environment(local),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        late = threading.Timer(_PATIENCE, process.kill)
        late.start()
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, said
            process.wait(_PATIENCE)
        finally:
            late.cancel()
            process.kill()


def processes_of(local: Path) -> list[str]:
    """Return the command lines of processes that know `local`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if os.fsencode(local) in path.read_bytes() + path.with_name("cmdline").read_bytes():
                found.append(path.with_name("cmdline").read_text(encoding="utf-8"))
        except OSError:
            continue
    return found


def test_it_opens_joins_refuses_a_second_closes_and_tells_who_died(local: Path) -> None:
    port = free_port()
    first = manage(local, "load_reference")
    assert "The database is new" in first.stderr
    assert "9 roles" in first.stdout

    with up(local, port) as (process, said):
        assert f"Assets is open at http://127.0.0.1:{port} after" in said
        assert "Demo company    loaded." in said
        assert "Lending approver" in said
        with urlopen(f"http://127.0.0.1:{port}/accounts/login/") as page:
            assert page.status == 200

        second = manage(local, "up", "--port", str(free_port()))
        assert second.returncode == 1
        assert f"Assets runs here already, at http://127.0.0.1:{port}: stop it" in second.stderr
        assert not manage(local, "load_reference").stderr

        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert processes_of(local) == []

    with up(local, port) as (process, said):
        assert "0 migrations applied" in said
        assert "Demo company    is there." in said
        worker = next(line for line in processes_of(local) if "\0worker\0" in line)
        assert process.stdout
        os.kill(_main_process(worker), signal.SIGKILL)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert rest.startswith("worker ended by itself, with status -9. The end of ")
    assert processes_of(local) == []


def _main_process(command_line: str) -> int:
    """Return the process of this command line whose parent has another one."""
    same = {
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_text(encoding="utf-8") == command_line
    }
    return min(same)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"DATABASE_URL": "postgres://a:secret@127.0.0.1:1/a"},
            "DATABASE_URL: PostgreSQL does not",
        ),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}, "REDIS_URL: Redis does not let us in"),
        ({"ASSETS_TIME_ZONE": "Mars"}, "ASSETS_TIME_ZONE: must be the name of a time zone"),
        ({"ASSETS_LOCAL": "/dev/null"}, "/dev/null/log cannot be used (Not a directory): start as"),
    ],
)
def test_what_is_in_the_way_is_one_sentence(
    variables: dict[str, str], says: str, local: Path
) -> None:
    refused = manage(local, "up", "--port", str(free_port()), **variables)

    assert refused.returncode in {1, 2}
    assert refused.stderr.startswith(says)
    assert refused.stderr.count("\n") == 1
    assert "secret" not in refused.stderr
    assert processes_of(local) == []


def test_another_command_too_says_when_the_configured_database_is_away(local: Path) -> None:
    refused = manage(local, "load_reference", DATABASE_URL="postgres://a@127.0.0.1:1/a")

    assert refused.returncode == 1
    assert refused.stderr.startswith("DATABASE_URL: PostgreSQL does not let us in at 127.0.0.1:1")


@pytest.mark.parametrize("arguments", [["check"], ["help"], ["test", "--help"], ["--version"]])
def test_questions_start_no_servers(arguments: list[str], local: Path) -> None:
    assert manage(local, *arguments).returncode == 0
    assert not local.exists()


def test_a_taken_port_is_refused_with_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CannotStart, match=rf"Port {port} is taken .* --port \d+"):
            checks.port_is_free(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(CannotStart, match="a port is a number from 1 to 65535"):
        checks.port_is_free(port)


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_LEAST_FREE", 2**60)

    with pytest.raises(CannotStart, match=r"MB free and Assets needs .* make room"):
        checks.there_is_room(tmp_path)


def test_without_the_libraries_of_pdf_all_but_pdf_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_can_print", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said: list[str] = []

    checks.bring_pdf_libraries(said.append)

    assert len(said) == 1
    assert said[0].startswith("Goes on without PDF reports. To have them: sudo apt-get install")
    assert said[0].endswith("libpangoft2-1.0-0 libharfbuzz-subset0")


def test_root_gets_the_libraries_of_pdf_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(checks, "_can_print", lambda: bool(ran))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("subprocess.run", lambda command, **_: ran.append(command))
    said: list[str] = []

    checks.bring_pdf_libraries(said.append)

    assert [command[:2] for command in ran] == [["apt-get", "update"], ["apt-get", "install"]]
    assert len(said) == 1


class TestFresh:
    """`--fresh` removes what the embedded servers keep, after a question."""

    @pytest.fixture(autouse=True)
    def without_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand on a machine without settings."""
        monkeypatch.delenv("DATABASE_URL")

    @pytest.fixture
    def kept(self, tmp_path: Path) -> Path:
        """Return a file of the data."""
        file = tmp_path / "postgres" / "data"
        file.parent.mkdir()
        file.touch()
        return file

    def test_yes_removes(self, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("builtins.input", lambda _question: "yes")

        fresh.start_over(tmp_path, asks=True)

        assert not kept.exists()

    @pytest.mark.parametrize("answer", ["", "no", "y"])
    def test_anything_else_keeps(
        self, answer: str, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("builtins.input", lambda _question: answer)

        with pytest.raises(CannotStart, match="Nothing was removed"):
            fresh.start_over(tmp_path, asks=True)

        assert kept.exists()

    def test_nobody_there_keeps(
        self, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def input_(_question: str) -> str:
            raise EOFError

        monkeypatch.setattr("builtins.input", input_)

        with pytest.raises(CannotStart, match="--no-input removes without a question"):
            fresh.start_over(tmp_path, asks=True)

        assert kept.exists()

    def test_no_input_removes(self, tmp_path: Path, kept: Path) -> None:
        fresh.start_over(tmp_path, asks=False)

        assert not kept.exists()

    def test_a_configured_database_is_never_touched(
        self, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgres://assets@db/assets")

        with pytest.raises(CannotStart, match="DATABASE_URL names another database"):
            fresh.start_over(tmp_path, asks=False)

        assert kept.exists()

    def test_data_in_use_are_not_touched(
        self, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("project.embedded.is_running", lambda _folder: True)

        with pytest.raises(CannotStart, match="Another command uses"):
            fresh.start_over(tmp_path, asks=False)

        assert kept.exists()
