"""Pages of one's own account: signing in, the second factor, sessions."""

from __future__ import annotations

from typing import Any, Final, cast

import segno
from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from doorward.model.errors import InvalidInput
from doorward.server.console.frame import console_page, page
from doorward.server.operators import second_factor
from doorward.server.operators.logging_in import (
    DUE,
    CodeForm,
    SignInForm,
    check_code,
    pending_operator,
    sign_in,
    sign_in_with_code,
)
from doorward.server.operators.models import Operator, OperatorSession, SecondFactor
from doorward.server.operators.sessions import end_session, end_sessions, key_digest

BOTH = ("GET", "POST")
BEGUN: Final = "second factor that is being set up"


class SignIn(LoginView):
    """Name and password."""

    form_class = SignInForm
    template_name = "admin/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page shows."""
        return {**super().get_context_data(**kwargs), "title": _("Sign in"), "app_path": self.request.get_full_path()}

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on to the page that was wanted, or to the code."""
        wanted = self.get_success_url()
        if sign_in(self.request, form.get_user()):
            return HttpResponseRedirect(wanted)
        self.request.session["wanted page"] = wanted
        return HttpResponseRedirect(reverse("console:sign_in_code"))

    def get_default_redirect_url(self) -> str:
        """The dashboard."""
        return reverse("console:dashboard")


@never_cache
@csrf_protect
@sensitive_post_parameters("code")
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the second factor."""
    operator = pending_operator(request)
    if operator is None:
        messages.info(request, _("Signing in took too long. Please begin again."))
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = str(request.session.get("wanted page", ""))
        try:
            sign_in_with_code(request, operator, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        else:
            if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
                wanted = reverse("console:dashboard")
            return HttpResponseRedirect(wanted)
    return render(request, "operators/sign_in_code.html", {"form": form, "title": _("Sign in")})


@console_page(methods=BOTH)
@sensitive_post_parameters("code")
def second_factor_page(request: HttpRequest) -> HttpResponseBase:
    """Set up the second factor of one's own account, or take it away."""
    operator = cast("Operator", request.user)
    form = CodeForm(request.POST if "code" in request.POST else None)
    codes: list[str] = []
    if request.method == "POST" and form.is_bound and form.is_valid():
        try:
            codes = _with_code(request, operator, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        except InvalidInput:
            form.add_error(
                "code", _("This is not the code of now. Look at the clock of your phone, and try the next one.")
            )
        else:
            if not codes:
                return HttpResponseRedirect(reverse("console:second_factor"))
    active = second_factor.has_second_factor(operator)
    factor = None if active else _being_set_up(request, operator)
    return page(
        request,
        "operators/second_factor.html",
        title=_("Second factor"),
        above=[(_("My account"), reverse("console:account"))],
        context={
            "form": form if codes == [] else None,
            "codes": codes,
            "active": active,
            "required": second_factor.must_have_second_factor(operator),
            "picture": _picture(factor) if factor is not None else "",
            "secret": " ".join(_fours(factor.secret)) if factor is not None else "",
            "left": operator.recovery_codes.filter(used__isnull=True).count(),
        },
    )


def _being_set_up(request: HttpRequest, operator: Operator) -> SecondFactor:
    """The second factor that this session sets up; a secret that another session has seen is thrown away."""
    factor = SecondFactor.objects.filter(operator=operator).first()
    if factor is None or request.session.get(BEGUN) != factor.begun.isoformat():
        factor = second_factor.begin(operator)
        request.session[BEGUN] = factor.begun.isoformat()
    return factor


def _with_code(request: HttpRequest, operator: Operator, code: str) -> list[str]:
    """Do what was asked for with a code; gives recovery codes where there are new ones."""
    if not second_factor.has_second_factor(operator):
        codes = second_factor.confirm(operator, code)
        request.session[DUE] = False
        # Whoever had the password alone until now is out.
        end_sessions(operator, by=operator.get_username(), but=request.session.session_key or "")
        return codes
    check_code(request, operator, code)
    if "renew" in request.POST:
        return second_factor.new_recovery_codes(operator)
    if second_factor.must_have_second_factor(operator):
        messages.error(request, _("One of your roles asks for a second factor, so it stays."))
        return []
    second_factor.remove(operator)
    messages.success(request, _("The second factor was taken away."))
    return []


@console_page(methods=BOTH)
def account(request: HttpRequest) -> HttpResponseBase:
    """One's own account: what one may do, and where one is signed in."""
    operator = cast("Operator", request.user)
    if request.method == "POST":
        return _end_own_session(request, operator)
    here = key_digest(request.session.session_key or "")
    sessions = OperatorSession.objects.filter(operator=operator, ended__isnull=True)
    return page(
        request,
        "operators/account.html",
        title=_("My account"),
        context={
            "assignments": operator.assignments.select_related("role", "group"),
            "sessions": [(row, bytes(row.key_digest) == here) for row in sessions],
            "second_factor": second_factor.has_second_factor(operator),
        },
    )


def _end_own_session(request: HttpRequest, operator: Operator) -> HttpResponse:
    if "others" in request.POST:
        count = end_sessions(operator, by=operator.get_username(), but=request.session.session_key or "")
        messages.success(request, _("%(count)s other sessions were ended.") % {"count": count})
    else:
        row = OperatorSession.objects.filter(operator=operator, pk=_number(request.POST.get("session", ""))).first()
        if row is None:
            raise Http404
        end_session(row, by=operator.get_username())
        messages.success(request, _("The session was ended."))
    return HttpResponseRedirect(reverse("console:account"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _picture(factor: SecondFactor) -> str:
    """The address for the app as a picture, to be put into the page."""
    return segno.make(second_factor.address(factor), error="m").svg_inline(
        scale=4, border=2, dark="#111827", light="#ffffff", title=_("Picture for the app")
    )


def _fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]


urlpatterns = [
    path("login/", SignIn.as_view(), name="sign_in"),
    path("login/code/", sign_in_code, name="sign_in_code"),
    path("account/", account, name="account"),
    path("account/second-factor/", second_factor_page, name="second_factor"),
]
