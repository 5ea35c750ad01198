"""Pages to add a person and to change one."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.console.frame import console_page, page
from doorward.server.people.forms import PersonForm
from doorward.server.people.models import Person
from doorward.server.people.photos import remove_photo, set_photo
from doorward.server.people.services import UnknownPerson, change_person, create_person, one_person

EDIT = "people.edit"
BOTH = ("GET", "POST")


@console_page(EDIT, methods=BOTH)
def person_add(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    return _form(request, None)


@console_page(EDIT, methods=BOTH)
def person_change(request: HttpRequest, person_number: int) -> HttpResponse:
    """Change what is known of a person."""
    try:
        return _form(request, one_person(person_number))
    except UnknownPerson:
        raise Http404 from None


def _form(request: HttpRequest, person: Person | None) -> HttpResponse:
    form = PersonForm(person, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form)
        if saved is not None:
            messages.success(request, _("Saved.") if person else _("%(name)s was added.") % {"name": saved})
            return HttpResponseRedirect(reverse("console:person", args=[saved.number]))
    title = _("Add a person") if person is None else _("Change %(name)s") % {"name": person}
    above = [(_("People"), reverse("console:people"))]
    if person is not None:
        above.append((str(person), reverse("console:person", args=[person.number])))
    back = above[-1][1]
    more = ("terminal_administrator", "security_level", "daily_entry_limit", "anti_passback_minutes")
    context = {
        "form": form,
        "person": person,
        "back": back,
        "more_open": any(form[name].errors or form[name].value() for name in more),
    }
    return page(request, "people/person_form.html", title=title, above=above, context=context)


def _save(request: HttpRequest, form: PersonForm) -> Person | None:
    """Keep what was typed, all of it or nothing; None where a value is refused, which the form then says."""
    photo = form.cleaned_data["photo"]
    try:
        with transaction.atomic():
            if form.person is None:
                saved = create_person(form.values(), number=form.cleaned_data["number"])
            else:
                saved = change_person(form.person.number, form.values())
            if photo is not None:
                set_photo(saved.number, photo.read())
            elif request.POST.get("no_photo") and form.person is not None:
                remove_photo(saved.number)
    except InvalidInput as error:
        # A picture that cannot be read is refused under the name that pictures have everywhere.
        name = "photo" if photo is not None and error.field in {"picture", "file"} else form.blame(error.field)
        words = _("%(value)s is not allowed; allowed: %(allowed)s.") % {"value": error.value, "allowed": error.allowed}
        form.add_error(name, words if name else error.message)
        return None
    except DoorwardError as error:
        form.add_error(None, f"{error.message} {error.advice}".strip())
        return None
    return saved


urlpatterns = [
    path("people/add/", person_add, name="person_add"),
    path("people/<int:person_number>/change/", person_change, name="person_change"),
]
