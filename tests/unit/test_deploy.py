"""The two ways of running Blotter say the same, and their files are valid."""

import importlib.util
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from deploy import stack
from deploy.native import services
from deploy.native.elasticsearch import NODE
from deploy.native.kafka import BROKER
from deploy.native.processes import Process, StackError
from deploy.native.settings import ROOT, Settings, from_environment
from services.console.settings import ConsoleSettings

COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in CONTAINERS.items() if one["image"] == "blotter"}
TOOLS = Path(sys.executable).parent


def test_compose_file_is_valid_by_the_specification() -> None:
    run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE_FILE)


def test_dockerfile_passes_its_linter() -> None:
    run(TOOLS / "hadolint", ROOT / "deploy" / "Dockerfile")


@pytest.mark.parametrize("name", OURS)
def test_containers_run_modules_that_exist(name: str) -> None:
    python, option, module, *_ = OURS[name]["command"]
    assert (python, option) == ("python", "-m")
    assert importlib.util.find_spec(module)


def test_containers_run_what_runs_without_docker() -> None:
    native = {one.name: one for one in services.services(Settings(home=ROOT))}
    assert set(OURS) == {*native, "setup"}
    for name, service in native.items():
        assert OURS[name]["command"] == ["python", "-m", service.module]
        assert OURS[name]["environment"][service.port_setting] == str(service.port)
        published = f"127.0.0.1:${{{service.port_setting}:-{service.port}}}:{service.port}"
        assert OURS[name]["ports"] == [published]


@pytest.mark.parametrize("name", OURS)
def test_containers_get_the_variables_that_processes_get(name: str) -> None:
    native = {*Settings(home=ROOT).addresses, "BLOTTER_DIGEST_KEY"}
    assert native <= set(OURS[name]["environment"])


def test_every_variable_of_the_compose_file_is_a_setting_of_the_code() -> None:
    of_native_stack = re.findall(
        r"BLOTTER_[A-Z_]+", (ROOT / "deploy/native/settings.py").read_text()
    )
    used = set(re.findall(r"BLOTTER_[A-Z_]+", COMPOSE_FILE.read_text()))
    assert used - {*of_native_stack, *settings_of_services()} == set()


def test_servers_are_set_up_alike() -> None:
    kafka = {f"KAFKA_{name.upper().replace('.', '_')}": text for name, text in BROKER.items()}
    assert kafka.items() <= CONTAINERS["kafka"]["environment"].items()
    assert NODE.items() <= CONTAINERS["elasticsearch"]["environment"].items()


@pytest.mark.parametrize("name", ["kafka", "elasticsearch"])
def test_servers_are_of_the_same_version(name: str) -> None:
    version = CONTAINERS[name]["image"].rpartition(":")[2]
    assert f">{version}<" in (ROOT / "deploy" / "native" / name / "pom.xml").read_text()


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for one in CONTAINERS.values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_can_wait_for_all() -> None:
    """`up --wait` takes an ended container for a failure unless another one waits for its end."""
    assert "healthcheck" not in OURS["setup"]
    for name, one in OURS.items():
        if name != "setup":
            assert one["depends_on"]["setup"]["condition"] == "service_completed_successfully"
            assert one["healthcheck"]["test"][-1] == one["ports"][0].rpartition(":")[2]


def test_stack_is_chosen_by_its_variable() -> None:
    assert stack.kind({"BLOTTER_STACK": "docker"}) == "docker"
    assert stack.kind({"BLOTTER_STACK": "native"}) == "native"
    with pytest.raises(StackError, match="BLOTTER_STACK"):
        stack.kind({"BLOTTER_STACK": "podman"})


def test_settings_name_a_number_that_is_none() -> None:
    with pytest.raises(StackError, match="BLOTTER_KAFKA_PORT"):
        from_environment({"BLOTTER_KAFKA_PORT": "ninety"})


def test_checkers_are_a_hundred_ports_apart(tmp_path: Path) -> None:
    settings = from_environment({"BLOTTER_HOME": str(tmp_path), "BLOTTER_CHECKERS": "3"})
    ports = {one.name: one.port for one in services.services(settings) if "checker" in one.name}
    assert ports == {"checker": 9102, "checker-2": 9202, "checker-3": 9302}


def test_the_console_is_told_where_all_others_say_how_they_are(tmp_path: Path) -> None:
    settings = from_environment(
        {"BLOTTER_HOME": str(tmp_path), "BLOTTER_CHECKERS": "2", "BLOTTER_INTAKE_PORT": "19101"}
    )
    native = json.loads(services.environment(settings)["BLOTTER_CONSOLE_SERVICES"])
    assert native["intake"] == "http://127.0.0.1:19101/health"
    assert native["checker-2"] == "http://127.0.0.1:9202/health"
    contained = json.loads(OURS["console"]["environment"]["BLOTTER_CONSOLE_SERVICES"])
    assert set(contained) == set(native) - {"checker-2"} == set(OURS) - {"setup", "console"}
    for name, address in contained.items():
        assert address == f"http://{name}:{OURS[name]['healthcheck']['test'][-1]}/health"
    assert ConsoleSettings().console_services.keys() == contained.keys()


def test_digest_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    key = settings.digest_key({})
    assert len(key) == 64
    assert settings.digest_key({}) == key
    assert settings.digest_key({"BLOTTER_DIGEST_KEY": "own"}) == "own"
    assert (settings.home / "digest-key").stat().st_mode & 0o077 == 0


def test_prerequisites_are_named_with_the_command_that_installs_them(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "native" / "prerequisites.py"
    answer = subprocess.run(
        [sys.executable, script],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path)},
    )
    assert answer.returncode == 1
    assert "Java 17" in answer.stderr
    assert re.search(r"apt-get install -y default-jre-headless maven", answer.stderr)


def test_process_is_found_again_and_stopped(tmp_path: Path) -> None:
    started = process(tmp_path)
    started.start(["sleep", "60"], {"PATH": "/usr/bin:/bin"}, tmp_path)
    again = process(tmp_path)
    assert again.pid == started.pid is not None
    again.stop(grace=10)
    assert started.pid is None
    assert again.pid is None


def test_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    stubborn = process(tmp_path)
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"
    stubborn.start([sys.executable, "-u", "-c", script], {}, tmp_path)
    stubborn.wait_until(lambda: "up" in stubborn.log.read_text(), seconds=10)
    asked = time.monotonic()
    stubborn.stop(grace=0.5)
    assert stubborn.pid is None
    assert time.monotonic() - asked < 5


def test_process_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    broken = process(tmp_path)
    broken.start([sys.executable, "-c", "raise SystemExit('no such topic')"], {}, tmp_path)
    with pytest.raises(StackError, match="no such topic"):
        broken.wait_until(lambda: False, seconds=10)


def test_pid_file_of_another_process_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("1 0\n")
    assert process(tmp_path).pid is None


def test_make_lists_every_target_that_has_a_description() -> None:
    listed = run("make", "--no-print-directory", "-C", ROOT)
    for target in ("install", "run", "up", "down", "test", "lint", "generate", "clean"):
        assert f"make {target} " in listed


def process(folder: Path) -> Process:
    """Handle of a process whose files are in `folder`."""
    return Process("example", folder / "pid", folder / "log")


def settings_of_services() -> Iterator[str]:
    """Yield the names of the variables that the services read."""
    for path in sorted(ROOT.glob("services/*/settings.py")):
        module = importlib.import_module(f"services.{path.parent.name}.settings")
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings:
                prefix = one.model_config.get("env_prefix", "")
                yield from (f"{prefix}{field}".upper() for field in one.model_fields)


def run(*command: str | Path) -> str:
    """Run a command, which must succeed, and return what it printed."""
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout
