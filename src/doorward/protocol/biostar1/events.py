"""The event codes of log records in words (protocol notes, section 10).

The numbers are those of the published vendor interface and were not tried on devices; a client only carries them.
A code that is not published gets a truthful entry of its own, so that no record is ever lost for want of a name.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class EventCategory(enum.Enum):
    """What an event is about."""

    ACCESS_GRANTED = "access granted"
    ACCESS_DENIED = "access denied"
    IDENTIFICATION = "identification"  # how somebody identified himself, without a decision
    ALARM = "alarm"
    DOOR = "door"
    INPUT_OUTPUT = "input/output"
    USER_MANAGEMENT = "user management"
    NETWORK = "network"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class EventSeverity(enum.Enum):
    """How much attention an event asks for."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class EventMeaning:
    """What an event code means.

    Attributes:
        code: The number in the log record.
        slug: A stable name for programs, such as ``door-forced-open-1``.
        words: The meaning for an operator.
        category: What it is about.
        severity: How much attention it asks for.
    """

    code: int
    slug: str
    words: str
    category: EventCategory
    severity: EventSeverity = EventSeverity.INFO


VERIFY_SUCCESS: Final = 0x27
IDENTIFY_SUCCESS: Final = 0x37

_GRANTED, _DENIED = EventCategory.ACCESS_GRANTED, EventCategory.ACCESS_DENIED
_IDENTIFICATION, _ALARM = EventCategory.IDENTIFICATION, EventCategory.ALARM
_DOOR, _INPUT_OUTPUT = EventCategory.DOOR, EventCategory.INPUT_OUTPUT
_USERS, _NETWORK, _SYSTEM = EventCategory.USER_MANAGEMENT, EventCategory.NETWORK, EventCategory.SYSTEM
_INFO, _NOTICE, _WARNING = EventSeverity.INFO, EventSeverity.NOTICE, EventSeverity.WARNING
_ALARMING = EventSeverity.ALARM

_TABLE: Final[tuple[tuple[int, str, str, EventCategory, EventSeverity], ...]] = (
    (0x16, "enroll-bad-finger", "Enrolment failed: the finger could not be read", _USERS, _NOTICE),
    (0x17, "enroll-success", "User enrolled", _USERS, _NOTICE),
    (0x18, "enroll-failed", "Enrolment failed", _USERS, _NOTICE),
    (0x19, "enroll-cancelled", "Enrolment cancelled", _USERS, _INFO),
    (0x20, "card-enroll-success", "Card enrolled", _USERS, _NOTICE),
    (0x21, "card-enroll-failed", "Card enrolment failed", _USERS, _NOTICE),
    (0x23, "enroll-bad-face", "Enrolment failed: the face could not be read", _USERS, _NOTICE),
    (0x24, "verify-bad-face", "Verification failed: the face could not be read", _DENIED, _NOTICE),
    (0x25, "verify-no-face", "Verification failed: no face was shown", _DENIED, _NOTICE),
    (0x26, "verify-bad-finger", "Verification failed: the finger could not be read", _DENIED, _NOTICE),
    (VERIFY_SUCCESS, "verify-success", "User verified", _GRANTED, _INFO),
    (0x28, "verify-failed", "Verification failed", _DENIED, _NOTICE),
    (0x29, "verify-cancelled", "Verification cancelled", _DENIED, _INFO),
    (0x2A, "verify-no-finger", "Verification failed: no finger was shown", _DENIED, _NOTICE),
    (0x2B, "verify-finger", "Verified by user number and fingerprint", _IDENTIFICATION, _INFO),
    (0x2C, "verify-pin", "Verified by user number and PIN", _IDENTIFICATION, _INFO),
    (0x2D, "verify-card-finger", "Verified by card and fingerprint", _IDENTIFICATION, _INFO),
    (0x2E, "verify-card-pin", "Verified by card and PIN", _IDENTIFICATION, _INFO),
    (0x2F, "verify-card", "Verified by card", _IDENTIFICATION, _INFO),
    (0x30, "verify-card-finger-pin", "Verified by card, fingerprint and PIN", _IDENTIFICATION, _INFO),
    (0x31, "verify-finger-pin", "Verified by fingerprint and PIN", _IDENTIFICATION, _INFO),
    (0x32, "verify-face", "Verified by user number and face", _IDENTIFICATION, _INFO),
    (0x33, "verify-card-face", "Verified by card and face", _IDENTIFICATION, _INFO),
    (0x34, "verify-card-face-pin", "Verified by card, face and PIN", _IDENTIFICATION, _INFO),
    (0x35, "verify-face-pin", "Verified by face and PIN", _IDENTIFICATION, _INFO),
    (0x36, "identify-bad-finger", "Identification failed: the finger could not be read", _DENIED, _NOTICE),
    (IDENTIFY_SUCCESS, "identify-success", "User identified", _GRANTED, _INFO),
    (0x38, "identify-failed", "Identification failed", _DENIED, _NOTICE),
    (0x39, "identify-cancelled", "Identification cancelled", _DENIED, _INFO),
    (0x3A, "identify-finger", "Identified by fingerprint", _IDENTIFICATION, _INFO),
    (0x3B, "identify-finger-pin", "Identified by fingerprint and PIN", _IDENTIFICATION, _INFO),
    (0x3C, "identify-bad-face", "Identification failed: the face could not be read", _DENIED, _NOTICE),
    (0x3D, "identify-face", "Identified by face", _IDENTIFICATION, _INFO),
    (0x3E, "identify-face-pin", "Identified by face and PIN", _IDENTIFICATION, _INFO),
    (0x3F, "identify-face-timeout", "Identification failed: no face in time", _DENIED, _NOTICE),
    (0x45, "delete-bad-face", "Deletion failed: the face could not be read", _USERS, _NOTICE),
    (0x46, "delete-bad-finger", "Deletion failed: the finger could not be read", _USERS, _NOTICE),
    (0x47, "delete-success", "User deleted", _USERS, _NOTICE),
    (0x48, "delete-failed", "Deleting a user failed", _USERS, _NOTICE),
    (0x49, "delete-all-success", "All users deleted", _USERS, _WARNING),
    (0x4A, "verify-unregistered-card", "Card is not registered", _DENIED, _NOTICE),
    (0x54, "input-0-detected", "Input 0 detected", _INPUT_OUTPUT, _INFO),
    (0x55, "input-1-detected", "Input 1 detected", _INPUT_OUTPUT, _INFO),
    (0x58, "scan-success", "Finger or face scanned", _SYSTEM, _INFO),
    (0x62, "verify-duress", "User verified under duress", _ALARM, _ALARMING),
    (0x63, "identify-duress", "User identified under duress", _ALARM, _ALARMING),
    (0x64, "tamper-on", "Device housing opened (tamper switch on)", _ALARM, _ALARMING),
    (0x65, "tamper-off", "Device housing closed (tamper switch off)", _ALARM, _NOTICE),
    (0x6A, "system-started", "Device started", _SYSTEM, _NOTICE),
    (0x6D, "identify-not-granted", "User identified, but has no access here or now", _DENIED, _NOTICE),
    (0x6E, "verify-not-granted", "User verified, but has no access here or now", _DENIED, _NOTICE),
    (0x6F, "identify-count-limit", "User identified, but used up the entries allowed", _DENIED, _NOTICE),
    (0x70, "identify-time-limit", "User identified, but came back too soon", _DENIED, _NOTICE),
    (0x71, "identify-disabled", "User identified, but is blocked", _DENIED, _NOTICE),
    (0x72, "identify-expired", "User identified, but is outside the period of validity", _DENIED, _NOTICE),
    (0x73, "anti-passback-violation", "Anti-passback violated", _DENIED, _WARNING),
    (0x74, "entry-count-limit", "Entries allowed are used up", _DENIED, _NOTICE),
    (0x75, "entry-interval-limit", "Came back too soon", _DENIED, _NOTICE),
    (0x76, "invalid-authentication-mode", "Way of authentication not allowed here or now", _DENIED, _NOTICE),
    (0x77, "user-expired", "User is outside the period of validity", _DENIED, _NOTICE),
    (0x78, "not-granted", "No access here or now", _DENIED, _NOTICE),
    (0x80, "relay-on", "Relay switched on", _INPUT_OUTPUT, _INFO),
    (0x81, "relay-off", "Relay switched off", _INPUT_OUTPUT, _INFO),
    (0x82, "door-open-0", "Door 1 opened", _DOOR, _INFO),
    (0x83, "door-open-1", "Door 2 opened", _DOOR, _INFO),
    (0x84, "door-closed-0", "Door 1 closed", _DOOR, _INFO),
    (0x85, "door-closed-1", "Door 2 closed", _DOOR, _INFO),
    (0x86, "door-forced-open-0", "Door 1 forced open", _ALARM, _ALARMING),
    (0x87, "door-forced-open-1", "Door 2 forced open", _ALARM, _ALARMING),
    (0x88, "door-held-open-0", "Door 1 held open", _ALARM, _ALARMING),
    (0x89, "door-held-open-1", "Door 2 held open", _ALARM, _ALARMING),
    (0x8A, "door-relay-on-0", "Door 1 unlocked (relay on)", _DOOR, _INFO),
    (0x8B, "door-relay-on-1", "Door 2 unlocked (relay on)", _DOOR, _INFO),
    (0x90, "timeout", "Time ran out", _SYSTEM, _INFO),
    (0x95, "card-verify-duress", "Card holder verified under duress", _ALARM, _ALARMING),
    (0x97, "card-verify-success", "Card holder verified", _GRANTED, _INFO),
    (0x98, "card-verify-failed", "Card holder's verification failed", _DENIED, _NOTICE),
    (0x99, "card-anti-passback-violation", "Card: anti-passback violated", _DENIED, _WARNING),
    (0x9A, "card-entry-count-limit", "Card: entries allowed are used up", _DENIED, _NOTICE),
    (0x9B, "card-entry-interval-limit", "Card: came back too soon", _DENIED, _NOTICE),
    (0x9C, "card-invalid-authentication-mode", "Card: way of authentication not allowed here or now", _DENIED, _NOTICE),
    (0x9D, "card-user-expired", "Card: user is outside the period of validity", _DENIED, _NOTICE),
    (0x9E, "card-not-granted", "Card: no access here or now", _DENIED, _NOTICE),
    *((0xA0 + port, f"internal-input-{port}", f"Own input {port} switched", _INPUT_OUTPUT, _INFO) for port in range(4)),
    *(
        (
            0xB0 + 4 * unit + port,
            f"secure-io-{unit}-input-{port}",
            f"Input {port} of Secure I/O {unit} switched",
            _INPUT_OUTPUT,
            _INFO,
        )
        for unit in range(4)
        for port in range(4)
    ),
    (0xC0, "locked", "Device locked", _SYSTEM, _WARNING),
    (0xC1, "unlocked", "Device unlocked", _SYSTEM, _NOTICE),
    (0xC2, "blacklisted", "Card or user is on the blacklist", _DENIED, _WARNING),
    (0xC3, "armed", "Alarm zone armed", _ALARM, _NOTICE),
    (0xC4, "disarmed", "Alarm zone disarmed", _ALARM, _NOTICE),
    (0xC5, "alarm-zone-input", "Alarm zone triggered", _ALARM, _ALARMING),
    (0xC6, "fire-alarm-zone-input", "Fire alarm", _ALARM, _ALARMING),
    (0xC7, "alarm-zone-cleared", "Alarm zone is quiet again", _ALARM, _NOTICE),
    (0xC8, "fire-alarm-zone-cleared", "Fire alarm is over", _ALARM, _NOTICE),
    (0xC9, "anti-passback-zone-alarm", "Anti-passback zone alarm", _ALARM, _ALARMING),
    (0xCA, "entrance-limit-zone-alarm", "Entrance limit zone alarm", _ALARM, _ALARMING),
    (0xCB, "anti-passback-zone-alarm-cleared", "Anti-passback zone alarm is over", _ALARM, _NOTICE),
    (0xCC, "entrance-limit-zone-alarm-cleared", "Entrance limit zone alarm is over", _ALARM, _NOTICE),
    (0xD2, "time-set", "Clock set", _SYSTEM, _NOTICE),
    (0xD3, "client-connected", "Client connected to the device", _NETWORK, _INFO),
    (0xD4, "client-disconnected", "Client disconnected from the device", _NETWORK, _INFO),
    (0xD5, "server-connected", "Connected to the server", _NETWORK, _INFO),
    (0xD6, "server-disconnected", "Connection to the server lost", _NETWORK, _WARNING),
    (0xD7, "link-up", "Network cable connected", _NETWORK, _INFO),
    (0xD8, "link-down", "Network cable disconnected", _NETWORK, _WARNING),
    (0xD9, "address-initialized", "Network address set up", _NETWORK, _INFO),
    (0xDA, "dhcp-initialized", "DHCP started", _NETWORK, _INFO),
    (0xDB, "dhcp-success", "Network address received by DHCP", _NETWORK, _INFO),
    (0xDC, "connection-failed", "Connecting failed", _NETWORK, _WARNING),
    # These four numbers were given out twice; a record does not tell which of the two is meant.
    (
        0xE0,
        "held-open-alarm-or-application-disconnected",
        "Door held open, or application disconnected",
        _ALARM,
        _WARNING,
    ),
    (0xE1, "forced-open-alarm-or-link-disconnected", "Door forced open, or network link lost", _ALARM, _ALARMING),
    (
        0xE2,
        "held-open-alarm-cleared-or-application-connected",
        "Door no longer held open, or application connected",
        _ALARM,
        _NOTICE,
    ),
    (
        0xE3,
        "forced-open-alarm-cleared-or-link-connected",
        "Door forced open alarm is over, or network link is back",
        _ALARM,
        _NOTICE,
    ),
    (0xF0, "administrator-authenticated", "Administrator authenticated", _SYSTEM, _NOTICE),
    (0xF8, "call-button", "Call button pressed", _INPUT_OUTPUT, _NOTICE),
    (0xF9, "menu-entered", "Device menu entered", _SYSTEM, _NOTICE),
    (0xFF01, "terminal-disconnected", "Device disconnected from the server", _NETWORK, _WARNING),
)

EVENTS: Final = MappingProxyType({row[0]: EventMeaning(*row) for row in _TABLE})
"""Every published event code."""

VERIFIED_BY: Final = MappingProxyType(
    {
        0x2B: "user number and fingerprint",
        0x2C: "user number and PIN",
        0x2D: "card and fingerprint",
        0x2E: "card and PIN",
        0x2F: "card",
        0x30: "card, fingerprint and PIN",
        0x31: "fingerprint and PIN",
        0x32: "user number and face",
        0x33: "card and face",
        0x34: "card, face and PIN",
        0x35: "face and PIN",
    }
)
"""Sub events of a successful verification."""

IDENTIFIED_BY: Final = MappingProxyType(
    {0x3A: "fingerprint", 0x3B: "fingerprint and PIN", 0x3D: "face", 0x3E: "face and PIN"}
)
"""Sub events of a successful identification."""

_SUB_EVENTS: Final = MappingProxyType({VERIFY_SUCCESS: VERIFIED_BY, IDENTIFY_SUCCESS: IDENTIFIED_BY})


def event_meaning(code: int) -> EventMeaning:
    """What an event code means; an unpublished one is named by its number."""
    known = EVENTS.get(code)
    if known is not None:
        return known
    return EventMeaning(
        code, f"unknown-{code:#04x}", f"unknown event {code:#04x}", EventCategory.UNKNOWN, EventSeverity.NOTICE
    )


def sub_event_words(event: int, sub_event: int) -> str:
    """How somebody was verified or identified, such as "card and PIN".

    Returns:
        Empty where the event has no sub event; an unpublished one is named by its number.
    """
    table = _SUB_EVENTS.get(event)
    if table is None or sub_event == 0:
        return ""
    return table.get(sub_event, f"unknown way {sub_event:#04x}")


def event_words(event: int, sub_event: int = 0) -> str:
    """An event and how it came about in one line, such as "User verified (card and PIN)"."""
    way = sub_event_words(event, sub_event)
    words = event_meaning(event).words
    return f"{words} ({way})" if way else words
