"""Tags and filters of the console's templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.text import capfirst
from django.utils.translation import gettext

from doorward import __version__

register = template.Library()


@register.simple_tag(takes_context=True)
def page_heading(context: Context) -> str:
    """The title of a page of what is kept, in plain words: a list's name, or the name of what is shown."""
    if context.get("heading"):
        return str(context["heading"])
    options = context.get("opts")
    if options is None:
        return str(context.get("title") or "")
    if context.get("cl") is not None:
        return capfirst(gettext(options.verbose_name_plural))
    shown: Any = context.get("original") or context.get("object")
    title = str(context.get("title") or "")
    if context.get("add"):
        return gettext("Add: %(kind)s") % {"kind": gettext(options.verbose_name)}
    if context.get("change") is not None and shown is not None and not isinstance(shown, str):
        return str(shown)
    return title


@register.filter
def translated(words: object) -> str:
    """Words of the program that come from a floor below, in the reader's language."""
    text = str(words)
    return gettext(text) if text else ""


@register.simple_tag
def program_version() -> str:
    """The version of the program, for addresses of what changes with it."""
    return __version__
