"""What the machine must have before Blotter can be installed and run.

`python3 deploy/native/prerequisites.py` names what is missing and ends with 1 if anything is;
`--packages` prints only the names of Debian packages. Kept to what an old Python 3 understands.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PYTHON = (3, 11)
JAVA = 17


class Missing(NamedTuple):
    """One missing thing, and the Debian package that brings it."""

    what: str
    package: str


def java_version() -> int | None:
    """Major version of the `java` in use (of JAVA_HOME, else of PATH); None if there is none."""
    try:
        answer = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found.group(1)) if found else None


def java() -> str:
    """Path of the `java` in use, as every start script looks for it: JAVA_HOME first."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java") or "java"


def java_home() -> str:
    """Folder of the Java in use, as Java itself says it: `java` on PATH may be a link or shim."""
    command = [java(), "-XshowSettings:properties", "-version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"java\.home = (.+)", answer.stderr)
    return found.group(1).strip() if found else ""


def missing_for_install() -> list[Missing]:
    """What `make install` lacks: Python 3.11 or later with venv and ensurepip."""
    wanted = ".".join(map(str, PYTHON))
    if sys.version_info < PYTHON:
        return [Missing(f"Python {wanted} or later (this is {sys.version.split()[0]})", "python3")]
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return [Missing("Python's venv and ensurepip", "python3-venv")]
    return []


def missing_for_servers() -> list[Missing]:
    """What the native Kafka and Elasticsearch lack: Java 17 or later, and Maven."""
    found = []
    version = java_version()
    if version is None or version < JAVA:
        what = f"Java {JAVA} or later (found: {version or 'none'})"
        found.append(Missing(what, "default-jre-headless"))
    if shutil.which("mvn") is None:
        found.append(Missing("Maven (mvn), which fetches Kafka and Elasticsearch", "maven"))
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        found.append(
            Missing("setpriv, with which Elasticsearch gives up root's rights", "util-linux")
        )
    return found


def describe(missing: list[Missing]) -> str:
    """One line for each missing thing, and the command that installs them all."""
    packages = " ".join(one.package for one in missing)
    sudo = "" if os.geteuid() == 0 else "sudo "
    lines = [f"missing: {one.what}" for one in missing]
    return "\n".join([*lines, f"on Debian or Ubuntu: {sudo}apt-get install -y {packages}"])


def docker_works() -> bool:
    """Say whether a Docker engine answers and has the compose command."""
    commands = (["docker", "info"], ["docker", "compose", "version"])
    return shutil.which("docker") is not None and all(
        subprocess.run(command, check=False, capture_output=True).returncode == 0
        for command in commands
    )


def missing_for(purpose: str) -> list[Missing]:
    """What is missing to `install`, to `run` (Docker may bring the servers) or to `test`."""
    stack = os.environ.get("BLOTTER_STACK")
    if purpose == "install":
        return missing_for_install()
    if purpose == "run" and (stack == "docker" or (stack != "native" and docker_works())):
        return missing_for_install()
    return missing_for_install() + missing_for_servers()


def main() -> int:
    """Name what is missing; return 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="purpose", choices=["install", "run", "test"], default="test")
    parser.add_argument("--packages", action="store_true", help="only the Debian packages' names")
    arguments = parser.parse_args()
    missing = missing_for(arguments.purpose)
    if arguments.packages:
        print(" ".join(one.package for one in missing))
    elif missing:
        print(describe(missing), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
