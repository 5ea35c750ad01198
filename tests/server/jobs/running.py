"""Does jobs in the thread of a test, as the server's worker does them in one of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.jobs.choices import State
from doorward.server.jobs.kinds import Work, kind_named
from doorward.server.jobs.models import Job


def do_jobs() -> list[Job]:
    """Do every job that waits; gives them as they ended. Their files, where they have one, lie in ``stored_name``."""
    done = []
    while (job := Job.objects.filter(state=State.WAITING).order_by("pk").first()) is not None:
        kind = kind_named(job.kind)
        assert kind is not None
        assert job.operator.access.may(kind.right)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(tempfile.mkdtemp()) / "file"
            path.touch()
            try:
                job.words = kind.run(Work(job.arguments, job.operator, path, Path(scratch), lambda *_: None))
                job.state = State.DONE
            except DoorwardError as error:
                job.state, job.words, job.advice = State.FAILED, error.message, error.advice
        if path.is_file():
            job.file_name, job.stored_name, job.size = kind.file_name(job.arguments), str(path), path.stat().st_size
        job.finished = timezone.now()
        job.save()
        done.append(job)
    return done
