"""Pages of webhooks: who is told, how far each has come, and what could not be delivered."""

from __future__ import annotations

from typing import Any, Final, cast

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.console.frame import console_page, page
from doorward.server.events.choices import Category, Kind
from doorward.server.operators.models import Operator
from doorward.server.webhooks import services
from doorward.server.webhooks.models import Webhook
from doorward.server.webhooks.sending import DeliveryFailed
from doorward.server.webhooks.shown import state_of, waiting_for

RIGHT: Final = "webhooks.manage"
BOTH: Final = ("GET", "POST")
LETTERS_SHOWN: Final = 100
MOST_DIGITS: Final = 18
"""No number of a row is longer, and no database takes much longer ones."""
LONGEST_DEVICES: Final = 12_000


class WebhookForm(forms.Form):
    """A webhook as somebody tells of it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=services.LONGEST_NAME,
        help_text=gettext_lazy("Who is told, such as Visitor desk."),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("Begins with https:// or http://. It is kept encrypted."),
        widget=forms.TextInput(attrs={"placeholder": "https://", "spellcheck": "false", "autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What is told"),
        choices=[(kind.value, kind.label) for kind in Kind],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Which events"),
        choices=[(str(item.label), item.label) for item in Category],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    devices = forms.CharField(
        label=gettext_lazy("Only of these devices"),
        required=False,
        max_length=LONGEST_DEVICES,
        help_text=gettext_lazy("Their numbers, with commas between; empty for all."),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )

    def clean_devices(self) -> list[int]:
        """The numbers."""
        texts = self.cleaned_data["devices"].replace(",", " ").split()
        wrong = next((text for text in texts if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS), "")
        if wrong:
            raise forms.ValidationError(_("“%(text)s” is no number of a device."), params={"text": wrong[:40]})
        return [int(text) for text in texts]

    def refuse(self, error: DoorwardError) -> None:
        """Say what was refused, at its field where it has one."""
        if isinstance(error, InvalidInput):
            words = _("“%(value)s” is not allowed. Allowed: %(allowed)s.")
            given = {"value": error.value, "allowed": error.allowed}
            self.add_error(error.field if error.field in self.fields else None, words % given)
        else:
            self.add_error(None, _said(error))


@console_page(RIGHT)
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """All webhooks with their state and what waits for each."""
    rows = []
    for webhook in services.webhooks():
        waiting = waiting_for(webhook)
        rows.append(
            {
                "webhook": webhook,
                "host": _host(webhook.url),
                "state": state_of(webhook, waiting),
                "waiting": waiting,
                "letters": services.dead_letters(webhook.pk).filter(delivered__isnull=True).count(),
            }
        )
    return page(request, "webhooks/webhooks.html", title=_("Webhooks"), context={"rows": rows})


@console_page(RIGHT, methods=BOTH)
def add_webhook(request: HttpRequest) -> HttpResponseBase:
    """A new webhook; its secret is shown on the answer, this once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = services.create_webhook(**form.cleaned_data, by=_name(request))
        except DoorwardError as error:
            form.refuse(error)
        else:
            return _one(request, made, secret=secret)
    above = [(_("Webhooks"), reverse("console:webhooks"))]
    return page(request, "webhooks/webhook_form.html", title=_("Make a webhook"), above=above, context={"form": form})


@console_page(RIGHT, methods=BOTH)
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponseBase:
    """One webhook: its state, what can be done with it, and what was given up."""
    try:
        found = services.one_webhook(webhook_id) if len(str(webhook_id)) <= MOST_DIGITS else None
    except services.UnknownWebhook:
        found = None
    if found is None:
        raise Http404
    if request.method != "POST":
        return _one(request, found)
    action = request.POST.get("do", "")
    if action == "change":
        form = WebhookForm(request.POST)
        if form.is_valid():
            try:
                services.change_webhook(webhook_id, **form.cleaned_data, by=_name(request))
            except DoorwardError as error:
                form.refuse(error)
        if form.errors:
            return _one(request, found, form=form)
        messages.success(request, _("Changed. What waits is tried again at once."))
    elif action == "secret":
        try:
            return _one(request, found, secret=services.roll_secret(webhook_id, by=_name(request)))
        except DoorwardError as error:
            messages.error(request, _said(error))
    else:
        try:
            _do(request, found, action)
        except DoorwardError as error:
            messages.error(request, _said(error))
    if action == "remove":
        return HttpResponseRedirect(reverse("console:webhooks"))
    return HttpResponseRedirect(reverse("console:webhook", args=[webhook_id]))


def _do(request: HttpRequest, found: Webhook, action: str) -> None:
    """What is done with one click.

    Raises:
        DoorwardError: It cannot be done.
    """
    by, number = _name(request), found.pk
    if action == "test":
        _test(request, found)
    elif action in ("on", "off"):
        services.change_webhook(number, enabled=action == "on", by=by)
        messages.success(
            request,
            _("Switched on: what waits is sent now.") if action == "on" else _("Switched off: what happens waits."),
        )
    elif action == "skip":
        services.change_webhook(number, skip_waiting=True, by=by)
        messages.success(request, _("What waited is left out; only what happens from now on is sent."))
    elif action == "remove":
        services.delete_webhook(number, by=by)
        messages.success(request, _("The webhook %(name)s is removed.") % {"name": found.name})
    elif action in ("again", "forget"):
        letter = _letter(request, found)
        if action == "again":
            services.send_again(letter, by=by)
            messages.success(request, _("It is sent once more; this list tells what came of it."))
        else:
            services.forget_dead_letter(letter)
            messages.success(request, _("It is off the list."))
    else:
        raise Http404


def _test(request: HttpRequest, found: Webhook) -> None:
    try:
        answer = async_to_sync(services.try_webhook)(found)
    except DeliveryFailed as error:
        messages.error(request, _("The test has not arrived. %(words)s") % {"words": _said(error)})
        return
    if answer.taken:
        messages.success(request, _("The test has arrived."))
    else:
        messages.error(request, _("The test was not taken. %(words)s") % {"words": answer.words})


def _letter(request: HttpRequest, found: Webhook) -> int:
    """The number of a delivery of this very webhook."""
    text = request.POST.get("letter", "")
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        raise Http404
    if not services.dead_letters(found.pk).filter(pk=int(text)).exists():
        raise services.UnknownDeadLetter(int(text))
    return int(text)


def _one(
    request: HttpRequest, found: Webhook, *, form: WebhookForm | None = None, secret: str = ""
) -> HttpResponseBase:
    if form is None:
        devices = ", ".join(map(str, found.devices))
        initial: dict[str, Any] = {"name": found.name, "url": found.url, "devices": devices}
        form = WebhookForm(initial=initial | {"kinds": found.kinds, "categories": found.categories})
    waiting = waiting_for(found)
    letters = services.dead_letters(found.pk)
    context = {
        "webhook": found,
        "form": form,
        "secret": secret,
        "state": state_of(found, waiting),
        "waiting": waiting,
        "letters": letters[:LETTERS_SHOWN],
        "more_letters": max(0, letters.count() - LETTERS_SHOWN),
    }
    above = [(_("Webhooks"), reverse("console:webhooks"))]
    return page(request, "webhooks/webhook.html", title=found.name, above=above, context=context)


def _host(url: str) -> str:
    """The host alone: what follows it often holds a secret of the receiver."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


def _name(request: HttpRequest) -> str:
    return cast("Operator", request.user).get_username()


def _said(error: DoorwardError) -> str:
    return f"{error.message} {error.advice}".strip()


console_urlpatterns: list[URLPattern] = [
    path("webhooks/", webhooks, name="webhooks"),
    path("webhooks/add/", add_webhook, name="webhook_add"),
    path("webhooks/<int:webhook_id>/", webhook, name="webhook"),
]
