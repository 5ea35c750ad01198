"""The port catalogue: complete as it was checked by hand, and strict about what it reads."""

from __future__ import annotations

from collections import Counter

import pytest

from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import CONFIDENCE, SYSTEMS, Entry, load_catalogue, read_catalogue
from doorward.protocol.biostar1.models import COMPACT_PORT, MODELS, STATION_PORT
from doorward.protocol.biostar1.server_mode import SERVER_PORT
from doorward.protocol.biostar1.udp_exchange import UDP_PORT as BIOSTAR1_UDP_PORT
from doorward.protocol.biostar2.frame import UDP_PORT as BIOSTAR2_UDP_PORT
from doorward.server.settings import ServerSettings

# Counted by hand against the port notes; a new entry changes the number here, on purpose.
COUNTS = {"biostar1": 11, "biostar2": 36, "easysecure": 7, "doorward": 12, "other": 79}

# Each entry of BioStar 1 as the notes have it: protocol, port, who listens, who dials, modes, how sure, if planned.
BIOSTAR1 = {
    ("tcp", 1470, "device", ("client",), ("direct",), "confirmed", "default"),
    ("tcp", 1471, "device", ("client",), ("direct",), "confirmed", "default"),
    ("tcp", 1470, "device", ("server",), ("server",), "inferred", "default"),
    ("tcp", 1471, "device", ("server",), ("server",), "inferred", "default"),
    ("tcp", 1480, "server", ("device",), ("server",), "stated", "default"),
    ("tcp", 1480, "server", ("client",), ("direct", "server"), "inferred", "default"),
    ("udp", 51110, "device", ("client", "server"), ("direct", "server"), "confirmed", "default"),
    ("tcp", 5001, "server", ("device",), ("server",), "stated", "never"),
    ("tcp", 1433, "database", ("server",), ("direct", "server"), "unconfirmed", "never"),
    ("tcp", 3306, "database", ("server",), ("direct", "server"), "unconfirmed", "never"),
    ("tcp", 1521, "database", ("server",), ("direct", "server"), "unconfirmed", "never"),
}

# Every number of BioStar 2's notes, by where it may be seen.
BIOSTAR2_DEVICES = {("tcp", 51211), ("tcp", 51212), ("tcp", 51213), ("udp", 51210)}
BIOSTAR2_BROWSERS = {80, 443, 445, 3000, 3002, 3010, 3012, 4213, 4214, 5000, 5002, 9002, 9010}
BIOSTAR2_LOCAL = {3100, 3312, 6379, 8081, 8082, 8781, 8786, 8790, 8795, 9000, 9310, 9510, 27017}
BIOSTAR2_CLOUD = {4443, 52000, 52001}
BIOSTAR2_DATABASES = {1433, 1521}


def of_system(name: str) -> list[Entry]:
    return list(load_catalogue().select(systems=[name]))


def test_the_catalogue_has_what_was_checked_by_hand() -> None:
    assert Counter(entry.system for entry in load_catalogue().entries) == COUNTS
    assert set(COUNTS) == set(SYSTEMS)


def test_each_entry_of_biostar1() -> None:
    found = [
        (e.protocol, e.ports.first, e.listens, e.dials, e.modes, e.confidence, e.plan) for e in of_system("biostar1")
    ]
    assert set(found) == BIOSTAR1
    assert len(found) == len(BIOSTAR1)


def test_each_number_of_biostar2() -> None:
    entries = of_system("biostar2")
    with_devices = {(e.protocol, e.ports.first) for e in entries if "device" in (e.listens, *e.dials)}
    assert with_devices == BIOSTAR2_DEVICES
    others = [e for e in entries if "device" not in (e.listens, *e.dials)]
    assert {e.ports.first for e in others if e.reach == "local"} == BIOSTAR2_LOCAL
    assert {e.ports.first for e in others if e.reach == "internet"} == BIOSTAR2_CLOUD
    assert {e.ports.first for e in others if e.listens == "database"} == BIOSTAR2_DATABASES
    browsers = {e.ports.first for e in others if e.reach == "network" and e.listens == "server"}
    assert browsers == BIOSTAR2_BROWSERS
    assert {e.process for e in entries if e.ports.first in (51212, 51213, 9002)} == {"biostar-server.exe"}
    assert {e.process for e in entries if e.ports.first in (3000, 3002)} == {"node.exe"}


def test_easysecure_is_its_published_list() -> None:
    found = {(e.protocol, e.ports.first) for e in of_system("easysecure")}
    assert found == {("udp", 51210), *(("tcp", port) for port in (80, 8080, 1470, 1471, 51211, 51212))}


def test_doorwards_own_entries_are_what_the_code_does() -> None:
    entries = {e.id: e for e in of_system("doorward")}
    settings = ServerSettings()
    assert entries["doorward-8080"].ports.first == settings.web.port
    assert entries["doorward-1480-devices"].ports.first == settings.devices.port == SERVER_PORT
    assert entries["doorward-1470"].ports.first == STATION_PORT
    assert entries["doorward-1471"].ports.first == COMPACT_PORT
    assert entries["doorward-51110"].ports.first == BIOSTAR1_UDP_PORT
    assert entries["doorward-51210"].ports.first == BIOSTAR2_UDP_PORT
    assert {e.setting for e in entries.values()} == {"", "web.port", "devices.port"}


def test_the_two_classes_of_models_are_those_of_the_protocol() -> None:
    for port, entry in ((STATION_PORT, "biostar1-1470"), (COMPACT_PORT, "biostar1-1471")):
        words = load_catalogue().entry(entry).purpose.replace("Net", "").lower()
        for model in MODELS:
            family = model.title.replace("Net", "").replace("T&A", "").split("(")[0].strip().lower()
            if model.tcp_port == port:
                assert any(family.startswith(word.strip()) for word in _family_names(words)), (model.title, words)


def _family_names(words: str) -> list[str]:
    return words.removeprefix("commands to ").removesuffix(" in direct mode").split(",")


def test_what_stays_inside_a_machine_is_never_planned() -> None:
    for entry in load_catalogue().entries:
        if entry.reach != "network" or entry.system == "other":
            assert entry.plan == "never", entry.id
        assert entry.confidence in CONFIDENCE
        assert entry.sources


OTHERS = {
    "BioStar X": "443 5002 9310 9000 51218 51219 21810 10800 47500 47100 9002 9010 51212 51213 52000",
    "BioStar Air": "443 5671 6379 6381 3500 80 3478 5349",
    "Suprema G-SDK": "4000 4010 51211 51212 51213 51210",
    "ZKTeco, standalone": "4370 4370",
    "ZKTeco, push (ADMS)": "80 8081 8088",
    "UHPPOTE UT0311-L0x": "60000 60000 60001",
    "uhppoted services": "8080 8443 1883 8883",
    "HID VertX / Edge / EVO": "4050 4433 4070 80 20-23",
    "Mercury EP / LP / MP": "3001",
    "Genetec Synergis Cloud Link": "2000 443",
    "ASSA ABLOY IP locks / Aperio": "2571 443 8883 9999 5021 69",
    "Axis A1601 / A1610": "80 443",
    "Hikvision": "8000 80 443",
    "Dahua": "37777",
    "Dahua DSS": "9000 9100 9200 9320 9500",
    "LenelS2 eMerge / NetBox nodes": "7262 7262 80 443 22 3306",
    "Genetec OnGuard plug-in": "1312",
    "Kaba access manager": "30464-30703 1900 30976 22",
    "Modbus TCP": "502",
    "BACnet/IP": "47808",
}
UDP_OF_OTHERS = {"51210", "4370", "60000", "60001", "2000", "69", "7262", "30464-30703", "1900", "30976", "47808"}


def test_each_number_of_other_products() -> None:
    found: dict[str, list[str]] = {}
    for entry in of_system("other"):
        found.setdefault(entry.product, []).append(str(entry.ports))
    assert {product: " ".join(numbers) for product, numbers in found.items()} == OTHERS
    assert {str(entry.ports) for entry in of_system("other") if entry.protocol == "udp"} == UDP_OF_OTHERS


def test_a_choice_by_system_mode_and_role() -> None:
    chosen = load_catalogue().select(systems=["biostar1"], modes=["direct"], roles=["client"])
    assert {entry.id for entry in chosen} == {
        "biostar1-1470",
        "biostar1-1471",
        "biostar1-1480-clients",
        "biostar1-51110",
    }
    with pytest.raises(InvalidInput, match="system: 'biostar3' is not allowed"):
        load_catalogue().select(systems=["biostar3"])


GOOD = """
[sources]
KB1 = "a source"

[[entry]]
id = "one"
system = "biostar1"
protocol = "tcp"
ports = "1470"
listens = "device"
dials = ["client"]
modes = ["direct"]
purpose = "commands"
sources = ["KB1"]
confidence = "stated"
"""


def test_a_small_catalogue_is_read() -> None:
    (entry,) = read_catalogue(GOOD).entries
    assert entry.title == "TCP 1470"
    assert entry.product == "BioStar 1"
    assert entry.plan == "never"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('system = "biostar1"', 'system = "biostar9"', "system"),
        ('system = "biostar1"', 'system = "other"', "product"),
        ('protocol = "tcp"', 'protocol = "sctp"', "protocol"),
        ('ports = "1470"', 'ports = "0"', "ports"),
        ('ports = "1470"', 'ports = "70000"', "ports"),
        ('ports = "1470"', 'ports = "20-10"', "ports"),
        ('ports = "1470"', "ports = 1470", "ports"),
        ('listens = "device"', 'listens = "nobody"', "listens"),
        ('dials = ["client"]', "dials = []", "dials"),
        ('dials = ["client"]', 'dials = ["client", "client"]', "dials"),
        ('dials = ["client"]', 'dials = "client"', "dials"),
        ('modes = ["direct"]', 'modes = ["sideways"]', "modes"),
        ('purpose = "commands"', "", "purpose"),
        ('purpose = "commands"', 'purpose = ""', "purpose"),
        ('purpose = "commands"', 'purpose = "two\\nlines"', "purpose"),
        ('sources = ["KB1"]', 'sources = ["KB2"]', "sources"),
        ('confidence = "stated"', 'confidence = "sure"', "confidence"),
        ('confidence = "stated"', 'confidence = "stated"\ncolour = "red"', "colour"),
        ('confidence = "stated"', 'confidence = "stated"\nplan = "option"', "features"),
        ('confidence = "stated"', 'confidence = "stated"\nplan = "default"\nreach = "local"', "plan"),
        ('confidence = "stated"', 'confidence = "stated"\nbroadcast = true', "broadcast"),
        ('confidence = "stated"', 'confidence = "stated"\nbroadcast = "yes"', "broadcast"),
        ('id = "one"', 'id = "One Two"', "id"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_name(old: str, new: str, field: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInput) as refused:
        read_catalogue(GOOD.replace(old, new))
    assert refused.value.field == field
    assert refused.value.where == ("entry One Two" if field == "id" else "entry one")


def test_two_entries_of_one_id_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no other entry has"):
        read_catalogue(GOOD + GOOD.partition("\n\n")[2])


@pytest.mark.parametrize("text", ["", "entry = 5", "[[entry", "[sources]\nKB1 = 5", 'extra = 1\n[[entry]]\nid = "x"'])
def test_no_catalogue_at_all_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_catalogue(text)
