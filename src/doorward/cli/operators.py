"""``doorward operators``: accounts and their roles, and the way back in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.output import JsonOption, out, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, person_at_terminal, server_command

if TYPE_CHECKING:
    from doorward.server.devices.models import DeviceGroup

app = typer.Typer(name="operators", help="Accounts of people, their roles, and the way back in.", no_args_is_help=True)

PASSWORD_VARIABLE = "DOORWARD_OPERATOR_PASSWORD"  # noqa: S105 - the name of a variable

NameArgument = Annotated[str, typer.Argument(help="The name to sign in with.")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", help="A role such as operator, or operator@GROUP for a group of devices; may be repeated."),
]


@app.command("list")
@server_command
def list_operators(settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the accounts."""
    open_data(settings)
    from doorward.server.operators.models import Operator
    from doorward.server.operators.second_factor import has_second_factor

    rows = []
    for operator in Operator.objects.prefetch_related("assignments__role", "assignments__group"):
        roles = [
            row.role.slug + (f"@{row.group.name}" if row.group is not None else "")
            for row in operator.assignments.all()
        ]
        rows.append((operator, roles, has_second_factor(operator)))
    if as_json:
        for operator, roles, factor in rows:
            print_json(
                {
                    "name": operator.get_username(),
                    "full_name": operator.get_full_name(),
                    "active": operator.is_active,
                    "roles": roles,
                    "second_factor": factor,
                    "last_login": operator.last_login,
                }
            )
        return
    print_table(
        f"{len(rows)} operators",
        ("Name", "Full name", "Active", "Roles", "Second factor", "Last login"),
        (
            (
                operator.get_username(),
                operator.get_full_name(),
                "yes" if operator.is_active else "no",
                ", ".join(roles),
                "yes" if factor else "no",
                operator.last_login.isoformat(" ", "seconds") if operator.last_login else "",
            )
            for operator, roles, factor in rows
        ),
    )


@app.command("list-roles")
@server_command
def list_roles(settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the roles and the rights that each gives."""
    open_data(settings)
    from doorward.server.operators.models import Role

    for role in Role.objects.all():
        rights = sorted(role.effective_rights)
        if as_json:
            print_json({"slug": role.slug, "name": role.name, "built_in": role.built_in, "rights": rights})
        else:
            out.print(f"[bold]{role.slug}[/]: {role.purpose}\n  {', '.join(rights)}", highlight=False)


@app.command()
@server_command
def add(
    name: NameArgument,
    role: RoleOption = None,
    full_name: Annotated[str, typer.Option(help="What people call him.")] = "",
    settings: SettingsOption = None,
) -> None:
    """Add an account; its password is asked for, or taken from DOORWARD_OPERATOR_PASSWORD."""
    open_data(settings)
    from doorward.server.operators.accounts import create_operator

    create_operator(name, _password(name), roles=_roles(role or []), full_name=full_name)
    out.print(f"Added: {name}")


@app.command("set-roles")
@server_command
def set_roles(name: NameArgument, role: RoleOption = None, settings: SettingsOption = None) -> None:
    """Give an account just these roles."""
    open_data(settings)
    from doorward.server.operators import accounts

    accounts.set_roles(accounts.operator_by_name(name), _roles(role or []))
    out.print(f"Roles of {name}: {', '.join(role or []) or 'none'}")


@app.command("set-password")
@server_command
def set_password(name: NameArgument, settings: SettingsOption = None) -> None:
    """Set the password of an account and end its sessions."""
    open_data(settings)
    from doorward.server.operators import accounts

    operator = accounts.operator_by_name(name)
    accounts.set_password(operator, _password(name), by=person_at_terminal())
    out.print(f"{name} has a new password.")


@app.command()
@server_command
def disable(name: NameArgument, settings: SettingsOption = None) -> None:
    """Switch an account off; whoever uses it is out at once."""
    _set_active(name, settings, active=False)


@app.command()
@server_command
def enable(name: NameArgument, settings: SettingsOption = None) -> None:
    """Switch an account on again."""
    _set_active(name, settings, active=True)


@app.command()
@server_command
def recover(
    name: Annotated[str, typer.Argument(help="The administrator's name; made anew if it is not there.")] = "admin",
    settings: SettingsOption = None,
) -> None:
    """Let an administrator in again who lost the password or the second factor.

    The account gets a new password and the role administrator; its second factor, sessions and tokens end. The audit
    log notes it.
    """
    open_data(settings)
    from doorward.server.operators import accounts

    accounts.recover(name, _password(name), by=person_at_terminal())
    out.print(f"{name} may sign in as administrator with the new password. Set up a second factor again.")


def _set_active(name: str, settings: SettingsOption, *, active: bool) -> None:
    open_data(settings)
    from doorward.server.operators import accounts

    accounts.set_active(accounts.operator_by_name(name), active, by=person_at_terminal())
    out.print(f"{name} is switched {'on' if active else 'off'}.")


def _roles(texts: list[str]) -> list[tuple[str, DeviceGroup | None]]:
    from doorward.model.errors import InvalidInput
    from doorward.server.devices.models import DeviceGroup

    found: list[tuple[str, DeviceGroup | None]] = []
    for text in texts:
        slug, _, name = text.partition("@")
        group = None
        if name:
            groups = list(DeviceGroup.objects.filter(name=name)[:2])
            if len(groups) != 1:
                allowed = "the name of a group of devices" if not groups else "a name that only one group has"
                raise InvalidInput("--role", text, f"a role with {allowed} after the @")
            group = groups[0]
        found.append((slug, group))
    return found


def _password(name: str) -> str:
    from doorward.model.errors import InvalidInput

    password = os.environ.get(PASSWORD_VARIABLE)
    if password is not None:
        return password
    if not sys.stdin.isatty():
        raise InvalidInput(PASSWORD_VARIABLE, "absent", "the password, since no terminal can be asked")
    return str(typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True))
