"""Agents, and the one-time codes with which they are enrolled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.protocol.tunnel.reach import DEVICE_TCP_PORTS, DEVICE_UDP_PORTS, Reach


def usual_tcp_ports() -> list[int]:
    """The TCP ports of devices in direct mode."""
    return list(DEVICE_TCP_PORTS)


def usual_udp_ports() -> list[int]:
    """The UDP ports of devices."""
    return list(DEVICE_UDP_PORTS)


class Agent(models.Model):
    """An agent.

    Attributes:
        name: What people call it, such as the branch that it stands in.
        networks: IPv4 networks that it may reach; empty: the private networks of its own cards.
        tcp_ports: TCP ports that it may dial there.
        udp_ports: UDP ports that it may ask there.
        created: When it was added.
        created_by: By whom.
        changed: When a person last changed this row, or it was enrolled.
        fingerprint: SHA-256 of its certificate in hexadecimal digits; empty while it is not enrolled.
        serial: Serial number of the certificate likewise.
        enrolled: When it got its certificate; None while it has none.
        expires: Until when the certificate is valid.
        revoked: When it was revoked; None while it holds.
        revoked_by: By whom.
        revoked_reason: Why.
        version: Version of its program, as it says.
        system: Its machine in words, as it says.
        cards: Its network cards, as it says: name, address, mask, up, loopback of each.
        connected_since: Since when it is connected; None while it is not.
        last_contact: When it was last heard, to about ten seconds.
        last_address: From where.
        server_address: The IP address by which it reaches this server; devices beside it dial it by that too.
        latency_ms: Milliseconds to it and back when that was last measured; None before.
        memory_bytes: Memory that its process held when it connected; 0 when it does not know.
    """

    name = models.CharField(max_length=100, unique=True)
    networks = models.JSONField(default=list, blank=True)
    tcp_ports = models.JSONField(default=usual_tcp_ports, blank=True)
    udp_ports = models.JSONField(default=usual_udp_ports, blank=True)
    created = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    changed = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_index=True)
    serial = models.CharField(max_length=40, blank=True, default="")
    enrolled = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True, default="")
    revoked_reason = models.TextField(blank=True, default="")
    version = models.CharField(max_length=40, blank=True, default="")
    system = models.CharField(max_length=200, blank=True, default="")
    cards = models.JSONField(default=list, blank=True)
    connected_since = models.DateTimeField(null=True, blank=True)
    last_contact = models.DateTimeField(null=True, blank=True)
    last_address = models.CharField(max_length=255, blank=True, default="")
    server_address = models.CharField(max_length=64, blank=True, default="")
    latency_ms = models.FloatField(null=True, blank=True)
    memory_bytes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "agent"
        verbose_name_plural = "agents"
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> Reach:
        """What it may reach."""
        return Reach(tuple(self.networks), tuple(self.tcp_ports), tuple(self.udp_ports))


class EnrollmentCode(models.Model):
    """A one-time code; its text is kept nowhere.

    Attributes:
        agent: The agent that it makes.
        digest: SHA-256 of its secret in hexadecimal digits.
        created: When it was made.
        created_by: By whom.
        expires: Until when it can be used.
        used: When it was used; None while it was not.
        used_from: From where.
        key_digest: SHA-256 of the public key that it was used for, in hexadecimal digits: who has the private key may
            ask again, when the answer was lost on the line.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    used_from = models.CharField(max_length=255, blank=True, default="")
    key_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "enrollment code"
        verbose_name_plural = "enrollment codes"
        ordering: ClassVar = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"code of {self.created:%Y-%m-%d %H:%M}"
