"""``doorward decode`` with hex, standard input and captures, made by hand and by tcpdump."""

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from doorward.cli.decode_input import parse_hex
from doorward.cli.decode_view import clock_time, printable
from doorward.cli.main import app
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.datagram import encode_datagram
from doorward.protocol.biostar1.packet import Packet, encode_packet
from doorward.protocol.biostar1.records import UserHeaderBioStation
from doorward.protocol.biostar1.records.logs import LogRecord, write_log_records
from tests.support.captures import conversation, ethernet, ip, pcap, pcapng, udp
from tests.support.namespaces import inside, require_namespaces

VECTORS = Path(__file__).parents[1] / "data" / "vectors"
KEYS = {
    *("device_id", "encrypted", "sequence", "index", "count", "size", "command", "code", "param1", "param2"),
    *("payload_hex", "checksum_ok", "name", "fields"),
}


def run(*arguments: str, stdin: bytes | str | None = None) -> Result:
    return CliRunner().invoke(app, ["decode", *arguments], input=stdin)


def messages(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for message in found:
        assert message.keys() - {"error"} == KEYS
    return found


def case(family: str, name: str) -> dict[str, Any]:
    cases = json.loads((VECTORS / "biostar1" / f"{family}.json").read_text())
    return next(each for each in cases if each["name"] == name)


QUESTION = encode_packet(Packet(5, 0x0002), TCP_CIPHER)
ANSWER = encode_packet(Packet(5, 0x0002, param1=1_700_000_000), TCP_CIPHER)


# Hex


@pytest.mark.parametrize(
    "text",
    [
        "7b7b3c3c",
        "7B7B3C3C",
        "7b 7b 3c 3c",
        "7b:7b:3c:3c",
        "0x7b7b3c3c",
        "0x7b, 0x7b, 0x3c, 0x3c",
        "7b7b\n3c3c\r\n",
        r"\x7b\x7b\x3c\x3c",
        "7-b7b3-c3c",
        "7b7b_3c3c",
    ],
)
def test_hex_as_people_write_it(text: str) -> None:
    assert parse_hex(text) == b"{{<<"


@pytest.mark.parametrize(
    ("text", "position", "character"),
    [
        ("7b7g3c3c", 4, "g"),
        ("0x7b 0xz0", 8, "z"),
        ("7b.7b", 3, "."),
        ("7b 7b 3", 7, "3"),
        ("7b7b3c3c\n7b7b;", 14, ";"),
        ("x7b", 1, "x"),
    ],
)
def test_a_wrong_character_is_named_with_its_position(text: str, position: int, character: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_hex(text)
    assert f"character {position}: HEX: {character!r}" in caught.value.message
    result = run(text)
    assert result.exit_code == 2
    assert f"character {position}" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["", "  ", "0x", ":::"])
def test_no_digits_at_all(text: str) -> None:
    assert run(text).exit_code == 2


@given(st.binary(min_size=1), st.sampled_from(["", " ", ":", ", ", "-"]))
def test_every_bytes_value_is_read_back(data: bytes, separator: str) -> None:
    assert parse_hex(separator.join(f"{byte:02x}" for byte in data)) == data


@given(st.text())
def test_no_text_breaks_the_hex_reader(text: str) -> None:
    with suppress(InvalidInput):
        parse_hex(text)


def test_a_packet_as_json() -> None:
    result = run("--json", QUESTION.hex())
    assert result.exit_code == 0
    assert messages(result) == [
        {
            "device_id": 5,
            "encrypted": False,
            "sequence": 0,
            "index": 0,
            "count": 1,
            "size": 0,
            "command": 2,
            "code": 0,
            "param1": 0,
            "param2": 0,
            "payload_hex": "",
            "checksum_ok": True,
            "name": "read clock",
            "fields": {},
        }
    ]


def test_several_packets_in_one_argument_and_in_several() -> None:
    for arguments in ((f"{QUESTION.hex()}{ANSWER.hex()}",), (QUESTION.hex(), ANSWER.hex(" "))):
        question, answer = messages(run("--json", *arguments))
        assert question["name"] == "read clock"
        assert answer["name"] == "reply to read clock"
        assert answer["fields"] == {"result": "success", "local_time": "2023-11-14T22:13:20"}


@pytest.mark.parametrize("family", ["device", "users", "logs", "udp"])
def test_whole_recorded_requests(family: str) -> None:
    for each in json.loads((VECTORS / "biostar1" / f"{family}.json").read_text()):
        sent = [packet for packet in each["packets"] if packet["dir"] == "host"]
        result = run("--json", each["request_hex"])
        found = messages(result)
        assert result.exit_code == 0, each["name"]
        assert [message["payload_hex"] for message in found] == [packet["payload_hex"] for packet in sent]
        assert [message["command"] for message in found] == [int(packet["command"], 16) for packet in sent]
        assert not any(message["name"].startswith("reply") for message in found)


def test_datagrams_of_both_generations_need_no_option() -> None:
    first = case("udp", "search_one_bioentry")["request_hex"]
    (message,) = messages(run("--json", first))
    assert (message["name"], message["encrypted"]) == ("search", True)
    second = json.loads((VECTORS / "biostar2" / "UdpSearch32.json").read_text())["response_hex"]
    (message,) = messages(run("--json", second))
    assert (message["name"], message["checksum_ok"]) == ("reply to BioStar 2 search", None)


def test_the_guessed_channel_is_told_to_people_only() -> None:
    assert "Channel: udp, guessed" in run(encode_datagram(Packet(0, 0x04A0)).hex()).stderr
    announcement = encode_packet(Packet(5, 0x0101), TCP_CIPHER).hex()
    assert "Channel: server, guessed" in run(announcement).stderr
    assert "Channel" not in run("--channel", "tcp", announcement).stderr
    assert run("--json", announcement).stderr == ""


def test_the_channel_decides_what_a_command_means() -> None:
    push = encode_packet(Packet(5, 0x0103, payload=write_log_records([LogRecord(0x27)])), TCP_CIPHER).hex()
    (message,) = messages(run("--json", "--channel", "server", push))
    assert message["name"] == "push log"
    (message,) = messages(run("--json", "--channel", "tcp", push))
    assert message["name"] == "unknown command 0x0103"


def test_who_sent_it_can_be_told() -> None:
    alive = encode_packet(Packet(5, 0x0004), TCP_CIPHER).hex()
    assert messages(run("--json", alive))[0]["name"] == "check status"
    assert messages(run("--json", "--from", "device", alive))[0]["name"] == "reply to check status"


def test_the_model_can_be_told() -> None:
    exchange = b"".join(
        encode_packet(packet, TCP_CIPHER)
        for packet in (Packet(5, 0x0030, code=0x76), Packet(5, 0x0030, payload=bytes(100)))
    ).hex()
    assert isinstance(messages(run("--json", exchange))[1]["fields"]["content"], str)
    assert isinstance(messages(run("--json", "--model", "x-station", exchange))[1]["fields"]["content"], dict)
    result = run("--model", "x-statoin", exchange)
    assert result.exit_code == 2
    assert "x-station" in result.stderr


def test_secrets() -> None:
    header = UserHeaderBioStation(user_id=7, name="Ada", pin="9876").to_bytes()
    answer = encode_packet(Packet(5, 0x0025, param1=1, payload=header), TCP_CIPHER).hex()
    hidden = run(answer)
    assert "Ada" in hidden.stdout
    assert "<secret, 17 bytes>" in hidden.stdout
    assert "9876" not in hidden.stdout
    assert "9876" in run("--show-secrets", answer).stdout
    assert "39 38 37 36" in run("--hex", answer).stdout


# What cannot be read


@pytest.mark.parametrize("size", [1, 3, 4, 20, 32, 39])
def test_a_cut_packet(size: int) -> None:
    result = run("--json", QUESTION[:size].hex())
    assert result.exit_code == 1
    (message,) = messages(result)
    assert message["error"]
    assert message["checksum_ok"] is False


def test_a_damaged_packet_and_a_good_one() -> None:
    damaged = bytearray(QUESTION)
    damaged[32] ^= 1
    result = run("--json", (bytes(damaged) + QUESTION).hex())
    assert result.exit_code == 1
    first, second = messages(result)
    assert "checksum" in first["error"]
    assert "error" not in second
    assert "error: the checksum is" in run(bytes(damaged).hex()).stdout


def test_text_of_a_device_cannot_steer_the_terminal() -> None:
    notice = encode_packet(Packet(5, 0x0040, param1=9, payload=b"\x1b[31mred\x07[bold]"), TCP_CIPHER).hex()
    shown = run(notice).stdout
    assert "\x1b" not in shown
    assert "\\x1b[31mred\\x07[bold]" in shown
    assert printable("Müller\x9b\n") == "Müller\\x9b\\n"


# For people


def test_records_stand_in_a_table() -> None:
    records = write_log_records([LogRecord(0x27, 0x2F, user_id=number) for number in range(1, 31)])
    answer = encode_packet(Packet(5, 0x0012, param1=30, payload=records), TCP_CIPHER).hex()
    lines = run(answer).stdout.splitlines()
    (head,) = (line for line in lines if "event_words" in line)
    first = lines[lines.index(head) + 1]
    assert first.index("User verified (card)") == head.index("event_words")
    assert sum("User verified" in line for line in lines) == 20
    assert any("and 10 more; --all shows them" in line for line in lines)
    assert run("--all", answer).stdout.count("User verified") == 30
    assert len(messages(run("--json", answer))[0]["fields"]["records"]) == 30


def test_fields_are_aligned() -> None:
    result = run(case("udp", "read_ipconfig")["response_hex"])
    assert "Network, guessed from its size" in result.stdout
    lines = result.stdout.splitlines()
    places = {
        line.index(value)
        for name, value in (("gateway", "10.78.0.1"), ("maximum_connections", "4"), ("dhcp", "no"))
        for line in lines
        if line.strip().startswith(f"{name} ")
    }
    assert len(places) == 1


# Standard input


def test_lines_of_standard_input() -> None:
    text = (
        f"{QUESTION.hex()}\n\n{ANSWER[:10].hex()}\r\n{ANSWER[10:].hex()}\n{encode_datagram(Packet(0, 0x04A0)).hex()}\n"
    )
    result = run("--json", "-", stdin=text)
    assert [message["name"] for message in messages(result)] == ["read clock", "reply to read clock", "search"]
    assert result.exit_code == 0


def test_a_bad_line_is_marked_and_the_next_one_is_read() -> None:
    result = run("--json", "-", stdin=f"7b7\nrubbish\n{QUESTION.hex()}\n")
    first, second, third = messages(result)
    assert "line 1, character 3" in first["error"]
    assert "line 2, character 1" in second["error"]
    assert (third["name"], "error" in third) == ("read clock", False)
    assert result.exit_code == 1


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\n\n", b"\n\n\n\n\n", b"", b"7b", b"7b\n7b\n7b"])
def test_odd_standard_input(data: bytes) -> None:
    messages(run("--json", "-", stdin=data))


# Captures

RECORDS = write_log_records([LogRecord(0x27, 0x2F, user_id=number) for number in range(100)])
DIRECT = [
    (True, QUESTION),
    (False, ANSWER),
    (True, encode_packet(Packet(5, 0x0012), TCP_CIPHER)),
    (False, encode_packet(Packet(5, 0x0012, param1=100, payload=RECORDS), TCP_CIPHER)),
]
DIRECT_NAMES = ["read clock", "reply to read clock", "read logs", "reply to read logs"]
SERVER = [
    (False, encode_packet(Packet(0, 0x0001), TCP_CIPHER)),
    (True, encode_packet(Packet(0, 0x0001, param1=5, param2=4), TCP_CIPHER)),
    (True, encode_packet(Packet(5, 0x0101), TCP_CIPHER)),
    (False, encode_packet(Packet(5, 0x0101), TCP_CIPHER)),
]
SERVER_NAMES = [
    "identify",
    "reply to identify",
    "announce command connection",
    "reply to announce command connection",
]
SEARCH = ethernet(ip("10.0.0.1", "255.255.255.255", 17, udp(45000, 51110, encode_datagram(Packet(0, 0x04A0)))))
FOUND = ethernet(
    ip(
        "10.0.0.9",
        "10.0.0.1",
        17,
        udp(51110, 45000, encode_datagram(Packet(5, 0x04A0, param1=5, param2=1, sequence=1))),
    )
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_file(data: bytes, name: str = "capture.pcap") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write_file


def names(result: Result) -> list[str]:
    return [message["name"] for message in messages(result)]


@pytest.mark.parametrize("form", [pcap, pcapng])
def test_a_capture_with_all_channels(write: Any, form: Any) -> None:
    frames = [
        SEARCH,
        FOUND,
        *conversation(DIRECT),
        *conversation(SERVER, client=("10.0.0.2", 50000), server=("10.0.0.1", 1480)),
    ]
    path = write(form(frames))
    result = run("--json", path)
    assert names(result) == ["search", "reply to search", *DIRECT_NAMES, *SERVER_NAMES]
    assert result.exit_code == 0
    assert names(run("--json", "--channel", "udp", path)) == ["search", "reply to search"]
    assert names(run("--json", "--channel", "server", path)) == SERVER_NAMES
    shown = run(path)
    assert "10.0.0.1:40000 → 10.0.0.2:1470" in shown.stdout
    assert "device → host" in shown.stdout
    assert "2023-11-14 22:13:20.000250 UTC" in shown.stdout
    assert "10 messages, 0 with errors" in shown.stderr


def test_a_capture_on_standard_input() -> None:
    assert names(run("--json", "-", stdin=pcap(conversation(DIRECT)))) == DIRECT_NAMES
    assert names(run("--json", "-", stdin=pcapng(conversation(DIRECT)))) == DIRECT_NAMES


def test_segments_out_of_order_and_sent_twice(write: Any) -> None:
    frames = conversation(DIRECT, largest=64)
    shuffled = frames[:4] + frames[4:6] + frames[12:16][::-1] + frames[6:12] + frames[8:]
    assert names(run("--json", write(pcap(shuffled)))) == DIRECT_NAMES


def test_a_segment_that_is_missing(write: Any) -> None:
    frames = conversation(DIRECT, largest=64)
    result = run("--json", write(pcap(frames[:8] + frames[9:])))
    found = messages(result)
    assert [message["name"] for message in found if "error" not in message] == DIRECT_NAMES[:3]
    assert "64 bytes are missing from the capture" in [message.get("error") for message in found]
    assert result.exit_code == 1


def test_other_ports(write: Any) -> None:
    direct = conversation(DIRECT, server=("10.0.0.2", 11470))
    server = conversation(SERVER, client=("10.0.0.2", 50000), server=("10.0.0.1", 11480))
    path = write(pcap(direct + server))
    nothing = run(path)
    assert nothing.stdout == ""
    assert "--port names others" in nothing.stderr
    assert names(run("--json", "--port", "11470", path)) == DIRECT_NAMES
    both = run("--json", "--port", "11470", "--port", "11480", path)
    assert names(both) == DIRECT_NAMES + SERVER_NAMES
    assert run("--port", "70000", path).exit_code == 2


def test_what_was_left_out_is_told(write: Any) -> None:
    fragment = ethernet(ip("10.0.0.1", "10.0.0.2", 17, udp(1, 51110, b"x"), fragment=0x2000))
    assert "1 a fragment of an IP packet" in run(write(pcap([SEARCH, fragment]))).stderr


def test_a_capture_that_is_cut(write: Any) -> None:
    data = pcap([SEARCH, FOUND])
    result = run("--json", write(data[:-5]))
    assert names(result) == ["search"]
    assert "ends in the middle of a record" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "too few"), (b"GIF89a" + bytes(100), "does not begin"), (b"\x1f\x8b\x08", "too few")]
)
def test_a_file_that_is_no_capture(write: Any, data: bytes, words: str) -> None:
    result = run("--json", write(data))
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("name", ["missing.pcap", "folder/capture", "."])
def test_a_file_that_is_not_there(name: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert "FILE" in result.stderr or "HEX" in result.stderr


def test_long_hex_is_not_taken_for_a_file() -> None:
    assert run("--json", (QUESTION * 500).hex()).exit_code == 0


@pytest.mark.parametrize("nanoseconds", [0, 1_700_000_000_000_250_000, 2**64 * 10**9])
def test_time_stamps_of_any_size(nanoseconds: int) -> None:
    assert clock_time(nanoseconds).endswith((" UTC", " s"))


# With tcpdump


@contextmanager
def namespace() -> Iterator[str]:
    """A namespace with nothing but loopback, in which this test runs."""
    require_namespaces()
    if shutil.which("tcpdump") is None:
        pytest.skip("tcpdump is not installed")
    name = f"dw-decode-{time.monotonic_ns()}"
    subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        subprocess.run(["ip", "netns", "exec", name, "ip", "link", "set", "lo", "up"], check=True, capture_output=True)
        with inside(name):
            yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


@contextmanager
def tcpdump(path: Path, *arguments: str) -> Iterator[None]:
    """A capture that has begun and is whole when the block is left."""
    # With its usual snapshot length the buffer of the immediate mode holds eight packets and loses the ninth.
    command = ["tcpdump", "-Z", "root", "--immediate-mode", "-s", "4096", "-U", "-w", str(path), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            beginning = iter(process.stderr.readline, "")
            assert any("listening on" in line for line in beginning), "tcpdump did not start"
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)


def exchange(pieces: list[tuple[bool, bytes]], address: str, port: int) -> None:
    """A real TCP conversation on loopback."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((address, port))
        listener.listen(1)
        with socket.create_connection((address, port), timeout=10) as client:
            server, _ = listener.accept()
            with server:
                server.settimeout(10)
                for by_client, data in pieces:
                    sender, receiver = (client, server) if by_client else (server, client)
                    sender.sendall(data)
                    missing = len(data)
                    while missing:
                        missing -= len(receiver.recv(missing))


def wait_for(path: Path, expected: list[str]) -> None:
    """Wait until tcpdump has written what was sent."""
    deadline = time.monotonic() + 20
    while names(run("--json", str(path))) != expected and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.root
@pytest.mark.parametrize(
    ("interface", "options"), [("lo", ()), ("any", ("-y", "LINUX_SLL")), ("any", ("-y", "LINUX_SLL2"))]
)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_what_tcpdump_writes(tmp_path: Path, interface: str, options: tuple[str, ...], address: str) -> None:
    path = tmp_path / "capture.pcap"
    expected = DIRECT_NAMES + SERVER_NAMES
    with namespace(), tcpdump(path, "-i", interface, *options):
        exchange(DIRECT, address, 1470)
        exchange(SERVER, address, 1480)
        wait_for(path, expected)
    result = run("--json", str(path))
    assert names(result) == expected
    assert result.exit_code == 0


@pytest.mark.root
def test_datagrams_that_tcpdump_writes(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    expected = ["search", "reply to search"]
    with namespace(), tcpdump(path, "-i", "lo"):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as host,
        ):
            device.bind(("127.0.0.1", 51110))
            device.settimeout(10)
            host.sendto(encode_datagram(Packet(0, 0x04A0)), ("127.0.0.1", 51110))
            _, asker = device.recvfrom(2000)
            device.sendto(encode_datagram(Packet(5, 0x04A0, param1=5, param2=1, sequence=1)), asker)
        wait_for(path, expected)
    assert names(run("--json", str(path))) == expected
