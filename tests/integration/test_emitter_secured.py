"""The emitter against a real Kafka that asks who it is: by password (SCRAM), by certificate."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from blotter_emitter import Emitter, Security
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives import serialization

from deploy.native.kafka import Kafka
from deploy.native.processes import free_port
from tests.integration.test_emitter import USE, create_topic, events, records

TOPIC = "ai.intake.vendors.acme.secured"
PASSWORD = "a password that is long enough"


class SecuredKafka(Kafka):
    """A broker with two more doors: one asks for a password, the other for a certificate."""

    def __init__(self, folder: Path, cache: Path, certificates: Path) -> None:
        super().__init__(folder, free_port(), cache)
        self.by_password = f"127.0.0.1:{free_port()}"
        self.by_certificate = f"127.0.0.1:{free_port()}"
        self._certificates = certificates

    def _configure(self, controller_port: int) -> Path:
        path = super()._configure(controller_port)
        doors = f"listeners=SASL_SSL://{self.by_password},SSL://{self.by_certificate},PLAINTEXT"
        text = path.read_text().replace("listeners=PLAINTEXT", doors)
        text = text.replace(
            "map=PLAINTEXT:PLAINTEXT,", "map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,"
        )
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        more = {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": login,
            "listener.name.ssl.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._certificates / "server.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._certificates / "ca.pem",
        }
        path.write_text(text + "".join(f"{name}={value}\n" for name, value in more.items()))
        return path


@dataclass(frozen=True)
class Doors:
    kafka: SecuredKafka
    files: Path

    def file(self, name: str) -> str:
        return str(self.files / name)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Iterator[Doors]:
    files = tmp_path_factory.mktemp("certificates")
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(files / "ca.pem")
    stranger.cert_pem.write_to_path(files / "stranger-ca.pem")
    own = authority.issue_cert("127.0.0.1")
    chain = b"".join(part.bytes() for part in own.cert_chain_pems)
    (files / "server.pem").write_bytes(_as_pkcs8(own.private_key_pem.bytes()) + chain)
    for name, issuer in (("acme", authority), ("stranger", stranger)):
        issued = issuer.issue_cert(f"{name}.example.org")
        issued.private_key_pem.write_to_path(files / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(files / f"{name}.pem")
    kafka = SecuredKafka(tmp_path_factory.mktemp("secured-kafka"), parts, files)
    try:
        kafka.start()
        create_topic(kafka.bootstrap, TOPIC)
        _let_in(kafka.bootstrap, "acme", PASSWORD)
        yield Doors(kafka, files)
    finally:
        kafka.stop()


def _as_pkcs8(key: bytes) -> bytes:
    """The only form of a key that Kafka reads."""
    loaded = serialization.load_pem_private_key(key, None)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return loaded.private_bytes(pem, form, serialization.NoEncryption())


def _let_in(bootstrap: str, name: str, password: str) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted = UserScramCredentialUpsertion(name, info, password.encode())
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.alter_user_scram_credentials([wanted]).values():
        done.result(30)


def send(doors: Doors, door: str, use_id: str, seconds: float, **security: Any) -> bool:
    """Report one use; whether Kafka acknowledged it in time."""
    emitter = Emitter(
        "/vendors/acme/secured", "secured", door, security=Security(**security), spool=False
    )
    assert emitter.topic == TOPIC
    emitter.use_recorded(use_id=use_id, **USE)
    done = emitter.flush(seconds)
    emitter.close(0)
    return done


def arrived(doors: Doors) -> set[str]:
    found = events(records(doors.kafka.bootstrap, TOPIC))
    return {event["data"]["use_id"] for event in found if event["type"] == "ai.use.recorded.v1"}


def test_with_the_right_password_it_arrives(doors: Doors) -> None:
    by = {"username": "acme", "password": PASSWORD, "ca_file": doors.file("ca.pem")}
    assert send(doors, doors.kafka.by_password, "by-password", 30, **by)
    assert "by-password" in arrived(doors)


def test_with_the_right_certificate_it_arrives(doors: Doors) -> None:
    by = {name: doors.file(f"acme.{kind}") for name, kind in
          (("cert_file", "pem"), ("key_file", "key"))}  # fmt: skip
    by["ca_file"] = doors.file("ca.pem")
    assert send(doors, doors.kafka.by_certificate, "by-certificate", 30, **by)
    assert "by-certificate" in arrived(doors)


@pytest.mark.parametrize(
    ("door", "given"),
    [
        ("by_password", {"username": "acme", "password": "wrong", "ca_file": "ca.pem"}),
        ("by_password", {"username": "acme", "password": PASSWORD, "ca_file": "stranger-ca.pem"}),
        ("by_certificate", {"ca_file": "ca.pem"}),
        (
            "by_certificate",
            {"ca_file": "ca.pem", "cert_file": "stranger.pem", "key_file": "stranger.key"},
        ),
    ],
    ids=["wrong password", "a server nobody vouches for", "no certificate", "a stranger's"],
)
def test_otherwise_nothing_arrives_and_nothing_is_raised(
    doors: Doors, door: str, given: dict[str, str]
) -> None:
    by = {name: doors.file(v) if name.endswith("_file") else v for name, v in given.items()}
    use_id = f"refused-{door}-{len(given)}-{given['ca_file']}"
    assert not send(doors, getattr(doors.kafka, door), use_id, 2, **by)
    assert use_id not in arrived(doors)
