"""The bill of materials of the image: every package in it, with version and digests.

`python -m deploy.sbom FOLDER` writes `sbom.cdx.json` there (CycloneDX 1.6), from the lock file and
without the packages of tests, and says how many components it names.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

_EXPORT = ("uv", "export", "--locked", "--no-default-groups", "--no-emit-project", "--quiet")
_VERSION = "1.6"


def write(folder: Path) -> int:
    """Write the file, valid by the schema of CycloneDX; return how many components it names."""
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "sbom.cdx.json"
    with tempfile.TemporaryDirectory() as scratch:
        locked = Path(scratch) / "requirements.txt"
        subprocess.run([*_EXPORT, "--output-file", str(locked)], check=True, capture_output=True)
        subprocess.run(
            [
                *(sys.executable, "-m", "cyclonedx_py", "requirements", str(locked)),
                *("--pyproject", "pyproject.toml", "--spec-version", _VERSION, "--validate"),
                *("--output-reproducible", "--output-format", "JSON", "--output-file"),
                str(written),
            ],
            check=True,
            capture_output=True,
        )
    return len(json.loads(written.read_text(encoding="utf-8"))["components"])


if __name__ == "__main__":
    count = write(Path(sys.argv[1]))
    sys.stdout.write(f"{count} components\n")
