"""Elasticsearch as one node on the loopback interface."""

import hashlib
import json
import os
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from deploy.native import parts, prerequisites
from deploy.native.processes import LOOPBACK, Process, StackError, require_free

# Elasticsearch refuses to run as root; this number needs no entry in the list of users.
POM = Path(__file__).parent / "elasticsearch" / "pom.xml"
NOBODY = 65534
# Where its files are when root's own folder is closed to others.
OUTSIDE = Path("/var/tmp")

# What differs from Elasticsearch's defaults wherever it runs; docker-compose.yml says the same.
NODE = {
    "cluster.name": "blotter",
    "discovery.type": "single-node",
    "xpack.security.enabled": "false",
    # A nearly full disk would otherwise turn indices read-only without a word to the services.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}

LOG4J = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%consoleException%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class Elasticsearch:
    """One node, whose state is in `folder` (see `state` for the exception).

    `port` is the HTTP port; the transport takes any free one. `heap` is Java's notation (1g).
    `cache` keeps the downloaded server; `process` says where the pid file and the log are
    (default: in `folder`). Raises StackError from `start` when it cannot come up.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        cache: Path,
        heap: str = "1g",
        process: Process | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self._cache = cache
        self._heap = heap
        self.process = process or Process(
            "elasticsearch", self.folder / "pid", self.folder / "elasticsearch.log"
        )

    @property
    def state(self) -> Path:
        """Folder of the node's own files.

        Run by root it lives under another user, who cannot enter a folder such as /root: then its
        files are in /var/tmp, under a name made from this folder's.
        """
        inside = self.folder / "node"
        if os.geteuid() != 0 or _others_may_enter(self.folder):
            return inside
        return OUTSIDE / f"blotter-0-{hashlib.sha256(bytes(inside)).hexdigest()[:8]}"

    def start(self) -> None:
        """Start and wait until it answers; nothing happens if it runs already."""
        self.spawn()
        self.wait()

    def spawn(self) -> None:
        """Start without waiting."""
        if self.process.pid is not None:
            return
        require_free(self.port, "BLOTTER_ELASTICSEARCH_PORT")
        self.folder.mkdir(parents=True, exist_ok=True)
        server = self._server()
        self._configure(server)
        environment = {
            **_without_java_options(os.environ),
            "ES_PATH_CONF": str(self.state / "config"),
            "ES_JAVA_HOME": prerequisites.java_home(),
            "ES_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
        }
        command = [*_drop_root(), str(server / "bin" / "elasticsearch")]
        self.process.start(command, environment, self.state)

    def wait(self, seconds: float = 120.0) -> None:
        """Wait until the cluster is at least yellow."""
        self.process.wait_until(self.is_ready, seconds)

    def is_ready(self) -> bool:
        """Say whether the cluster's health is yellow or green."""
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health", timeout=5) as answer:
                return json.load(answer)["status"] in ("yellow", "green")
        except (OSError, ValueError):
            return False

    def stop(self) -> None:
        """Shut down in order."""
        self.process.stop()

    def kill(self) -> None:
        """End at once, as a crash would."""
        self.process.kill()

    def remove(self) -> None:
        """Delete all of the node's files, also those that are not inside `folder`."""
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _server(self) -> Path:
        """Return the unpacked server; if the node's user cannot reach the cache, a copy of it."""
        unpacked = parts.fetch(POM, "unpack-dependencies", self._cache)
        (server,) = unpacked.glob("elasticsearch-*")
        if os.geteuid() != 0 or _others_may_enter(unpacked):
            return server
        copy = _own(OUTSIDE / f"blotter-0-{unpacked.name}") / server.name
        if not copy.exists():
            shutil.copytree(server, copy)
        return copy

    def _configure(self, server: Path) -> None:
        """Write the node's configuration and hand its files to the user it runs as."""
        state = _own(self.state)
        for name in ("config", "data", "logs", "snapshots"):
            (state / name).mkdir(parents=True, exist_ok=True)
        shutil.copytree(server / "config", state / "config", dirs_exist_ok=True)
        own = {
            "http.host": LOOPBACK,
            "http.port": str(self.port),
            "transport.host": LOOPBACK,
            "transport.port": "0",
            "path.data": str(state / "data"),
            "path.logs": str(state / "logs"),
            "path.repo": str(state / "snapshots"),
        }
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in {**own, **NODE}.items()]
        (state / "config" / "elasticsearch.yml").write_text("".join(lines))
        (state / "config" / "log4j2.properties").write_text(LOG4J)
        _trim_java_options(state / "config" / "jvm.options")
        if os.geteuid() == 0:
            state.chmod(0o755)
            for path in (state, *state.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _own(folder: Path) -> Path:
    """Make a folder, or accept it only from users that we are: anybody may write to /var/tmp."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), NOBODY}:
        raise StackError(f"{folder} belongs to somebody else: look at it, and delete it")
    return folder


def _trim_java_options(path: Path) -> None:
    """Take out what a headless Java may lack (incubator) and a log that nobody reads."""
    lines = path.read_text().splitlines(keepends=True)
    unwanted = ("incubator", "-Xlog:gc")
    path.write_text("".join(line for line in lines if not any(word in line for word in unwanted)))


def _without_java_options(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out variables that Elasticsearch's script warns about and ignores."""
    ignored = ("JAVA_HOME", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")
    return {name: value for name, value in environment.items() if name not in ignored}


def _drop_root() -> list[str]:
    """Return the command prefix that gives up root's rights, empty for a normal user."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _others_may_enter(folder: Path) -> bool:
    """Say whether any user may enter this folder and those above it, as far as they exist."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents) if path.exists())
