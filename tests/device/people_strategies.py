"""People of all kinds that a form of header can hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from doorward.device.biostar1.person_limits import LIMITS
from doorward.model.people import Card, Face, Finger, Person, SecurityLevel
from doorward.protocol.biostar1.models import Capability, DeviceModel
from doorward.protocol.biostar1.user_data import FACE_EXTENDED, WIDE, UserForm

CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


def texts(form: UserForm, size: int | None, units: int | None) -> st.SearchStrategy[str]:
    if size == 0:
        return st.just("")
    if units is not None:
        return st.text(CHARACTERS, max_size=units).filter(lambda text: len(text.encode("utf-16-le")) <= 2 * units)
    return st.text(CHARACTERS, max_size=size).filter(lambda text: len(text.encode()) <= (size or 0))


def moments(last: int) -> st.SearchStrategy[datetime | None]:
    latest = datetime(2038, 1, 1) if last < 0x80000000 else datetime(2106, 1, 1)  # noqa: DTZ001 - local times
    return st.none() | st.datetimes(datetime(1970, 1, 2), latest).map(  # noqa: DTZ001 - local times
        lambda moment: moment.replace(microsecond=0)
    )


def templates(size: int) -> st.SearchStrategy[bytes]:
    return st.integers(0, 255).map(lambda value: bytes([value]) * size)


@st.composite
def people(draw: st.DrawFn, form: UserForm, model: DeviceModel) -> Person:
    limits = LIMITS[form.name]
    finger_room = limits.fingers if model.can(Capability.FINGERPRINT) else 0
    fingers = draw(
        st.lists(
            st.builds(
                Finger,
                st.tuples(templates(384), templates(384)),
                st.booleans(),
                st.integers(0, 255) if form is WIDE else st.just(0),
            ),
            max_size=finger_room,
        )
    )
    values: dict[str, Any] = {}
    if limits.validity:
        values["valid_from"] = draw(moments(limits.last_second))
        until = draw(moments(limits.last_second))
        if until is not None and values["valid_from"] is not None:
            until = max(until, values["valid_from"])
        values["valid_until"] = until
        values["disabled"] = draw(st.booleans())
    if limits.daily_limit:
        values["daily_entry_limit"] = draw(st.integers(0, 0xFFFF))
        values["anti_passback_minutes"] = draw(st.integers(0, 0xFFFF))
    if limits.cards:
        values["cards"] = tuple(
            draw(
                st.lists(
                    st.builds(Card, st.integers(1, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.booleans()), max_size=1
                )
            )
        )
    if limits.largest_mode is not None:
        values["authentication_mode"] = draw(st.integers(0, limits.largest_mode))
    return Person(
        number=draw(st.integers(1, 0xFFFFFFFF)),
        name=draw(texts(form, limits.name_bytes, limits.name_units)),
        department=draw(texts(form, limits.name_bytes, limits.name_units)),
        pin=draw(
            texts(form, None if limits.name_units else limits.pin_size, limits.pin_size if limits.name_units else None)
        )
        if model.can(Capability.PIN)
        else "",
        access_groups=tuple(draw(st.lists(st.integers(0, 254), unique=True, max_size=4))),
        administrator=draw(st.booleans()),
        security_level=draw(st.sampled_from(SecurityLevel)),
        fingers=tuple(fingers),
        faces=draw(faces(form, model)),
        **values,
    )


@st.composite
def faces(draw: st.DrawFn, form: UserForm, model: DeviceModel) -> tuple[Face, ...]:
    if not model.can(Capability.FACE):
        return ()
    if form is WIDE:
        return tuple(draw(st.lists(st.builds(Face, templates(2284)), max_size=5)))
    sizes = st.integers(1, 50)
    if form is not FACE_EXTENDED:
        return tuple(draw(st.lists(st.builds(lambda size: Face(b"f" * size), sizes), max_size=25)))
    found: list[Face] = []
    for kind in range(5):
        group = draw(st.lists(st.builds(lambda size, kind=kind: Face(b"f" * size, kind), sizes), max_size=3))
        if group:
            group[0] = Face(group[0].template, kind, draw(st.binary(max_size=20)))
        found.extend(group)
    return tuple(found)
