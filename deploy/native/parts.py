"""Fetch what a pom.xml pins, once, with Maven, from the repository that Maven is set up to use."""

import hashlib
import os
import pwd
import shutil
from pathlib import Path

from deploy.native import prerequisites
from deploy.native.processes import StackError, run


def fetch(pom: Path, goal: str, parts: Path) -> Path:
    """Return the folder with what `pom` names, fetched by Maven's dependency plugin if it is not
    there yet. `goal` is a goal of that plugin.

    The folder is named after the pom's own folder and contents, so that another pinned version is
    another folder.
    """
    name = pom.parent.name
    folder = parts / f"{name}-{_digest(pom)}"
    if folder.exists():
        return folder
    if missing := prerequisites.missing_for_servers():
        raise StackError(prerequisites.describe(missing))
    # Finished under another name first: what stands under the final name is complete.
    unfinished = parts / f".{folder.name}.{os.getpid()}"
    options = [f"-DoutputDirectory={unfinished}", *_repository(parts)]
    run(
        ["mvn", "-q", "-B", "-f", str(pom), f"dependency:{goal}", *options],
        failure=f"Maven could not fetch {name}",
        umask=0o022,  # Elasticsearch reads its files as another user
    )
    try:
        unfinished.rename(folder)
    except OSError:
        # Somebody else was quicker; theirs is as good.
        shutil.rmtree(unfinished)
    return folder


def _digest(pom: Path) -> str:
    return hashlib.sha256(pom.read_bytes()).hexdigest()[:8]


def _repository(parts: Path) -> list[str]:
    """Maven keeps files in ~/.m2; for an account that cannot write there, beside the parts."""
    try:
        # Java takes the home of the list of users, whatever HOME says.
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        home = Path("/nonexistent")
    own = home / ".m2" if (home / ".m2").exists() else home
    return [] if os.access(own, os.W_OK) else [f"-Dmaven.repo.local={parts / '.maven'}"]
