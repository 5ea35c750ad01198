"""Pictures of events, kept once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from doorward.gateway.ledger import ImageProof, Submission
from doorward.server.events.models import EventImage
from doorward.server.people.erased import pseudonym_of


def insert_images(images: Sequence[tuple[ImageProof, Submission]], *, alias: str) -> None:
    """Insert the pictures that are not there yet, in the transaction of the caller."""
    EventImage.objects.using(alias).bulk_create(
        (
            EventImage(
                origin=image.origin,
                local_time=image.time,
                code=image.event,
                person=image.user,
                digest=image.digest,
                picture=image.picture,
                received=datetime.fromtimestamp(submission.received_at, UTC),
            )
            for image, submission in images
            if not pseudonym_of(image.user)  # a device may hold a picture longer than its person is known
        ),
        ignore_conflicts=True,
    )
