"""What a virtual device answers about its people: enrolling, reading, deleting, pictures and greetings."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import Capability, DeviceModel, Family
from doorward.protocol.biostar1.records import PrivateGreeting
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import (
    DATABASE_FULL,
    INVALID_ID,
    INVALID_PARAMETER,
    NOT_FOUND,
    SUCCESS,
)
from doorward.protocol.biostar1.user_data import TEMPLATES_PER_FINGER, UserForm
from doorward.simulator.outcome import DONE, Handlers, Offers, Outcome, listed, refused, sent, told
from doorward.simulator.state import StateStore, Table
from doorward.simulator.user_store import UserStore, in_form

_GREETING_OF_USER = 0
_GREETING_OF_GROUP = 1


class People:
    """The people of a device and what belongs to them.

    Args:
        model: Decides the forms of users and what else there is.
        store: Keeps everything.
        capacity: Most users; the model's own number when not given.

    Attributes:
        users: Headers and templates.
        pictures: Pictures by user number.
        greetings: Private greetings with their picture, by user number.
        group_greetings: The same by group number.
    """

    def __init__(self, model: DeviceModel, store: StateStore, capacity: int | None = None) -> None:
        self.users = UserStore(model, store, capacity)
        self.pictures = Table(store, "picture")
        self.greetings = Table(store, "greeting")
        self.group_greetings = Table(store, "group greeting")
        self._model = model

    def clear(self) -> None:
        """Forget everybody."""
        self.users.clear()
        self.pictures.clear()
        self.greetings.clear()
        self.group_greetings.clear()

    def handlers(self) -> Handlers:
        """What the model answers about people."""
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {
            users.ReadUserTotals: self._totals,
            users.DeleteUser: self._delete,
            users.DeleteUsers: self._delete_several,
            users.DeleteAllUsers: self._delete_all,
        }
        for form in self.users.forms:
            answers |= {form.enrol: self._enrol, form.read: self._read, form.list_all: self._list}
        if self._model.can(Capability.FACE):
            answers[users.ReadFaceTotals] = self._face_totals
        if self._model.family is not Family.COMPACT:
            answers |= {users.ReadUserPicture: self._read_picture, users.WriteUserPicture: self._write_picture}
        if self._model.can(Capability.PRIVATE_GREETING):
            answers |= {
                users.ReadGreeting: self._read_greeting,
                users.ListGreetings: self._list_greetings,
                users.WriteGreeting: self._write_greeting,
            }
        return answers

    def offers(self) -> Offers:
        """Refusals that need no payload."""
        return {form.enrol: self._offer for form in self.users.forms}

    def _offer(self, _header: Message) -> int:
        return DATABASE_FULL if len(self.users) >= self.users.capacity else SUCCESS

    def _form(self, kind: type[Request[Any]], code: int) -> UserForm | None:
        """The form of a request; FaceStation has two, told apart by the code."""
        for form in self.users.forms:
            if kind is form.enrol and code == form.enrol_code:
                return form
            if kind in (form.read, form.list_all) and code in (form.header_code, form.full_code):
                return form
        return None

    def _enrol(self, request: Any) -> Outcome:
        form = self._form(type(request), getattr(request, "form", 0))
        if form is None:
            return refused(INVALID_PARAMETER)
        result = self.users.enrol(form, request.content, request.user_count)
        return DONE if result == SUCCESS else refused(result)

    def _read(self, request: Any) -> Outcome:
        form = self._form(type(request), request.content)
        if form is None:
            return refused(INVALID_PARAMETER)
        if request.user_id not in self.users:
            return refused(NOT_FOUND)
        user = in_form(self.users[request.user_id], form)
        data = user.header + (user.templates if request.content == form.full_code else b"")
        return sent(data, 1, len(data))

    def _list(self, request: Any) -> Outcome:
        form = self._form(type(request), request.content)
        if form is None or request.content != form.header_code:
            return refused(INVALID_PARAMETER)
        if not len(self.users):
            return refused(NOT_FOUND)
        headers = b"".join(in_form(self.users[user_id], form).header for user_id in self.users)
        return listed(len(self.users), headers)

    def _totals(self, _request: users.ReadUserTotals) -> Outcome:
        return told(users.UserTotals(len(self.users), TEMPLATES_PER_FINGER * self.users.finger_count))

    def _face_totals(self, _request: users.ReadFaceTotals) -> Outcome:
        return told(users.UserTotals(len(self.users), self.users.face_count))

    def _forget(self, user_id: int) -> bool:
        for table in (self.pictures, self.greetings):
            table.pop(user_id, None)
        return self.users.delete(user_id)

    def _delete(self, request: users.DeleteUser) -> Outcome:
        return DONE if self._forget(request.user_id) else refused(NOT_FOUND)

    def _delete_several(self, request: users.DeleteUsers) -> Outcome:
        found = [self._forget(user_id) for user_id in request.user_ids]
        return DONE if any(found) else refused(NOT_FOUND)

    def _delete_all(self, _request: users.DeleteAllUsers) -> Outcome:
        self.users.clear()
        self.pictures.clear()
        self.greetings.clear()
        return DONE

    def _read_picture(self, request: users.ReadUserPicture) -> Outcome:
        picture = self.pictures.get(request.user_id)
        return sent(picture, len(picture)) if picture else refused(NOT_FOUND)

    def _write_picture(self, request: users.WriteUserPicture) -> Outcome:
        if not request.user_id:
            return refused(INVALID_ID)
        self.pictures[request.user_id] = request.picture
        return DONE

    def _read_greeting(self, request: users.ReadGreeting) -> Outcome:
        greeting = self.greetings.get(request.user_id)
        return sent(greeting, 1) if greeting else refused(NOT_FOUND)

    def _list_greetings(self, _request: users.ListGreetings) -> Outcome:
        if not self.greetings:
            return refused(NOT_FOUND)
        texts = [self.greetings[user_id][: PrivateGreeting.SIZE] for user_id in sorted(self.greetings)]
        return listed(len(texts), b"".join(texts))

    def _write_greeting(self, request: users.WriteGreeting) -> Outcome:
        tables = {_GREETING_OF_USER: self.greetings, _GREETING_OF_GROUP: self.group_greetings}
        table = tables.get(request.kind)
        if table is None or len(request.content) != PrivateGreeting.SIZE + request.picture_size:
            return refused(INVALID_PARAMETER)
        (number,) = struct.unpack_from("<I", request.content)
        table[number] = request.content
        return DONE
