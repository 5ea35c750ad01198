from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands import clock, identity, logs, rights, users
from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.records import BlacklistItem
from doorward.protocol.biostar1.results import COMMUNICATION_DISABLED
from doorward.protocol.biostar1.user_data import FORMS_BY_FAMILY
from doorward.simulator.people import fill_people, fill_rights
from doorward.simulator.storage import SqliteStore
from doorward.simulator.traffic import history
from doorward.simulator.virtual_device import Limits, VirtualDevice
from tests.simulator.talk import HostClock, ask, told


def opened(path: Path, model: str = "biostation", **values: Any) -> VirtualDevice:
    return VirtualDevice(10_001, model, store=SqliteStore(path / "device.db"), **values)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_everything_is_there_again(model: Any, tmp_path: Path) -> None:
    host = HostClock()
    device = opened(tmp_path, model.slug, host_time=host, password=b"secret", drift=5.0)
    fill_rights(device)
    fill_people(device, 12)
    history(device, 300)
    device.blacklist.add(BlacklistItem(item_type=2, item=9))
    ask(device, clock.SetClock(1_600_000_000))
    number = next(number for number, block in device.configuration.blocks.items() if not block.read_only)
    ask(device, WriteConfiguration(number, b"\x5a" * device.configuration.blocks[number].size))
    card = device.people.users.cards()[0]
    device.swipe(card)
    form = FORMS_BY_FAMILY[model.family][0]
    read: Any = form.list_all
    expected = (
        told(device, read(form.header_code)).content,
        device.log.content,
        device.rights.content(rights.SCHEDULES),
        told(device, ReadConfiguration(number)).content,
        told(device, users.ReadUserTotals()),
    )
    ask(device, identity.DisableCommunication())
    device.close()

    host.now += 86_400
    again = opened(tmp_path, model.slug, host_time=host)
    assert ask(again, clock.ReadClock()).code == COMMUNICATION_DISABLED
    unlock = identity.EnableCommunication.with_password(b"secret", enciphered_model=model.enciphered)
    assert ask(again, unlock).code == 0
    assert told(again, clock.ReadClock()).local_time == 1_600_000_000 + 86_400 + 5
    assert (
        told(again, read(form.header_code)).content,
        again.log.content,
        again.rights.content(rights.SCHEDULES),
        told(again, ReadConfiguration(number)).content,
        told(again, users.ReadUserTotals()),
    ) == expected
    assert again.people.users.by_card(card) == device.people.users.by_card(card)
    assert again.blacklist.refuses(card_id=9)
    again.close()


def test_a_log_that_wrapped_or_was_deleted_goes_on(tmp_path: Path) -> None:
    limits = Limits(log_records=5)
    device = opened(tmp_path, limits=limits)
    for number in range(8):
        device.log.add(0x27, user_id=number)
    told(device, logs.ReadLogCache())
    device.close()

    device = opened(tmp_path, limits=limits)
    assert [record[8] for record in _records(device)] == [3, 4, 5, 6, 7]
    assert told(device, logs.ReadLogCache()).record_count == 0
    device.log.add(0x27, user_id=8)
    assert told(device, logs.DeleteLogs(2)).count == 2
    device.close()

    device = opened(tmp_path, limits=limits)
    assert [record[8] for record in _records(device)] == [6, 7, 8]
    told(device, logs.DeleteAllLogs())
    device.close()

    device = opened(tmp_path, limits=limits)
    assert len(device.log) == 0
    device.log.add(0x27, user_id=9)
    assert told(device, logs.ReadLogCache()).record_count == 1
    device.close()


def test_a_clock_goes_on_drifting_over_a_restart(tmp_path: Path) -> None:
    host = HostClock()
    device = opened(tmp_path, host_time=host, drift=60.0)
    begin = device.clock.local_time
    device.close()
    host.now += 86_400
    device = opened(tmp_path, host_time=host)
    assert device.clock.local_time == begin + 86_400 + 60
    device.close()


def _records(device: VirtualDevice) -> list[bytes]:
    content = device.log.content
    return [content[at : at + 16] for at in range(0, len(content), 16)]


KILLED = """
import sys
from pathlib import Path
from doorward.simulator.storage import SqliteStore
from doorward.simulator.virtual_device import VirtualDevice
device = VirtualDevice(10001, "xpass", store=SqliteStore(Path(sys.argv[1]) / "device.db"))
for number in range(1, 1000000):
    device.tamper(on=True)
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_nothing_that_was_told_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        told_number = 0
        while told_number < 200:
            told_number = int(program.stdout.readline())
        program.send_signal(signal.SIGKILL)
        told_number = max([told_number, *(int(line) for line in program.stdout if line.endswith("\n"))])
    device = opened(tmp_path, "xpass")
    assert told_number <= len(device.log) <= told_number + 1
    device.close()


def test_changes_in_a_batch_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "device.db")
    store.put("kind", 1, b"old")

    def change_half() -> None:
        with store.batch():
            store.put("kind", 1, b"new")
            with store.batch():
                store.put("kind", 2, b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_half()
    assert store.items("kind") == {1: b"old"}
    store.close()


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    path = tmp_path / "device.db"
    store = SqliteStore(path)
    assert sys.platform == "win32" or path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InvalidInput, match="no other program"):
        SqliteStore(path)
    store.close()
    SqliteStore(path).close()
    other = tmp_path / "other.db"
    other.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(InvalidInput, match=r"other\.db"):
        SqliteStore(other)
    with pytest.raises(InvalidInput, match="state"):
        SqliteStore(path / "below a file.db")
