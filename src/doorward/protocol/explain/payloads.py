"""What requests and replies carry: their numbers by name, their payload as records, texts or sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from doorward.protocol.biostar1 import server_mode
from doorward.protocol.biostar1.commands import credentials, identity, logs, maintenance, screen, settings, users
from doorward.protocol.biostar1.configuration import ConfigurationType, configuration_type, configuration_types
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_TYPE
from doorward.protocol.biostar1.records import CardLayout, ImageLogHeader, PrivateGreeting, TemplateCardHeader
from doorward.protocol.biostar1.records.logs import (
    ExtendedLogRecord,
    LogRecord,
    read_extended_log_records,
    read_log_records,
)
from doorward.protocol.biostar1.request import Part, Parts, Reply, Request, counted_payload, parts_of
from doorward.protocol.biostar1.user_data import (
    BIOSTATION,
    COMPACT,
    FACE,
    FACE_EXTENDED,
    FORMS_BY_FAMILY,
    LEGACY,
    WIDE,
    UserEntry,
    UserForm,
    split_users,
)
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.explain.message import Value
from doorward.protocol.explain.values import MOST_RECORDS_SHOWN, ValueWriter, shown_bytes
from doorward.protocol.layout import Record, decode_text, split_records

_FORMS: tuple[UserForm, ...] = (LEGACY, BIOSTATION, COMPACT, WIDE, FACE, FACE_EXTENDED)
_EXTENDED_LOG_COMMANDS = frozenset({0x0017, 0x0018})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about a message beyond its bytes.

    Attributes:
        question: The question, or the header packet of a write, that it belongs to; None when it was not seen.
        device_type: The model of the device; None when nobody told.
        values: How values are written.
    """

    question: Message | None
    device_type: int | None
    values: ValueWriter


Fields = dict[str, Value]
_PayloadWriter = Callable[[Message, Context], Fields]


def fields_of(kind: type[Parts], message: Message, context: Context, *, with_payload: bool) -> Fields:
    """The fields of a request or reply.

    Args:
        kind: Its class.
        message: Code and parameters of the question or reply, with the joined payload.
        context: What else is known.
        with_payload: Whether the payload is there: the header packet of a write comes without.

    Raises:
        RemoteProtocolError: The payload is not what the class carries.
    """
    told = numbers_of(kind, message, context)
    if with_payload:
        told.update(payload_fields(kind, message, context))
    return told


def numbers_of(kind: type[Parts], message: Message, context: Context) -> Fields:
    """The numbers in code and parameters, by name."""
    places = {
        Part.CODE: message.code,
        Part.PARAM1: message.param1,
        Part.PARAM2: message.param2,
        Part.BOTH_PARAMS: message.param1,
    }
    told: Fields = {}
    for item in parts_of(kind):
        if item.part in places:
            value = places[item.part]
            told.update(context.values.number(item.name, value, item.meaning))
            if item.name == "configuration_type":
                told["configuration_type_words"] = configuration_words(value, context.device_type)
            elif item.name == "server_address":
                told["server_address"] = server_mode.dotted(value)
    return told


def payload_fields(kind: type[Parts], message: Message, context: Context) -> Fields:
    """The payload of a request or reply.

    Raises:
        RemoteProtocolError: It is not what the class carries.
    """
    for base in kind.__mro__:
        writer = _WRITERS.get(base)
        if writer is not None:
            return writer(message, context)
    for item in parts_of(kind):
        if item.part is not Part.PAYLOAD:
            continue
        if item.record is not None:
            data = counted_payload(kind, item.record, message)
            return {item.name: _records(item.record, data, context)}
        return {item.name: shown_bytes(message.payload)}
    return {"unexpected_payload": shown_bytes(message.payload)} if message.payload else {}


def reply_class(kinds: Iterable[type[Request[Any]]], message: Message) -> type[Reply] | None:
    """The class of a reply; where several questions are possible, that whose records fit its size."""
    replies = list(dict.fromkeys(kind.REPLY for kind in kinds))
    if len(replies) <= 1:
        return replies[0] if replies else None
    for reply in replies:
        for item in parts_of(reply):
            if item.record is not None and message.param1 * item.record.SIZE == len(message.payload):
                return reply
    return None


def configuration_words(number: int, device_type: int | None) -> str:
    """What a configuration number means, as far as the model is known."""
    titles = list(dict.fromkeys(block.title for block in _blocks(number, device_type)))
    return " or ".join(titles) if titles else "unknown"


def configuration_content(number: int, content: bytes, context: Context) -> Value:
    """A configuration block as an object, or in words why it is not shown as one.

    A firmware may send other sizes than the published ones, which breaks no rule.
    """
    blocks = _blocks(number, context.device_type)
    if not blocks:
        return shown_bytes(content)
    fitting = list(dict.fromkeys(block.record for block in blocks if block.size == len(content)))
    if len(fitting) == 1:
        return context.values.record(fitting[0].from_bytes(content))
    if fitting:
        return f"<{len(content)} bytes; what they mean depends on the model, which is not known>"
    if len(blocks) == 1 and len(content) > blocks[0].size:
        return context.values.record(blocks[0].record.from_bytes(content, longer=True))
    sizes = " or ".join(str(size) for size in sorted({block.size for block in blocks}))
    return f"<{len(content)} bytes; the published block has {sizes}>"


def guessed_configuration(content: bytes, context: Context) -> Fields:
    """A configuration block whose question was not seen: told by its size where only one block has it."""
    types = [context.device_type] if context.device_type in MODELS_BY_TYPE else [model.device_type for model in MODELS]
    fitting = {
        block.record: block
        for device_type in types
        if device_type is not None
        for block in configuration_types(device_type)
        if block.size == len(content)
    }
    if len(fitting) != 1:
        return {"content": f"<{len(content)} bytes; the question, which tells what they are, was not seen>"}
    ((record, block),) = fitting.items()
    return {
        "configuration_type_words": f"{block.title}, guessed from its size",
        "content": context.values.record(record.from_bytes(content)),
    }


def _blocks(number: int, device_type: int | None) -> list[ConfigurationType]:
    """The blocks that a number may mean."""
    types = [model.device_type for model in MODELS] if device_type not in MODELS_BY_TYPE else [device_type]
    found = (configuration_type(number, candidate) for candidate in types if candidate is not None)
    return [block for block in found if block is not None]


def _records(record: type[Record], data: bytes, context: Context) -> Value:
    return _bounded(context.values.record(entry) for entry in split_records(record, data))


def _bounded(entries: Iterable[Value]) -> list[Value]:
    return list(itertools.islice(entries, MOST_RECORDS_SHOWN))


# Log records and pictures


def _log_reply(message: Message, context: Context) -> Fields:
    size = ExtendedLogRecord.SIZE if message.command in _EXTENDED_LOG_COMMANDS else LogRecord.SIZE
    data = message.payload
    if message.param1 * size > len(data):
        raise RemoteProtocolError(
            f"{message.param1} log records of {size} bytes are announced, but {len(data)} bytes arrived"
        )
    return _log_records(data[: message.param1 * size], size, context)


def _log_records(data: bytes, size: int, context: Context) -> Fields:
    part = data[: MOST_RECORDS_SHOWN * size]
    rows: Iterable[LogRecord | ExtendedLogRecord]
    rows = read_log_records(part) if size == LogRecord.SIZE else read_extended_log_records(part)
    told: Fields = {"records": [context.values.log_record(row) for row in rows]}
    if len(part) < len(data):
        told["records_not_shown"] = (len(data) - len(part)) // size
    return told


def _pushed_log(message: Message, context: Context) -> Fields:
    return _log_records(server_mode.PushLog.decode(message).content, LogRecord.SIZE, context)


def _pushed_extended_log(message: Message, context: Context) -> Fields:
    return _log_records(server_mode.PushExtendedLog.decode(message).content, ExtendedLogRecord.SIZE, context)


def _pictures(message: Message, context: Context) -> Fields:
    told: list[Value] = []
    data, offset = message.payload, 0
    while offset < len(data):
        end = offset + ImageLogHeader.SIZE
        if end > len(data):
            raise RemoteProtocolError(f"the pictures end {len(data) - offset} bytes into a header of {end - offset}")
        header = ImageLogHeader.from_bytes(data[offset:end])
        offset = end + header.image_size
        if offset > len(data):
            raise RemoteProtocolError(
                f"a picture of {header.image_size} bytes is announced, but {len(data) - end} bytes follow"
            )
        told.append({**context.values.record(header), "picture": f"<{header.image_size} bytes>"})
    return {"pictures": told[:MOST_RECORDS_SHOWN]}


# Users


def _user_reply(message: Message, context: Context) -> Fields:
    code = context.question.code if context.question else None
    if code is None:
        templates: tuple[bool, ...] = (False, True)
    else:
        templates = (code & 0x0F > 1,)  # 1 asks for headers, 2 or 4 for templates too (notes, section 6)
    return _users(message, context, code, templates)


def _enrolment(message: Message, context: Context) -> Fields:
    return _users(message, context, context.question.code if context.question else None, (True,))


def _users(message: Message, context: Context, code: int | None, templates: tuple[bool, ...]) -> Fields:
    """The users of a payload, in the first form that takes exactly all its bytes."""
    problem = f"{len(message.payload)} bytes are not {message.param1} users in any known form"
    for form, with_templates in itertools.product(_user_forms(message.command, context.device_type, code), templates):
        try:
            entries = list(split_users(form, message.payload, with_templates=with_templates))
        except RemoteProtocolError as error:
            problem = error.message
            continue
        if len(entries) == message.param1:
            return {"users": _bounded(_user(entry, context) for entry in entries)}
        problem = f"{message.param1} users are announced, but {len(entries)} arrived"
    raise RemoteProtocolError(problem)


def _user_forms(command: int, device_type: int | None, code: int | None) -> Iterator[UserForm]:
    model = None if device_type is None else MODELS_BY_TYPE.get(device_type)
    family = FORMS_BY_FAMILY[model.family] if model else ()
    fitting = [form for form in _FORMS if command in (form.enrol.COMMAND, form.read.COMMAND)]
    fitting.sort(key=lambda form: form not in family)
    if code is not None and any(_code_of_form(form, code) for form in fitting):
        fitting.sort(key=lambda form: not _code_of_form(form, code))
    yield from fitting


def _code_of_form(form: UserForm, code: int) -> bool:
    """Whether a code names this form and no other, as those of the extended header do."""
    return form is FACE_EXTENDED and code in (form.enrol_code, form.header_code, form.full_code) and code != 0


def _user(entry: UserEntry, context: Context) -> Fields:
    told = context.values.record(entry.header)
    if entry.templates:
        told["templates"] = context.values.secret(entry.templates)
    return told


def _user_answer(message: Message, context: Context) -> Fields:
    """The user header in an answer of the server; the model decides its form, else the size does."""
    known = context.device_type
    if known is not None and known in server_mode.USER_HEADERS:
        return {"user": context.values.record(server_mode.read_user_header(message.payload, known))}
    for header in dict.fromkeys(server_mode.USER_HEADERS.values()):
        if len(message.payload) == header.SIZE:
            return {"user": context.values.record(header.from_bytes(message.payload))}
    raise RemoteProtocolError(f"{len(message.payload)} bytes are not a user header of any model")


def _user_numbers(message: Message, context: Context) -> Fields:
    count = context.question.param2 if context.question else len(message.payload) // 4
    request = users.DeleteUsers.decode(replace(message, param2=count))
    return {"user_ids": list(request.user_ids)}


def _greetings(message: Message, context: Context) -> Fields:
    size = PrivateGreeting.SIZE
    if len(message.payload) < size:
        raise RemoteProtocolError(f"a greeting has {size} bytes, {len(message.payload)} arrived")
    if message.command == users.WriteGreeting.COMMAND or message.param1 == 1:
        told = context.values.record(PrivateGreeting.from_bytes(message.payload[:size]))
        if len(message.payload) > size:
            told["picture"] = f"<{len(message.payload) - size} bytes>"
        return {"greetings": [told]}
    return {"greetings": _records(PrivateGreeting, message.payload[: message.param1 * size], context)}


# Settings, cards, texts


def _configuration(message: Message, context: Context) -> Fields:
    if context.question is None:
        return guessed_configuration(message.payload, context)
    return {"content": configuration_content(context.question.code, message.payload, context)}


def _card_layout(message: Message, context: Context) -> Fields:
    return {"layout": context.values.record(CardLayout.from_bytes(message.payload))}


def _template_card(message: Message, context: Context) -> Fields:
    size = TemplateCardHeader.SIZE
    header = TemplateCardHeader.from_bytes(message.payload[:size])
    return {"card": context.values.record(header), "templates": context.values.secret(message.payload[size:])}


def _text(message: Message, context: Context) -> Fields:
    del context
    raw = message.payload
    if b"\0" in raw and len(raw) % 2 == 0:
        return {"text": raw.decode("utf-16-le", errors="replace")}
    return {"text": decode_text(raw, "utf-8")}


def _page(message: Message, context: Context) -> Fields:
    question = context.question or message
    text, picture = message.payload[: question.param1], message.payload[question.param1 :]
    return {"text": decode_text(text, "utf-8"), "picture": f"<{len(picture)} bytes>"}


def _known_numbers(message: Message, context: Context) -> Fields:
    del context
    raw = message.payload
    return {"known": [int.from_bytes(raw[at : at + 4], "little") for at in range(0, len(raw), 4)]}


def _secret(name: str) -> _PayloadWriter:
    def write(message: Message, context: Context) -> Fields:
        return {name: context.values.secret(message.payload)}

    return write


def _file(name: str) -> _PayloadWriter:
    def write(message: Message, context: Context) -> Fields:
        del context
        return {name: f"<{len(message.payload)} bytes>"}

    return write


# Subclasses inherit the entry of their base.
_WRITERS: dict[type[Any], _PayloadWriter] = {
    logs.Logs: _log_reply,
    logs.ImageLogs: _pictures,
    logs.ImageLog: _pictures,
    users.EnrollLegacyUser: _enrolment,
    users.EnrollBioStationUsers: _enrolment,
    users.EnrollCompactUsers: _enrolment,
    users.EnrollWideUsers: _enrolment,
    users.Users: _user_reply,
    users.DeleteUsers: _user_numbers,
    users.UserPicture: _file("picture"),
    users.WriteUserPicture: _file("picture"),
    users.Greetings: _greetings,
    users.WriteGreeting: _greetings,
    settings.ConfigurationContent: _configuration,
    settings.WriteConfiguration: _configuration,
    credentials.CardLayout: _card_layout,
    credentials.WriteCardLayout: _card_layout,
    credentials.TemplateCard: _template_card,
    credentials.WriteTemplateCard: _template_card,
    credentials.ChangeCardKeys: _secret("keys"),
    credentials.FingerImage: _secret("picture"),
    credentials.FingerTemplate: _secret("template"),
    credentials.FaceCapture: _secret("content"),
    identity.ScanBus: _known_numbers,
    identity.EnableCommunication: _secret("block"),
    identity.ChangePassword: _secret("passwords"),
    maintenance.UpgradeFirmware: _file("file"),
    maintenance.File: _secret("content"),
    maintenance.WriteChallenge: _secret("content"),
    screen.ShowNotice: _text,
    screen.WriteAgreement: _text,
    screen.ShowPage: _page,
    screen.AskForKeys: _page,
    screen.Keys: _secret("keys"),  # people type PINs
    screen.WriteBackground: _file("picture"),
    screen.WriteSlide: _file("picture"),
    screen.WriteSound: _file("content"),
    screen.PlayOnce: _file("content"),
    screen.WriteLanguageFile: _file("content"),
    server_mode.PushLog: _pushed_log,
    server_mode.PushExtendedLog: _pushed_extended_log,
    server_mode.PushImageLog: _pictures,
    server_mode.UserAnswer: _user_answer,
    server_mode.MatchAnswer: _user_answer,
    server_mode.IdentifyTemplate: _secret("template"),
    server_mode.VerifyTemplate: _secret("template"),
    server_mode.WriteCertificate: _secret("file"),  # it carries a private key
}
