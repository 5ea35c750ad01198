"""What a gateway counts about itself; plain numbers that rise, for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the start.

    Attributes:
        accepted: Connections that came.
        turned_away: Connections closed at once because of the limits.
        strangers: Callers that were no device: rubbish, silence, TLS that failed.
        second_connections: Calls under the number of a device that was live.
        quarantined: Devices that were held for approval.
        blocked: Calls of blocked or disabled devices.
        sessions: Devices that were let in or dialled with success.
        lost: Devices that were lost.
        pushes: Records that devices pushed.
        committed: Events that were new and are on disk.
        pictures: Pictures that are on disk.
        unanswered: Pushes that were not kept and so not answered.
        keep_alives: Keep-alive questions.
        time_questions: Time questions.
        lookups: User lookups.
        matches: Matching requests.
        refused_questions: Questions that were refused.
        damaged: Damaged packets that were dropped.
        catch_ups: Catch-ups that ended.
        settled: Readings of doubtful seconds.
        clocks_set: Clocks that were set.
        dials: Attempts to dial a device.
        commands: Commands of operators.
        failed_commands: Those that did not succeed.
    """

    accepted: int = 0
    turned_away: int = 0
    strangers: int = 0
    second_connections: int = 0
    quarantined: int = 0
    blocked: int = 0
    sessions: int = 0
    lost: int = 0
    pushes: int = 0
    committed: int = 0
    pictures: int = 0
    unanswered: int = 0
    keep_alives: int = 0
    time_questions: int = 0
    lookups: int = 0
    matches: int = 0
    refused_questions: int = 0
    damaged: int = 0
    catch_ups: int = 0
    settled: int = 0
    clocks_set: int = 0
    dials: int = 0
    commands: int = 0
    failed_commands: int = 0
