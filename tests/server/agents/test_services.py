"""Agents in the database: codes are good once, certificates are nobody else's, and what was revoked is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.db import transaction
from django.utils import timezone

from doorward.gateway.agents import AgentRefused, Enrollment, EnrollmentRequest
from doorward.gateway.certificates import CertificateRefused
from doorward.model.errors import InvalidInput
from doorward.protocol.tunnel.code import EnrollmentCode as CodeText
from doorward.protocol.tunnel.reach import Reach
from doorward.server.agents import services
from doorward.server.agents.directory import _entries
from doorward.server.agents.models import Agent, EnrollmentCode
from doorward.server.agents.services import AgentInUse, UnknownAgent
from doorward.server.audit.models import AuditEntry
from doorward.server.certificates import services as certificates
from doorward.server.devices.services import add_direct_device
from doorward.server.errors import NotThere

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def request_of(key: Key | None = None) -> str:
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def enroll(text: str, request: str | None = None) -> Enrollment:
    secret = CodeText.parse(text).secret
    return services.enroll(EnrollmentRequest(secret, request or request_of(), "192.0.2.7", "1.0"))


def der(enrollment: Enrollment) -> bytes:
    return x509.load_pem_x509_certificate(enrollment.certificate.encode()).public_bytes(serialization.Encoding.DER)


def test_a_code_is_good_once(each_database: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    server = certificates.server_certificate(certificates.need_authority()).certificate
    assert CodeText.parse(fresh.text).fingerprint == server.fingerprint(hashes.SHA256())
    enrollment = enroll(fresh.text)
    assert (enrollment.agent_id, enrollment.name) == (fresh.agent.pk, "Harbour")
    entry = services.identify(der(enrollment))
    assert (entry.agent_id, entry.reach) == (fresh.agent.pk, Reach())
    with pytest.raises(AgentRefused, match="used already"):
        enroll(fresh.text)
    assert services.identify(der(enrollment)) == entry
    code = EnrollmentCode.objects.get()
    assert code.used is not None
    assert code.used_from == "192.0.2.7"
    kept = " ".join(str(row) for row in (*EnrollmentCode.objects.values(), *AuditEntry.objects.values()))
    assert CodeText.parse(fresh.text).secret not in kept
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["agent.add", "agent.code", "agent.enroll"]


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(database: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    key = ec.generate_private_key(ec.SECP256R1())
    enroll(fresh.text, request_of(key))
    again = enroll(fresh.text, request_of(key))
    assert services.identify(der(again)).agent_id == fresh.agent.pk
    with pytest.raises(AgentRefused):
        enroll(fresh.text)  # another key
    services.revoke_agent(fresh.agent.pk, by="ann")
    with pytest.raises(AgentRefused):
        enroll(fresh.text, request_of(key))


def test_codes_end(database: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    later = services.new_code(fresh.agent.pk, by="ann", hours=1)
    with pytest.raises(AgentRefused):  # a later one takes its place
        enroll(fresh.text)
    EnrollmentCode.objects.filter(pk=later.row.pk).update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(AgentRefused):
        enroll(later.text)
    with pytest.raises(AgentRefused):
        services.enroll(EnrollmentRequest("guessed", request_of(), "", ""))
    assert Agent.objects.get().fingerprint == ""


def test_a_new_machine_takes_the_place_of_the_old_one(database: str) -> None:
    first = services.add_agent("Harbour", by="ann")
    old = der(enroll(first.text))
    new = der(enroll(services.new_code(first.agent.pk, by="ann").text))
    assert services.identify(new).agent_id == first.agent.pk
    with pytest.raises(AgentRefused, match="replaced"):
        services.identify(old)


def test_revoked(database: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    certificate = der(enroll(fresh.text))
    waiting = services.new_code(fresh.agent.pk, by="ann")
    assert list(_entries()) == [fresh.agent.pk]
    shown = services.revoke_agent(fresh.agent.pk, by="bob", reason="stolen")
    assert (shown.revoked_by, shown.revoked_reason) == ("bob", "stolen")
    assert not _entries()
    with pytest.raises(AgentRefused, match="revoked"):
        services.identify(certificate)
    with pytest.raises(AgentRefused):
        enroll(waiting.text)
    back = der(enroll(services.new_code(fresh.agent.pk, by="ann").text))
    assert services.identify(back).agent_id == fresh.agent.pk


def test_no_certificate_is_mistaken_for_one_of_the_other_kind(database: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    agent = der(enroll(fresh.text))
    with pytest.raises(CertificateRefused, match="no certificate of a device"):
        certificates.holder(agent)
    device, _ = certificates.parts_of(certificates.need_authority()).issue_device(7, timezone.now(), 10)
    with pytest.raises(AgentRefused, match="no certificate of an agent"):
        services.identify(device.certificate.public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize(
    "request_text",
    [
        "nothing",
        "x" * 20_000,
        request_of(rsa.generate_private_key(65537, 1024)),
        request_of(ec.generate_private_key(ec.SECP256K1())),
    ],
)
def test_requests_that_are_none(database: str, request_text: str) -> None:
    fresh = services.add_agent("Harbour", by="ann")
    with pytest.raises(AgentRefused, match="no certificate request"):
        enroll(fresh.text, request_text)
    enroll(fresh.text)  # the code was not spent on it


def test_reach_and_names_are_checked(database: str) -> None:
    agent = services.add_agent(" Harbour ", by="ann", networks=["10.1.0.0/16", "10.1.0.0/16"]).agent
    assert (agent.name, agent.networks) == ("Harbour", ["10.1.0.0/16"])
    changed = services.change_agent(agent.pk, tcp_ports=[1471, 1470, 1471], udp_ports=[])
    assert (changed.tcp_ports, changed.udp_ports, changed.networks) == ([1470, 1471], [], ["10.1.0.0/16"])
    entry = AuditEntry.objects.get(action="agent.change")
    assert entry.after == {"udp_ports": []}
    for wrong in ({"networks": ["10.1.0.1/16"]}, {"networks": ["fe80::/64"]}, {"tcp_ports": [0]}, {"name": ""}):
        with pytest.raises(InvalidInput):
            services.change_agent(agent.pk, **wrong)
    with pytest.raises(InvalidInput, match="no other agent"), transaction.atomic():
        services.add_agent("Harbour", by="ann")
    with pytest.raises(UnknownAgent):
        services.change_agent(99)
    with pytest.raises(NotThere):
        services.agent_named("Hill")
    assert services.agent_named(str(agent.pk)) == agent


def test_one_that_dials_devices_stays(database: str) -> None:
    agent = services.add_agent("Harbour", by="ann").agent
    device = add_direct_device(7, "192.168.1.7", by="ann", agent=agent)
    assert services.device_counts() == {agent.pk: 1}
    with pytest.raises(AgentInUse, match="dials 1 devices"):
        services.remove_agent(agent.pk)
    device.delete()
    services.remove_agent(agent.pk)
    assert not Agent.objects.exists()
