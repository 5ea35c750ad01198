"""Result codes of replies as exceptions with words (protocol notes, section 11)."""

from __future__ import annotations

from typing import NamedTuple

from doorward.model.errors import DeviceRefused

SUCCESS = 0x0000
ACKNOWLEDGED = 0x0001  # UDP only: a data datagram arrived
BUSY = 0x0064
UNSUPPORTED = 0x0065
FILE_ERROR = 0x0066
DISK_FULL = 0x0067
NOT_FOUND = 0x0068
INVALID_PARAMETER = 0x0069
CLOCK_ERROR = 0x006A
DATABASE_FULL = 0x006C
INVALID_ID = 0x006D
USB_DISABLED = 0x006E
COMMUNICATION_DISABLED = 0x0070
WRONG_PASSWORD = 0x0071
TRY_AGAIN = 0x0072
FINGER_EXISTS = 0x0078


class ResultError(DeviceRefused):
    """The device answered with a result other than success."""


class BusyError(ResultError):
    """The device is busy with something else."""


class UnsupportedCommandError(ResultError):
    """The device does not know the command or the configuration type."""


class FileError(ResultError):
    """The device could not read or write its storage."""


class DiskFullError(ResultError):
    """The device's storage is full."""


class NotFoundError(ResultError):
    """The device has no such item."""


class InvalidParameterError(ResultError):
    """The device refused a value."""


class ClockError(ResultError):
    """The device's clock does not work."""


class DatabaseFullError(ResultError):
    """The device holds as many items of the kind as it can."""


class InvalidIdError(ResultError):
    """The device refused the number of a user or another device."""


class UsbDisabledError(ResultError):
    """The device's USB port is switched off."""


class CommunicationDisabledError(ResultError):
    """The device is locked for communication until the password is given."""


class WrongPasswordError(ResultError):
    """The communication password is wrong."""


class TryAgainError(ResultError):
    """The device could not finish and asks to be asked again."""


class FingerExistsError(ResultError):
    """The finger is enrolled already."""


class UnknownResultError(ResultError):
    """A result code that is not published."""


class ResultMeaning(NamedTuple):
    """What a result code means."""

    error: type[ResultError]
    words: str
    advice: str


MEANINGS: dict[int, ResultMeaning] = {
    BUSY: ResultMeaning(BusyError, "it is busy", "Try again in a few seconds."),
    UNSUPPORTED: ResultMeaning(
        UnsupportedCommandError,
        "it does not support this command or setting",
        "Check the model and its firmware version.",
    ),
    FILE_ERROR: ResultMeaning(
        FileError, "it could not read or write its storage", "Restart the device; if it stays, its memory is damaged."
    ),
    DISK_FULL: ResultMeaning(DiskFullError, "its storage is full", "Delete old records or pictures on the device."),
    NOT_FOUND: ResultMeaning(NotFoundError, "it has no such item", "List what the device holds and compare."),
    INVALID_PARAMETER: ResultMeaning(
        InvalidParameterError, "it refused a value", "Compare the values with what the model allows."
    ),
    CLOCK_ERROR: ResultMeaning(
        ClockError, "its clock does not work", "Set the time; if it stays, replace the battery."
    ),
    DATABASE_FULL: ResultMeaning(
        DatabaseFullError, "its memory for this kind of item is full", "Delete items that are no longer needed."
    ),
    INVALID_ID: ResultMeaning(InvalidIdError, "it refused the number", "Check the user or device number."),
    USB_DISABLED: ResultMeaning(UsbDisabledError, "its USB port is switched off", "Switch it on in the settings."),
    COMMUNICATION_DISABLED: ResultMeaning(
        CommunicationDisabledError,
        "it is locked for communication",
        "Unlock it with its communication password.",
    ),
    WRONG_PASSWORD: ResultMeaning(WrongPasswordError, "the password is wrong", "Give the device's own password."),
    TRY_AGAIN: ResultMeaning(TryAgainError, "it asks to be asked again", "Repeat the command."),
    FINGER_EXISTS: ResultMeaning(
        FingerExistsError, "this finger is enrolled already", "Look for the person who has it, or use another finger."
    ),
}


def result_words(code: int) -> str:
    """A result code in words; an unpublished one by its number."""
    if code == SUCCESS:
        return "success"
    meaning = MEANINGS.get(code)
    return meaning.words if meaning else f"unknown result {code:#06x}"


def result_error(code: int, what: str) -> ResultError:
    """Make the exception of a result code.

    Args:
        code: The result code of a reply, not 0.
        what: What was asked, as a phrase that follows "refused to", such as "open door 0".
    """
    meaning = MEANINGS.get(code)
    if meaning is None:
        return UnknownResultError(
            f"The device refused to {what}: result {code:#06x}, which is not published.", code=code
        )
    return meaning.error(
        f"The device refused to {what}: {meaning.words} (result {code:#06x}).", code=code, advice=meaning.advice
    )
