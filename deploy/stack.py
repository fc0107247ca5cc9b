"""Start and stop Blotter: in containers where Docker works, as plain processes elsewhere."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Literal

from deploy.native import prerequisites
from deploy.native import stack as native
from deploy.native.processes import StackError
from deploy.native.settings import ROOT, from_environment

Kind = Literal["docker", "native"]

DEMONSTRATION = "demonstration.json"
"""In the state folder: when the demonstration's day ends."""
DEMONSTRATION_ACCOUNTS = "demonstration-accounts.json"
"""In the state folder: names and passwords by which one may sign in."""
_TOLD_OF_THE_DATA = (DEMONSTRATION, DEMONSTRATION_ACCOUNTS, "imports")
"""In the state folder: what says how much of something is in Kafka; wrong once its data is gone."""


def kind(environment: Mapping[str, str] = os.environ) -> Kind:
    """Say how to run: as BLOTTER_STACK says, else with Docker if its engine answers."""
    wanted = environment.get("BLOTTER_STACK", "")
    if wanted not in {"", "docker", "native"}:
        raise StackError(f"BLOTTER_STACK must be docker or native, not {wanted!r}")
    if wanted:
        return "docker" if wanted == "docker" else "native"
    return "docker" if prerequisites.docker_works() else "native"


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


def clean() -> None:
    """Stop everything and delete its data; downloaded servers stay."""
    settings = from_environment()
    if kind() == "docker":
        _compose("down", "--volumes")
    else:
        native.clean(settings)
    for name in _TOLD_OF_THE_DATA:
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _compose(*arguments: str) -> None:
    settings = from_environment()
    own = {
        "BLOTTER_DIGEST_KEY": settings.digest_key(),
        "GRAFANA_PASSWORD": settings.grafana_password(),
    }
    environment = {**os.environ, **own}
    command = ["docker", "compose", *arguments]
    answer = subprocess.run(command, check=False, cwd=ROOT, env=environment)
    if answer.returncode:
        raise StackError(
            f"docker compose {arguments[0]} failed; BLOTTER_STACK=native runs without Docker"
        )
