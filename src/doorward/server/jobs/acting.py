"""Whoever asked for a job is who acts in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from doorward.server.jobs.kinds import Work
from doorward.server.operators.actor import SERVER, Actor, acting


@contextlib.contextmanager
def acting_for(work: Work) -> Iterator[None]:
    """What is changed inside is noted as done by the operator who asked for the job."""
    with acting(Actor(work.operator.get_username(), work.operator.pk, via=SERVER)):
        yield
