"""The settings of a gateway; every limit and wait in one place, each with its reason."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from doorward.gateway.certificates import DeviceCertificates
from doorward.gateway.ledger_rules import Timing
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.server_connections import CHECK_DURATION
from doorward.protocol.biostar1.server_end import ASK_AFTER, VENDOR_ASK_AFTER
from doorward.protocol.biostar1.server_mode import SERVER_PORT


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """What strangers may cost. Whoever goes beyond is closed at once, without a word.

    Attributes:
        connections: Connections in all.
        unidentified: Connections in all that have not said who they are, or wait for approval.
        per_address: Connections of one source address. Devices behind one router share an address, and each has two.
        unidentified_per_address: Of one source address, those that have not said who they are or wait for approval.
        new_per_second: New connections of one source address, in the long run.
        burst: New connections of one source address at a time: a site whose power is back dials in all at once.
    """

    connections: int = 16_000
    unidentified: int = 4_096
    per_address: int = 1_024
    unidentified_per_address: int = 512
    new_per_second: float = 100.0
    burst: int = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Settings of a gateway. Times are seconds.

    Attributes:
        address: Own address to listen on; empty for all.
        port: TCP port for devices in server mode; 0 lets the system choose; None listens nowhere.
        told_address: IPv4 address that devices are told for their second connection; empty for the one they dialled.
            Behind a router that translates addresses, give the outer one.
        told_port: The port likewise; 0 for the one that is listened on.
        ask_after: Silence of a new caller before it is asked who it is; real devices may need up to 10.
        certificates: Issues the certificates of devices that speak TLS; None: such devices are refused.
        tls_limit: For the TLS handshake.
        limits: What strangers may cost.
        quarantine_limit: How long a device that waits for approval is held; it dials again then.
        check_duration: Silence on a request connection after which a device counts as lost; at least twice the
            keep-alive period of the devices (about 30).
        probe_limit: For the standing connection of a device to show life when the device seems to dial again.
        request_line_limit: From asking a device to open its second connection until it is asked again.
        order_limit: How long a push waits for the catch-up that brings in what happened before it.
        catch_up_every: Between two catch-ups of a device that is live: pushes can get lost silently.
        settle_after: From a doubtful push to the reading that settles it; several are settled together.
        catch_ups: Catch-ups at a time; bounds memory when a whole site dials in.
        clock_tolerance: How far a device's clock may be off before it is set.
        clock_set_every: At the earliest after so long a clock is set again.
        clock_doubt_wait: For so long a clock that jumped is left alone: others tell whether the server's did.
        store_retry: Between two attempts of a catch-up while the event store is not available.
        lookup_limit: For the directory and the matcher to answer; a person waits at the door.
        command_limit: For a command of an operator, the reading of a whole log aside.
        long_command_limit: For the reading of a whole log.
        first_redial: Before the second attempt to dial a device in direct mode; then it doubles.
        longest_redial: The longest wait between two attempts.
        udp_port: UDP port of the devices, which are asked there why they refuse a connection; None for that of their
            generation.
        agent_hello_limit: From the TLS handshake of an agent to its hello.
        agent_ping_every: Between two pings of an agent.
        agent_silence_limit: Silence after which the line of an agent counts as cut; lines may stall for 10 s and more.
        agent_patience: What a device that is dialled by an agent gets beyond the time that others get for an answer.
        stop_limit: For what is in hand when the gateway stops.
        tick: How exact the waits of devices are.
        timing: When a log is read whole, and how much earlier than need be.
    """

    address: str = ""
    port: int | None = SERVER_PORT
    told_address: str = ""
    told_port: int = 0
    ask_after: float = ASK_AFTER
    certificates: DeviceCertificates | None = None
    tls_limit: float = 20.0
    limits: CallerLimits = field(default_factory=CallerLimits)
    quarantine_limit: float = 120.0
    check_duration: float = CHECK_DURATION
    probe_limit: float = 2.0
    request_line_limit: float = 60.0
    order_limit: float = 3.0
    catch_up_every: float = 300.0
    settle_after: float = 2.0
    catch_ups: int = 128
    clock_tolerance: float = 60.0
    clock_set_every: float = 3_600.0
    clock_doubt_wait: float = 60.0
    store_retry: float = 5.0
    lookup_limit: float = 5.0
    command_limit: float = 30.0
    long_command_limit: float = 3_600.0
    first_redial: float = 1.0
    longest_redial: float = 60.0
    udp_port: int | None = None
    agent_hello_limit: float = 20.0
    agent_ping_every: float = 10.0
    agent_silence_limit: float = 35.0
    agent_patience: float = 12.0
    stop_limit: float = 10.0
    tick: float = 0.25
    timing: Timing = field(default_factory=Timing)

    def __post_init__(self) -> None:
        if self.port is not None and not 0 <= self.port <= 65_535:
            raise InvalidInput("port", self.port, "a whole number from 0 to 65535")
        if not 0 < self.ask_after <= VENDOR_ASK_AFTER:
            raise InvalidInput("ask_after", self.ask_after, f"more than 0 and at most {VENDOR_ASK_AFTER:g} s")
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if isinstance(value, float) and value <= 0:
                raise InvalidInput(each.name, value, "more than 0 s")
        if self.catch_ups < 1:
            raise InvalidInput("catch_ups", self.catch_ups, "1 or more")
        if self.first_redial > self.longest_redial:
            raise InvalidInput("first_redial", self.first_redial, f"at most longest_redial, {self.longest_redial:g} s")
