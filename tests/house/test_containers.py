"""The image and the compose file name what is there: programs, files, services, secrets, settings."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dagster._cli.api import grpc_command, grpc_health_check_command
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths
from dagster._daemon.cli import run_command
from dagster_webserver.cli import dagster_webserver

from roi_pipeline.defs.home import SETTINGS

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"
SERVICES = {"postgres", "study", "daemon", "webserver"}
OWN = SERVICES - {"postgres"}
KEYS = {
    "image", "restart", "read_only", "cap_drop", "security_opt", "environment", "secrets", "volumes",
    "tmpfs", "logging", "build", "command", "env_file", "healthcheck", "stop_grace_period",
    "depends_on", "ports",
}  # fmt: skip
# Program and what it is asked to do → the command of its own library that reads the rest.
COMMANDS: dict[tuple[str, ...], click.Command] = {
    ("dagster", "api", "grpc"): grpc_command,
    ("dagster", "api", "grpc-health-check"): grpc_health_check_command,
    ("dagster-daemon", "run"): run_command,
    ("dagster-webserver",): dagster_webserver,
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))


def parsed(command: list[str]) -> dict[str, Any]:
    """The options as the program itself reads them; an unknown one is an error."""
    (name,) = [name for name in COMMANDS if tuple(command[: len(name)]) == name]
    assert (Path(sys.executable).parent / name[0]).is_file(), name
    here = [word.replace("/srv/dagster", str(CONTAINER)) for word in command[len(name) :]]
    context = COMMANDS[name].make_context(name[-1], here)
    return context.params


def test_the_four_services_are_sound_and_give_away_little(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == SERVICES
    for name in sorted(SERVICES):
        service = services[name]
        assert set(service) <= KEYS, name
        assert {"image", "restart", "logging", "secrets"} <= set(service), name
        assert set(service["secrets"]) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= SERVICES - {name}
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert services[needed]["healthcheck"]["test"][0] == "CMD"
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    for name in sorted(OWN):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["depends_on"]["postgres"]
    named = [
        volume.partition(":")[0]
        for service in services.values()
        for volume in service["volumes"]
        if not volume.startswith("${")
    ]
    assert named == [*compose["volumes"]] == ["dagster_history"]
    assert len(re.findall(r"\$\{\w+:\?", (CONTAINER / "compose.yaml").read_text("utf-8"))) == 4


def test_every_command_is_one_its_program_understands(compose: dict[str, Any]) -> None:
    services = compose["services"]
    code = parsed(services["study"]["command"])
    assert (code["port"], code["module_name"]) == (4000, "roi_pipeline.defs.definitions")
    assert parsed(services["study"]["healthcheck"]["test"][1:])["port"] == code["port"]
    assert parsed(services["daemon"]["command"])
    assert parsed(services["webserver"]["command"])["port"] == 3000
    with pytest.raises(click.NoSuchOption):
        parsed(["dagster", "api", "grpc", "--not-there"])


def test_the_instance_is_that_of_the_product_with_its_history_in_postgres(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    comment, settings = (CONTAINER / "dagster.yaml").read_text("utf-8").split("\n", 1)
    assert comment.startswith("#")
    assert settings.startswith(SETTINGS)
    shutil.copy(CONTAINER / "dagster.yaml", tmp_path)
    found = InstanceRef.from_dir(str(tmp_path))  # refuses what Dagster does not know
    assert found.storage_data is not None
    assert (found.storage_data.module_name, found.storage_data.class_name) == (
        "dagster_postgres", "DagsterPostgresStorage",
    )  # fmt: skip
    stated = yaml.safe_load(settings)["storage"]["postgres"]["postgres_db"]
    postgres = compose["services"]["postgres"]["environment"]
    assert stated["hostname"] in SERVICES
    assert (stated["username"], stated["db_name"]) == (
        postgres["POSTGRES_USER"], postgres["POSTGRES_DB"],
    )  # fmt: skip


def test_the_workspace_names_the_code_server_where_it_listens(compose: dict[str, Any]) -> None:
    (origin,) = location_origins_from_yaml_paths([str(CONTAINER / "workspace.yaml")])
    assert isinstance(origin, GrpcServerCodeLocationOrigin)
    assert origin.host in SERVICES
    assert origin.port == parsed(compose["services"][origin.host]["command"])["port"]


def test_the_image_is_made_of_files_and_extras_that_are_there(compose: dict[str, Any]) -> None:
    assert (CONTAINER / compose["services"]["study"]["build"]["context"]).resolve() == ROOT
    text = (ROOT / compose["services"]["study"]["build"]["dockerfile"]).read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", text, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert len(names) == 4
    assert all((ROOT / name).exists() for name in names)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = re.findall(r'"\.\[(.+)\]"', text)
    assert extras == ["sftp,postgres"]
    assert set(extras[0].split(",")) <= set(project["optional-dependencies"])
    assert re.search(r"^USER roi$", text, re.MULTILINE)


def test_a_service_starts_with_its_settings_and_the_password_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "password").write_text("s3cret\n", "utf-8")
    environment = {
        "PATH": os.environ["PATH"], "DAGSTER_HOME": str(tmp_path / "home"),
        "ROI_SHARE": str(CONTAINER), "ROI_DAGSTER_DB_PASSWORD_FILE": str(tmp_path / "password"),
    }  # fmt: skip
    command = [CONTAINER / "start", "sh", "-c", 'echo "<$ROI_DAGSTER_DB_PASSWORD>"']
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "<s3cret>\n"
    assert {path.name for path in (tmp_path / "home").iterdir()} == {
        "dagster.yaml",
        "workspace.yaml",
    }


def has_compose() -> bool:
    """Whether docker has the compose plugin."""
    docker = shutil.which("docker")
    found = docker and subprocess.run(
        [docker, "compose", "version"], capture_output=True, check=False
    )
    return bool(found and found.returncode == 0)


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_docker_compose_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "dagster_db_password").write_text("x", "utf-8")
    environment = os.environ | {"STUDY": str(tmp_path), "SECRETS": str(tmp_path)}
    command = ["docker", "compose", "-f", CONTAINER / "compose.yaml", "config", "--services"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) == SERVICES
