"""Start and stop Blotter: in containers where Docker works, as plain processes elsewhere."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Literal

from deploy.native import stack as native
from deploy.native.processes import StackError
from deploy.native.settings import ROOT, from_environment

Kind = Literal["docker", "native"]


def kind(environment: Mapping[str, str] = os.environ) -> Kind:
    """Say how to run: as BLOTTER_STACK says, else with Docker if its engine answers."""
    wanted = environment.get("BLOTTER_STACK", "")
    if wanted not in {"", "docker", "native"}:
        raise StackError(f"BLOTTER_STACK must be docker or native, not {wanted!r}")
    if wanted:
        return "docker" if wanted == "docker" else "native"
    works = _succeeds("docker", "info") and _succeeds("docker", "compose", "version")
    return "docker" if works else "native"


def up() -> None:
    """Start everything and wait until it is healthy; fine to repeat. Raises StackError."""
    if kind() == "docker":
        _compose("up", "--detach", "--build", "--wait")
    else:
        native.up(from_environment())


def down() -> None:
    """Stop everything; data stays."""
    if kind() == "docker":
        _compose("down")
    else:
        native.down(from_environment())


def status() -> bool:
    """Show what runs; return whether all of it does (with Docker: whether it could be asked)."""
    if kind() == "docker":
        _compose("ps")
        return True
    return native.status(from_environment())


def _compose(*arguments: str) -> None:
    answer = subprocess.run(["docker", "compose", *arguments], check=False, cwd=ROOT)
    if answer.returncode:
        raise StackError(
            f"docker compose {arguments[0]} failed; BLOTTER_STACK=native runs without Docker"
        )


def _succeeds(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
