"""Looking at hosts and wires: pings, ARP, routing tables, neighbours, certificates in handshakes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.errors import NotReached, TimedOut, Unsupported
from doorward.transport import Address, Interface, dial
from doorward.transport.arp import arp_request, arp_sender, hardware_addresses
from doorward.transport.dialling_watch import Dialling, read_segment, watch_dialling
from doorward.transport.gateways import best_gateway, gateway_toward, linux_ways, windows_ways
from doorward.transport.neighbours import neighbour, neighbour_in_linux_table, neighbour_in_listing
from doorward.transport.ping import checksum, echo_request, ping
from doorward.transport.tls_look import certificate_in, look_at_tls
from doorward.transport.udp_question import PortClosed, ask_by_udp
from tests.ports.probe_site import server_tls, service
from tests.support.namespaces import wire
from tests.support.site import own_addresses

LINUX_ROUTES = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100000A	0003	0	0	100	00000000	0	0	0
eth0	00000000	0900000A	0003	0	0	50	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	100	00FFFFFF	0	0	0
eth1	0000010A	0200000A	0003	0	0	0	00FFFFFF	0	0	0
*	00007F0A	00000000	0201	0	0	0	0000FFFF	0	0	0
"""
WINDOWS_ROUTES = """
IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.20     25
      192.168.1.0    255.255.255.0   Auf Verbindung      192.168.1.20    281
===========================================================================
Ständige Routen:
  Keine
"""
LINUX_ARP = """IP address       HW type     Flags       HW address            Mask     Device
10.0.0.7         0x1         0x2         02:00:00:00:00:07     *        eth0
10.0.0.8         0x1         0x0         00:00:00:00:00:00     *        eth0
"""
WINDOWS_ARP = """
Schnittstelle: 192.168.1.20 --- 0x5
  Internetadresse       Physische Adresse     Typ
  192.168.1.1           00-1A-2B-3c-4d-5e     dynamisch
"""
MAC_ARP = "? (192.168.1.1) at 0:1a:2b:3c:4d:5e on en0 ifscope [ethernet]\n? (192.168.1.9) at (incomplete) on en0\n"
CARD = Interface(
    name="host0", address="10.61.0.1", mask="255.255.255.0", broadcast="10.61.0.255", up=True, loopback=False
)
DIALS_AGAIN = """
import contextlib, socket, time
print("ready")
while True:
    with contextlib.suppress(OSError):
        socket.create_connection(("10.61.0.1", 1480), 1)
    time.sleep(0.1)
"""


@pytest.mark.parametrize(
    ("host", "gateway"),
    [("10.0.0.7", ""), ("10.1.0.7", "10.0.0.2"), ("8.8.8.8", "10.0.0.9"), ("10.127.3.4", "10.0.0.9")],
)
def test_the_most_exact_way_of_a_linux_table(host: str, gateway: str) -> None:
    assert best_gateway(linux_ways(LINUX_ROUTES), host) == gateway
    assert best_gateway([], host) is None


def test_a_windows_table_in_any_language() -> None:
    ways = windows_ways(WINDOWS_ROUTES)
    assert best_gateway(ways, "192.168.1.7") == ""
    assert best_gateway(ways, "10.0.0.7") == "192.168.1.1"


def test_tables_of_neighbours() -> None:
    assert neighbour_in_linux_table(LINUX_ARP, "10.0.0.7") == "02:00:00:00:00:07"
    assert neighbour_in_linux_table(LINUX_ARP, "10.0.0.8") is None
    for listing in (WINDOWS_ARP, MAC_ARP):
        assert neighbour_in_listing(listing, "192.168.1.1") == "00:1a:2b:3c:4d:5e"
        assert neighbour_in_listing(listing, "92.168.1.1") is None
    assert neighbour_in_listing(MAC_ARP, "192.168.1.9") is None


async def test_the_way_to_this_machine_has_no_gateway() -> None:
    assert not await gateway_toward("127.0.0.1")
    assert await neighbour("127.0.0.1") is None


def test_an_echo_request_has_its_checksum() -> None:
    assert checksum(echo_request(0x1234, 1)) == 0
    assert checksum(b"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7") == 0x220D
    assert checksum(b"\x01") == 0xFEFF


async def test_this_machine_answers_a_ping() -> None:
    try:
        echo = await ping("127.0.0.1", timeout=2)
    except Unsupported as error:
        pytest.skip(error.message)
    assert echo.milliseconds >= 0


def test_who_says_that_he_has_an_address() -> None:
    own, other = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
    question = arp_request(own, "10.0.0.1", "10.0.0.2")
    assert len(question) == 42
    assert arp_sender(question, "10.0.0.1") is None
    answer = own + other + question[12:20] + b"\x00\x02" + other + socket.inet_aton("10.0.0.2") + question[22:32]
    assert arp_sender(answer, "10.0.0.2") == "02:00:00:00:00:02"
    assert arp_sender(answer, "10.0.0.3") is None
    assert arp_sender(answer[:41], "10.0.0.2") is None


def segment_bytes(flags: int, data: bytes = b"") -> bytes:
    head = bytearray(20)
    head[0], head[9] = 0x45, 6
    head[2:4] = (40 + len(data)).to_bytes(2, "big")
    head[12:16], head[16:20] = socket.inet_aton("10.0.0.7"), socket.inet_aton("10.0.0.1")
    tcp = bytearray(20)
    tcp[0:2], tcp[2:4], tcp[12], tcp[13] = (40000).to_bytes(2, "big"), (1480).to_bytes(2, "big"), 0x50, flags
    return bytes(head + tcp) + data


def test_packets_of_connections() -> None:
    for flags, begins, accepts in (
        (0x02, True, False),
        (0x12, False, True),
        (0x10, False, False),
        (0xC2, True, False),
    ):
        segment = read_segment(segment_bytes(flags) + b"padding of a short frame")
        assert segment is not None
        assert segment == ("10.0.0.7", "10.0.0.1", 40000, 1480, flags, b"")
        assert (segment.begins, segment.accepts) == (begins, accepts)
    with_data = read_segment(segment_bytes(0x18, b"words"))
    assert with_data is not None
    assert with_data.data == b"words"
    assert read_segment(segment_bytes(0x02)[:39]) is None
    assert read_segment(b"\x60" + bytes(60)) is None


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x45", b"\x16\x03\x03\x00\x20\x0b", bytes(12) + b"\x08\x06"]))
def test_no_bytes_make_them_stumble(data: bytes, start: bytes) -> None:
    read_segment(start + data)
    arp_sender(start + data, "10.0.0.2")
    certificate_in(start + data)


@given(st.text(alphabet="0123456789abcdefABCDEF.:- \t\n*x()", max_size=300))
def test_no_table_makes_them_stumble(text: str) -> None:
    windows_ways(text)
    neighbour_in_listing(text, "10.0.0.1")


@pytest.mark.parametrize("maximum", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("demanding", [False, True], ids=["open", "wants-a-certificate"])
async def test_the_certificate_of_a_server_is_seen(tmp_path: Path, maximum: ssl.TLSVersion, demanding: bool) -> None:
    (address,) = own_addresses(1, 90)
    tls = server_tls(tmp_path, "seen", days=9, maximum=maximum)
    if demanding:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(tmp_path / "seen.pem")
    expected = ssl.PEM_cert_to_DER_cert(
        "-----BEGIN CERTIFICATE" + (tmp_path / "seen.pem").read_text().split("-----BEGIN CERTIFICATE")[1]
    )
    async with service(address, 4433, tls=tls):
        look = await look_at_tls(await dial(address, 4433, timeout=2), timeout=2)
        assert (look.speaks_tls, look.certificate) == (True, expected)


async def test_what_is_no_tls_is_told_by_its_first_bytes() -> None:
    (address,) = own_addresses(1, 91)
    async with service(address, 4433, b"SSH-2.0-x\r\n"):
        look = await look_at_tls(await dial(address, 4433, timeout=2), timeout=2)
        assert (look.speaks_tls, look.certificate, look.received) == (False, None, b"SSH-2.0-x\r\n")


async def test_a_closed_udp_port_is_told_apart_from_silence() -> None:
    (address,) = own_addresses(1, 92)
    with pytest.raises(PortClosed, match="nobody listens on its UDP port 9"):
        await ask_by_udp(Address(address, 9), b"?", lambda data: data, timeout=2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((address, 0))
        with pytest.raises(TimedOut):
            await ask_by_udp(Address(address, silent.getsockname()[1]), b"?", lambda data: data, timeout=0.1)


@pytest.mark.root
async def test_the_wire_tells_who_has_an_address_and_who_dials() -> None:
    with wire("10.61.0.1/24", "10.61.0.2/24") as made:
        (hardware,) = await hardware_addresses(CARD, "10.61.0.2", timeout=0.4)
        assert len(hardware) == 17
        assert await hardware_addresses(CARD, "10.61.0.3", timeout=0.2) == ()
        await ping("10.61.0.2", timeout=2)
        assert await neighbour("10.61.0.2") == hardware
        with pytest.raises(NotReached):
            await ping("10.62.0.1", timeout=0.2)
        with made.device_program(DIALS_AGAIN):
            seen = await asyncio.wait_for(watch_dialling(CARD, "10.61.0.2", 1480, timeout=4), 9)
            assert seen == Dialling(knocks=True)
        assert await watch_dialling(CARD, "10.61.0.2", 1480, timeout=0.1) == Dialling()
