"""Writing a first settings file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from doorward.model.errors import DoorwardError

TEMPLATE = """\
# Settings of the Doorward server. Every key may also be set by an environment variable, such as DOORWARD_WEB_PORT.

data_folder = {data_folder}
time_zone = {time_zone}    # of the site; a device may have one of its own

[database]
url = {url}    # SQLite in a file, or postgresql://user:password@host/name

[web]
address = {web_address}    # "0.0.0.0" lets other machines in; put a proxy with TLS before it then
port = {web_port}

[devices]
address = ""    # all network cards
port = {device_port}    # where devices in server mode call

[events]
retention_months = 0    # 0 keeps events for ever
"""


def write_settings_file(
    path: Path,
    *,
    data_folder: Path,
    url: str,
    time_zone: str,
    web_address: str,
    web_port: int,
    device_port: int,
) -> None:
    """Write a settings file that only its owner may read: its database line may hold a password.

    Raises:
        DoorwardError: It cannot be written, or is there already.
    """
    # A JSON string is a TOML string too.
    text = TEMPLATE.format(
        data_folder=json.dumps(str(data_folder), ensure_ascii=False),
        url=json.dumps(url, ensure_ascii=False),
        time_zone=json.dumps(time_zone),
        web_address=json.dumps(web_address),
        web_port=web_port,
        device_port=device_port,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise DoorwardError(f"There is a settings file {path} already.", advice="Edit it.") from None
    except OSError as error:
        raise DoorwardError(
            f"The settings file {path} cannot be written: {error.strerror}.",
            advice="Check the rights of its folder, or name another place with --settings.",
        ) from None
