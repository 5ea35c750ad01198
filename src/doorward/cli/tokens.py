"""``doorward tokens``: what programs show to the API instead of a password."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from doorward.cli.output import JsonOption, out, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, server_command

app = typer.Typer(name="tokens", help="Tokens with which programs use the API.", no_args_is_help=True)


@app.command()
@server_command
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    operator: Annotated[str, typer.Option(help="The account in whose name it acts.")],
    settings: SettingsOption = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="It ends after so many days.")] = None,
    right: Annotated[
        list[str] | None,
        typer.Option(
            help="A right that it may use, such as events.view; may be repeated. Without: all of the account."
        ),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Make a token and print it; it is shown this once."""
    open_data(settings)
    from django.utils import timezone

    from doorward.model.errors import InvalidInput
    from doorward.server.operators.models import Operator
    from doorward.server.operators.services import create_token

    account = Operator.objects.filter(username=operator).first()
    if account is None:
        raise InvalidInput("--operator", operator, "the name of an account")
    expires = None if days is None else timezone.now() + datetime.timedelta(days=days)
    token, text = create_token(account, name, expires=expires, scopes=right)
    if as_json:
        print_json(
            {
                "name": token.name,
                "prefix": token.prefix,
                "token": text,
                "expires": token.expires,
                "scopes": token.scopes,
            }
        )
        return
    # The token goes alone to standard output, so that a script can take it as it is.
    out.print(text, soft_wrap=True)


@app.command("list")
@server_command
def list_tokens(settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the tokens, without their texts."""
    open_data(settings)
    from doorward.server.operators.models import ApiToken

    tokens = list(ApiToken.objects.select_related("operator"))
    if as_json:
        for token in tokens:
            print_json(
                {
                    "name": token.name,
                    "prefix": token.prefix,
                    "operator": token.operator.get_username(),
                    "created": token.created,
                    "expires": token.expires,
                    "last_used": token.last_used,
                    "revoked": token.revoked,
                    "scopes": token.scopes,
                }
            )
        return
    print_table(
        f"{len(tokens)} tokens",
        ("Name", "Prefix", "Operator", "Created", "Expires", "Last used", "Revoked", "Rights"),
        (
            (
                t.name,
                t.prefix,
                t.operator.get_username(),
                _time(t.created),
                _time(t.expires),
                _time(t.last_used),
                _time(t.revoked),
                "all of the account" if t.scopes is None else ", ".join(t.scopes),
            )
            for t in tokens
        ),
    )


@app.command()
@server_command
def revoke(prefix: Annotated[str, typer.Argument(help="Its prefix.")], settings: SettingsOption = None) -> None:
    """Take a token back; the next request with it is refused."""
    open_data(settings)
    from doorward.server.operators.services import revoke_token

    token = revoke_token(prefix)
    out.print(f"Token {token.name} ({token.prefix}) is revoked.")


def _time(moment: datetime.datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
