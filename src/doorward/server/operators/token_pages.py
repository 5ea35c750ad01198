"""Pages of API tokens: one's own, and everybody's for whoever manages them."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.model.errors import DoorwardError
from doorward.server.console.frame import console_page, page
from doorward.server.operators import services
from doorward.server.operators.models import ApiToken, Operator
from doorward.server.operators.rights import ALL_RIGHTS
from doorward.server.operators.role_pages import areas

OWN, MANAGE = "tokens.own", "tokens.manage"
LASTS = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("one year")),
    ("", gettext_lazy("until it is revoked")),
)


class TokenForm(forms.Form):
    """A new token in one's own name."""

    name = forms.CharField(
        label=gettext_lazy("What for"), max_length=100, help_text=gettext_lazy("Such as the program that will use it.")
    )
    days = forms.ChoiceField(label=gettext_lazy("It holds"), choices=LASTS, required=False, initial="365")
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"), choices=[(right.name, right.words) for right in ALL_RIGHTS]
    )


@console_page((OWN, MANAGE), methods=("GET", "POST"))
def tokens(request: HttpRequest) -> HttpResponseBase:
    """Tokens; a new one is shown this once."""
    me = cast("Operator", request.user)
    manages = me.access.everywhere(MANAGE)
    form, new = TokenForm(), ""
    if request.method == "POST" and "revoke" in request.POST:
        _revoke(request, me, manages=manages)
        return HttpResponseRedirect(reverse("console:tokens"))
    if request.method == "POST" and me.access.may(OWN):
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                new = _make(me, form)
                form = TokenForm()
            except DoorwardError as error:
                form.add_error(None, f"{error.message} {error.advice}".strip())
    rows = ApiToken.objects.select_related("operator").order_by("revoked", "-created")
    ticked = set(form["rights"].value() or ())
    own_rights = me.access.rights
    return page(
        request,
        "operators/tokens.html",
        title=_("API tokens"),
        context={
            "form": form,
            "new": new,
            "rows": rows if manages else rows.filter(operator=me),
            "manages": manages,
            "may_make": me.access.may(OWN),
            "now": timezone.now(),
            "areas": [
                (title, [(right, right.name in ticked) for right in group if right.name in own_rights])
                for title, group in areas()
                if any(right.name in own_rights for right in group)
            ],
        },
    )


def _make(me: Operator, form: TokenForm) -> str:
    """Make a token for rights that one has; gives its text."""
    days = form.cleaned_data["days"]
    expires = timezone.now() + timedelta(days=int(days)) if days else None
    chosen = set(form.cleaned_data["rights"]) & me.access.rights
    return services.create_token(me, form.cleaned_data["name"], expires=expires, scopes=chosen)[1]


def _revoke(request: HttpRequest, me: Operator, *, manages: bool) -> None:
    token = ApiToken.objects.filter(prefix=request.POST.get("revoke", "")).first()
    if token is None or not (manages or token.operator_id == me.pk):
        raise Http404
    services.revoke_token(token.prefix)
    messages.success(request, _("The token %(name)s opens nothing any more.") % {"name": token.name})


urlpatterns = [path("tokens/", tokens, name="tokens")]
