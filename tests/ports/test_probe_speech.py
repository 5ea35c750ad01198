"""What speaks on a port: greetings of many services, servers for devices, and rubbish."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.ports.probe import ProbeRequest, Step, StepState, probe
from doorward.ports.probe.certificate import read_certificate
from doorward.ports.probe.facts import Certificate, PortState, Speaker
from doorward.ports.probe.request import Limits
from doorward.ports.probe.speech import classify
from doorward.ports.probe.tcp import dial_port
from doorward.ports.serve_test import greeting
from doorward.protocol.biostar1.commands.identity import IDENTIFY
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.packet import START_MARK
from tests.ports.probe_site import DISCOVERY, QUICK, result_of, service
from tests.support.site import own_addresses
from tests.support.small_server import small_server


@pytest.mark.parametrize(
    ("data", "speaker", "words"),
    [
        (greeting("tcp", 1470), Speaker.SERVE_TEST, "tcp 1470"),
        (b"SSH-2.0-dropbear\r\n", Speaker.SSH, "SSH-2.0-dropbear"),
        (b"HTTP/1.1 200 OK\r\nserver: nginx\r\n\r\n", Speaker.HTTP, "nginx"),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", Speaker.HTTP, "404 Not Found"),
        (b"\x15\x03\x01\x00\x02\x02\x46", Speaker.TLS, "TLS"),
        (b"".join(encode_message(Message(IDENTIFY))), Speaker.BIOSTAR1_SERVER, "a server for BioStar 1 devices"),
        (b"J\x00\x00\x00\n8.0.36\x00", Speaker.OTHER, "J..."),
        (b"+PONG\x1b[31m\r\n", Speaker.OTHER, "+PONG.[31m"),
    ],
)
def test_greetings(data: bytes, speaker: Speaker, words: str) -> None:
    speech = classify(data)
    assert speech.speaker is speaker
    assert words in speech.words
    assert speech.words.isprintable()


@given(st.binary(max_size=200), st.sampled_from([b"", START_MARK, b"HTTP/", b"SSH-", b"\x16\x03"]))
def test_no_bytes_make_it_stumble(data: bytes, start: bytes) -> None:
    speech = classify(start + data)
    assert speech.words.isprintable()
    assert len(speech.words) < 120
    read_certificate(data)


def test_when_a_certificate_holds() -> None:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = Certificate(subject="x", not_before=start, not_after=start + datetime.timedelta(days=365))
    assert certificate.problem(start + datetime.timedelta(days=5)) == ""
    assert certificate.problem(start - datetime.timedelta(days=5)) == "not valid before 01 January 2026"
    assert certificate.problem(start + datetime.timedelta(days=400)) == "expired on 01 January 2027"


async def test_a_server_for_devices_is_known_by_its_question() -> None:
    async with small_server() as server:
        result = await result_of("127.0.0.1", server_port=server.address.port)
        fact = result.facts.port(server.address.port)
        assert fact is not None
        assert fact.speech is not None
        assert fact.speech.speaker is Speaker.BIOSTAR1_SERVER
        assert result.verdict.code == "server"


@pytest.mark.parametrize("junk", [b"{{<<" + bytes(28), b"{{<<" + b"\xff" * 60, bytes(5000)])
async def test_rubbish_in_answer_to_the_question_is_another_service(junk: bytes) -> None:
    (address,) = own_addresses(1, 85)
    async with service(address, 1470, answer=junk):
        fact = await asyncio.wait_for(dial_port(address, 1470, False, QUICK), 10)
        assert fact.state is PortState.OPEN
        assert fact.speech is not None
        assert fact.speech.speaker is Speaker.OTHER


async def test_a_web_server_that_waits_for_a_whole_line_is_known() -> None:
    (address,) = own_addresses(1, 86)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.startswith(b"HEAD"):
            writer.write(b"HTTP/1.0 200 OK\r\nServer: patient\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, address, 1470):
        fact = await asyncio.wait_for(dial_port(address, 1470, False, QUICK), 10)
        assert fact.speech is not None
        assert fact.speech.words == "a web server (patient)"


async def test_each_step_is_told_when_it_begins_and_when_it_is_over() -> None:
    (address,) = own_addresses(1, 87)
    request = ProbeRequest.parse(address, limits=Limits(0.2, 0.05, 0.2, 0.1, 0.1, 0.1), interfaces=("lo",))
    told = [event async for event in probe(request, DISCOVERY)]
    steps = [event for event in told if isinstance(event, Step)]
    assert len(told) == len(steps) + 1
    for begin, end in zip(steps[::2], steps[1::2], strict=True):
        assert (begin.key, begin.state) == (end.key, StepState.RUNNING)
        assert end.state is not StepState.RUNNING
        assert end.text
