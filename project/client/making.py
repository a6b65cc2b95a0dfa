"""Makes the package of the client."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

from apps.api.v1 import api as v1

PACKAGE = "assets_client"
_OURS = Path(__file__).parent / "connecting.py"
_README = Path(__file__).parent / "README.md"
_FIRST_REFUSAL = 400
_JSON = "application/json"


class NotMade(Exception):
    """The generator did not understand the document, and says why."""


def make(folder: Path) -> Path:
    """Write the package and its project file into `folder`, and return where the package is.

    Raises:
        NotMade: the generator is missing or failed, or warned that it left something out.
    """
    with tempfile.TemporaryDirectory() as scratch:
        document = simplified(v1.get_openapi_schema())
        described, options = Path(scratch, "openapi.json"), Path(scratch, "options.json")
        described.write_text(json.dumps(document, default=str))
        options.write_text(json.dumps({"class_overrides": _modules(document)}))
        _generate(described, options, folder)
    shutil.copy(_OURS, folder / PACKAGE)
    shutil.copy(_README, folder / "README.md")
    _say_which_python(folder / "setup.py")
    return folder / PACKAGE


def _say_which_python(setup: Path) -> None:
    """Ask for the Python that `connecting` is written for; the generator asks for an older one.

    Raises:
        NotMade: the generator writes it otherwise by now.
    """
    asked, said = setup.read_text(encoding="utf-8"), 'python_requires=">=3.11, <4"'
    if said not in asked:
        raise NotMade(f"setup.py does not say {said}: correct the line that replaces it.")
    setup.write_text(asked.replace(said, 'python_requires=">=3.12, <4"'), encoding="utf-8")


def simplified(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as the generator understands it.

    Only answers that succeed are left: `connecting` raises the others. Files are bytes of any
    kind, because the generator knows no other content that is neither JSON nor text.
    """
    document = deepcopy(document)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"] = {
                status: _with_bytes(answer)
                for status, answer in operation["responses"].items()
                if int(status) < _FIRST_REFUSAL
            }
    return document


def _with_bytes(answer: dict[str, Any]) -> dict[str, Any]:
    if _JSON in (content := answer.get("content", {_JSON: {}})):
        return answer
    schema = next(iter(content.values()))["schema"]
    return {**answer, "content": {"application/octet-stream": {"schema": schema}}}


def _modules(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return other modules for classes that are called like a field of theirs.

    The generator calls a variable like the module, and would use one name for two types.
    """
    modules = {}
    for name, schema in document["components"]["schemas"].items():
        module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if module in schema.get("properties", {}):
            modules[name] = {"class_name": name, "module_name": f"{module}_only"}
    return modules


def _generate(document: Path, options: Path, folder: Path) -> None:
    programs = Path(sys.executable).parent
    if not (programs / "openapi-python-client").exists():
        raise NotMade("openapi-python-client is missing here: uv sync installs it on a checkout.")
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [
            *(str(programs / "openapi-python-client"), "generate"),
            *("--path", str(document), "--output-path", str(folder), "--overwrite"),
            *("--config", str(options), "--meta", "setup", "--fail-on-warning"),
        ],
        check=False,
        capture_output=True,
        # The generator lets ruff format what it wrote.
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"},
        text=True,
    )
    if done.returncode:
        raise NotMade(f"{done.stdout}{done.stderr}")
