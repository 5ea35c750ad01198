"""Accounts of people, their roles and sessions, and tokens of programs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone

from doorward.server.devices.models import DeviceGroup
from doorward.server.fields import EncryptedTextField
from doorward.server.operators.access import Access, access_of
from doorward.server.operators.rights import BUILT_IN_ROLES, RIGHTS


class OperatorManager(UserManager["Operator"]):
    """Makes accounts."""

    use_in_migrations = False

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> Operator:
        """Make an account without any right."""
        operator = self.model(username=self.model.normalize_username(username), email=email or "", **fields)
        operator.set_password(password)
        operator.save(using=self._db)
        return operator


class Operator(AbstractUser):
    """A person who works with the console or the API.

    What he may do comes from his roles alone: there is no account above them.

    Attributes:
        language: Language of the pages; empty takes that of the server.
        password_changed: When the password was last set.
    """

    # These take Django's own columns away: rights come from roles.
    groups = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]

    language = models.CharField(max_length=10, blank=True, default="")
    password_changed = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OperatorManager] = OperatorManager()

    class Meta:
        verbose_name = "operator"
        verbose_name_plural = "operators"

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        """Nobody is above the rights."""
        return False

    @property
    def is_staff(self) -> bool:  # type: ignore[override]
        """Whoever has an account may enter the console; what he sees there depends on his rights."""
        return self.is_active

    @cached_property
    def access(self) -> Access:
        """What he may do, as it was when this row was read."""
        return access_of(self)

    def set_password(self, raw_password: str | None) -> None:
        """Set the password and note when."""
        super().set_password(raw_password)
        self.password_changed = timezone.now()

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row anew, and the rights with it."""
        self.__dict__.pop("access", None)
        super().refresh_from_db(*args, **kwargs)


class Role(models.Model):
    """A set of rights.

    Attributes:
        slug: Name for programs; the four built-in roles have fixed ones.
        name: What people call it.
        purpose: What it is for.
        rights: Names of its rights; for a built-in role those of the program's own table count.
        built_in: Whether it came with the program; it can be neither changed nor deleted then.
        second_factor: Whether whoever has it must show a second factor.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100, unique=True)
    purpose = models.CharField(max_length=300, blank=True, default="")
    rights = models.JSONField(default=list)
    built_in = models.BooleanField(default=False, editable=False)
    second_factor = models.BooleanField("second factor required", default=False)

    class Meta:
        verbose_name = "role"
        verbose_name_plural = "roles"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def effective_rights(self) -> frozenset[str]:
        """Its rights; a name that this version does not know gives nothing."""
        if self.built_in and self.slug in BUILT_IN_ROLES:
            return BUILT_IN_ROLES[self.slug][1]
        return frozenset(self.rights) & RIGHTS.keys()


class RoleAssignment(models.Model):
    """An operator has a role.

    Attributes:
        operator: Who.
        role: Which.
        group: In this group of devices and those that lie in it; None: everywhere.
    """

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    group = models.ForeignKey(DeviceGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "role of an operator"
        verbose_name_plural = "roles of operators"
        ordering: ClassVar = ["operator", "role", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "role", "group"], name="role_assignment"),
            models.UniqueConstraint(
                fields=["operator", "role"], condition=models.Q(group__isnull=True), name="role_assignment_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator}: {self.role}" + (f" in {self.group}" if self.group_id else "")


class OperatorSession(models.Model):
    """A session of the console that can be looked at and ended.

    Attributes:
        operator: Whose.
        key_digest: SHA-256 of the session's key, by which the server finds it; the key itself opens the session.
        begun: When he logged in.
        seen: When he was last heard of, by the minute.
        address: From where.
        browser: What his browser said that it is.
        ended: When it was ended; None while it holds.
        ended_by: Who ended it.
    """

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="console_sessions")
    key_digest = models.BinaryField(max_length=32, unique=True)
    begun = models.DateTimeField()
    seen = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True, default="")
    browser = models.CharField(max_length=300, blank=True, default="")
    ended = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        verbose_name = "session"
        verbose_name_plural = "sessions"
        ordering: ClassVar = ["-seen", "-pk"]

    def __str__(self) -> str:
        return f"{self.operator} from {self.address}"


class ApiToken(models.Model):
    """What a program shows instead of a password. Only its digest is kept.

    Attributes:
        name: What it is for.
        prefix: Its first letters, by which people and the server find it.
        digest: SHA-256 of the whole token; it is random and long, so a slow digest would protect nothing more.
        operator: The account in whose name it acts.
        scopes: Names of the rights that it may use of those that its operator has; None: all of them.
        created: When it was made.
        expires: When it ends; None never.
        last_used: When it was last shown, by the minute.
        last_address: From where it was last shown.
        revoked: When it was taken back; None while it holds.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="tokens")
    scopes = models.JSONField(null=True, blank=True, default=None)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    last_address = models.CharField(max_length=45, blank=True, default="")
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        verbose_name_plural = "API tokens"
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class SecondFactor(models.Model):
    """What an operator has beside his password: an app that shows a code of the minute (RFC 6238).

    Attributes:
        operator: Whose.
        secret: What app and server share. Encrypted.
        begun: When it was made.
        confirmed: When he proved that his app shows the right codes; None before, and it is not asked for then.
        last_step: The last half minute whose code was taken; none is taken twice.
    """

    operator = models.OneToOneField(Operator, on_delete=models.CASCADE, related_name="second_factor")
    secret = EncryptedTextField("shared secret")
    begun = models.DateTimeField()
    confirmed = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "second factor"
        verbose_name_plural = "second factors"

    def __str__(self) -> str:
        return f"second factor of {self.operator}"


class RecoveryCode(models.Model):
    """Opens once in the place of the second factor, for whoever lost it.

    Attributes:
        operator: Whose.
        digest: SHA-256 of the code, which is random.
        used: When; None while it holds.
    """

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    used = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "recovery code"
        verbose_name_plural = "recovery codes"

    def __str__(self) -> str:
        return f"recovery code of {self.operator}"
