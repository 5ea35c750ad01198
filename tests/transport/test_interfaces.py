"""The network cards of this machine."""

import ipaddress

import psutil
import pytest

from doorward.model.errors import InvalidInput, NotReached
from doorward.transport.interfaces import Interface, find_interface, interface_toward, interfaces


def loopback() -> Interface:
    return next(item for item in interfaces() if item.loopback)


def test_every_card_is_told_with_its_subnet() -> None:
    for item in interfaces():
        assert ipaddress.IPv4Address(item.address) in item.network
        assert item.reaches(item.address)
        if item.broadcast:
            assert item.network.broadcast_address == ipaddress.IPv4Address(item.broadcast)
    assert {item.name for item in interfaces()} <= set(psutil.net_if_addrs())


def test_loopback() -> None:
    card = loopback()
    assert (card.address, card.mask, card.broadcast, card.up) == ("127.0.0.1", "255.0.0.0", "127.255.255.255", True)
    assert card.reaches("127.0.1.12")
    assert not card.reaches("10.0.0.1")
    assert not card.reaches("nonsense")


def test_a_card_is_found_by_name_and_by_address() -> None:
    card = loopback()
    assert card in find_interface(card.name)
    assert find_interface("127.0.0.1") == (card,)


def test_an_unknown_card_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"eth-none.*127\.0\.0\.1"):
        find_interface("eth-none")


def test_cards_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = interfaces()
    assert before
    monkeypatch.setattr(psutil, "net_if_addrs", dict)
    assert interfaces() == ()
    with pytest.raises(InvalidInput, match="no network card"):
        find_interface("eth0")


def test_the_card_toward_a_neighbour() -> None:
    assert interface_toward("127.0.1.3").loopback
    with pytest.raises(NotReached, match=r"255\.255\.255\.255"):
        interface_toward("255.255.255.255")  # a broadcast address is no neighbour
