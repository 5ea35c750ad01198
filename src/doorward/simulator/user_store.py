"""The people on a virtual device: headers and templates as bytes, by user number, in the form they came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doorward.protocol.biostar1.models import DeviceModel
from doorward.protocol.biostar1.results import DATABASE_FULL, INVALID_ID, INVALID_PARAMETER, SUCCESS
from doorward.protocol.biostar1.user_data import BIOSTATION, FORMS_BY_FAMILY, LEGACY, UserForm
from doorward.protocol.layout import layout_of
from doorward.simulator.fields import RecordView, has_field, with_fields
from doorward.simulator.state import StateStore, Table

_SHARED_PREFIX = 114  # the 116 and 148 byte headers are alike up to here
# What a header of another form cannot take over: these describe templates, which are not converted.
_ABOUT_TEMPLATES = frozenset(
    {"face_count", "updated_face_count", "face_type_count", "face_counts", "updated_face_counts", "face_lengths",
     "face_checksums", "face_data", "still_image_lengths", "updated_face_index", "updated_face_indexes"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredUser:
    """One user as the device holds it.

    Attributes:
        form: The form in which it was enrolled.
        header: The bytes of the header.
        templates: The templates behind it.
    """

    form: UserForm
    header: bytes
    templates: bytes

    @property
    def view(self) -> RecordView:
        """The fields of the header."""
        return RecordView(self.form.header, self.header)


class UserStore:
    """Users by number; the number stands once, whatever the form.

    Args:
        model: Decides the forms.
        store: Keeps the users.
        capacity: Most users; the model's own number when not given.
    """

    def __init__(self, model: DeviceModel, store: StateStore, capacity: int | None = None) -> None:
        self.forms = FORMS_BY_FAMILY[model.family]
        self.capacity = capacity or model.user_capacity
        self._tables = {form.name: Table(store, f"user {form.name}") for form in self.forms}
        self._form_of: dict[int, UserForm] = {}
        self._by_card: dict[int, int] = {}
        self.finger_count = 0
        self.face_count = 0
        for form in self.forms:
            for user_id in self._tables[form.name]:
                self._form_of[user_id] = form
                self._note(self[user_id], user_id)

    def __len__(self) -> int:
        return len(self._form_of)

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._form_of

    def __getitem__(self, user_id: int) -> StoredUser:
        form = self._form_of[user_id]
        content = self._tables[form.name][user_id]
        return StoredUser(form, content[: form.header.SIZE], content[form.header.SIZE :])

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._form_of))

    def by_card(self, card_id: int) -> int | None:
        """The number of the user who has a card."""
        return self._by_card.get(card_id)

    def cards(self) -> tuple[int, ...]:
        """The numbers of all cards."""
        return tuple(self._by_card)

    def enrol(self, form: UserForm, content: bytes, count: int) -> int:
        """Take users as they travel: for each the header, then its templates.

        Returns:
            The result code. With another than 0 nothing was taken.
        """
        entries: list[tuple[int, bytes]] = []
        offset = 0
        while offset < len(content):
            header = content[offset : offset + form.header.SIZE]
            if len(header) < form.header.SIZE:
                return INVALID_PARAMETER
            view = RecordView(form.header, header)
            end = offset + form.header.SIZE + form.template_size(view)
            if end > len(content):
                return INVALID_PARAMETER
            if not view.user_id:
                return INVALID_ID
            entries.append((view.user_id, content[offset:end]))
            offset = end
        if len(entries) != count or not entries:
            return INVALID_PARAMETER
        new = {user_id for user_id, _ in entries if user_id not in self._form_of}
        if len(self) + len(new) > self.capacity:
            return DATABASE_FULL
        for user_id, entry in entries:
            if user_id in self._form_of:
                self.delete(user_id)
            self._tables[form.name][user_id] = entry
            self._form_of[user_id] = form
            self._note(self[user_id], user_id)
        return SUCCESS

    def delete(self, user_id: int) -> bool:
        """Forget a user; tells whether there was one."""
        if user_id not in self._form_of:
            return False
        user = self[user_id]
        view = user.view
        self.finger_count -= view.get("finger_count", 0)
        self.face_count -= _faces(view)
        card_id = view.get("card_id", 0)
        if self._by_card.get(card_id) == user_id:
            del self._by_card[card_id]
        del self._tables[self._form_of.pop(user_id).name][user_id]
        return True

    def clear(self) -> None:
        """Forget everybody."""
        for table in self._tables.values():
            table.clear()
        self._form_of.clear()
        self._by_card.clear()
        self.finger_count = self.face_count = 0

    def _note(self, user: StoredUser, user_id: int) -> None:
        view = user.view
        self.finger_count += view.get("finger_count", 0)
        self.face_count += _faces(view)
        card_id = view.get("card_id", 0)
        if card_id:
            self._by_card[card_id] = user_id


def in_form(user: StoredUser, form: UserForm) -> StoredUser:
    """A user as it is read in a form, whatever the form of its enrolment.

    Fingers go along; face templates exist only in the form in which they were enrolled, so a FaceStation user who is
    read in the other form comes without faces.
    """
    if user.form is form:
        return user
    if {user.form.name, form.name} == {LEGACY.name, BIOSTATION.name}:
        empty = form.header().to_bytes()
        return StoredUser(form, user.header[:_SHARED_PREFIX] + empty[_SHARED_PREFIX:], user.templates)
    source = user.view
    values = {
        item.name: getattr(source, item.name)
        for item in layout_of(form.header)
        if item.name not in _ABOUT_TEMPLATES and has_field(user.form.header, item.name)
    }
    return StoredUser(form, with_fields(form.header, form.header().to_bytes(), **values), b"")


def _faces(view: RecordView) -> int:
    counts: tuple[int, ...] = view.get("face_counts", ())
    return sum(counts) if counts else int(view.get("face_count", 0))
