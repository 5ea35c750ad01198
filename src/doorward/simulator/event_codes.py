"""The event codes that a virtual device writes into its log (protocol notes, section 10)."""

from __future__ import annotations

from typing import Final

VERIFY_SUCCESS: Final = 0x27
IDENTIFY_SUCCESS: Final = 0x37
IDENTIFY_FAIL: Final = 0x38
UNREGISTERED_CARD: Final = 0x4A
INPUT: Final = 0x54  # plus the number of the input
VERIFY_DURESS: Final = 0x62
IDENTIFY_DURESS: Final = 0x63
TAMPER_ON: Final = 0x64
TAMPER_OFF: Final = 0x65
SYSTEM_STARTED: Final = 0x6A
IDENTIFY_NOT_GRANTED: Final = 0x6D
VERIFY_NOT_GRANTED: Final = 0x6E
IDENTIFY_DISABLED: Final = 0x71
IDENTIFY_EXPIRED: Final = 0x72
EXPIRED_USER: Final = 0x77
NOT_GRANTED: Final = 0x78
RELAY_ON: Final = 0x80
RELAY_OFF: Final = 0x81
DOOR_OPEN: Final = 0x82  # these plus the number of the door
DOOR_CLOSED: Final = 0x84
DOOR_FORCED_OPEN: Final = 0x86
DOOR_HELD_OPEN: Final = 0x88
DOOR_RELAY_ON: Final = 0x8A
LOCKED: Final = 0xC0
UNLOCKED: Final = 0xC1
BLACKLISTED: Final = 0xC2
TIME_SET: Final = 0xD2

# Sub events: how a user was verified or identified.
BY_CARD: Final = 0x2F
BY_FINGER: Final = 0x3A
BY_FACE: Final = 0x3D
