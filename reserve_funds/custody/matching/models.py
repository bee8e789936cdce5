"""Lines of five sides, what was matched with what, what differs, and what two people decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from reserve_funds.custody.matching.lifecycle import DECISION_MOVES, DIFFERENCE_MOVES
from reserve_funds.custody.matching.values import Side, Sort, Standing


class Run(models.Model):
    """One matching of what was delivered; `summary` counts what it did, by relation."""

    pool = models.IntegerField(null=True)
    ran_at = models.DateTimeField()
    summary = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"run {self.pk}"


class Delivery(models.Model):
    """What one delivery brought for one pool; `run` is the matching that took it, null before."""

    load_id = models.UUIDField()
    pool = models.IntegerField()
    lines = models.BigIntegerField(default=0)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (
            models.Index(
                fields=("pool",), condition=Q(run__isnull=True), name="custody_matching_undone"
            ),
        )

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Line(models.Model):
    """One version of one side's fact; content is never changed, a newer version takes its place."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=8)
    pool = models.IntegerField()
    source_id = models.UUIDField()
    version = models.IntegerField()
    is_current = models.BooleanField()
    superseded_by = models.BigIntegerField(null=True)
    key = models.CharField(max_length=80, db_collation="C")
    number = models.CharField(max_length=80, db_collation="C")
    batch = models.CharField(max_length=80, db_collation="C")
    story = models.CharField(max_length=80, db_collation="C")
    amount_fen = models.BigIntegerField()
    settled_fen = models.BigIntegerField()
    fee_in_100000 = models.BigIntegerField(null=True)
    standing = models.CharField(max_length=8)
    day = models.DateField()
    known_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("side", "source_id"),
                condition=Q(is_current=True),
                name="custody_matching_fact_has_one_current_version",
            ),
            models.UniqueConstraint(
                fields=("side", "source_id", "version"),
                condition=Q(is_current=False),
                name="custody_matching_earlier_versions",
            ),
            models.CheckConstraint(
                condition=Q(side__in=[each.value for each in Side]),
                name="custody_matching_line_has_a_side",
            ),
            models.CheckConstraint(
                condition=Q(standing__in=[each.value for each in Standing]),
                name="custody_matching_line_has_a_standing",
            ),
        )
        indexes = (
            models.Index(fields=("pool", "day", "side"), name="custody_matching_by_day"),
            models.Index(
                fields=("superseded_by",),
                condition=Q(superseded_by__isnull=False),
                name="custody_matching_superseded",
            ),
            *(
                models.Index(
                    fields=("pool", name),
                    condition=~Q(**{name: ""}),
                    name=f"custody_matching_by_{name}",
                )
                for name in ("key", "number", "batch", "story")
            ),
        )

    def __str__(self) -> str:
        return f"{self.side} {self.source_id} v{self.version}"


class Link(models.Model):
    """A left line that met a right line; of a sum (`group_no`) one side may be the longer list."""

    relation = models.SmallIntegerField()
    left = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, db_constraint=False,
                             db_index=False, related_name="+")  # fmt: skip
    right = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, db_constraint=False,
                              db_index=False, related_name="+")  # fmt: skip
    group_no = models.BigIntegerField(null=True)
    pass_no = models.SmallIntegerField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_constraint=False, db_index=False,
                            related_name="+")  # fmt: skip

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("left", "relation"),
                condition=Q(left__isnull=False),
                name="custody_matching_left_is_matched_once",
            ),
            models.UniqueConstraint(
                fields=("right", "relation"),
                condition=Q(right__isnull=False),
                name="custody_matching_right_is_matched_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("group_no", "relation"),
                condition=Q(group_no__isnull=False),
                name="custody_matching_by_group",
            ),
        )

    def __str__(self) -> str:
        return f"link {self.pk}"


class Leftover(models.Model):
    """A line that is not matched in a relation yet: waiting, or part of a difference."""

    relation = models.SmallIntegerField()
    pool = models.IntegerField()
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False, db_index=False,
                             related_name="+")  # fmt: skip

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("relation", "pool", "line"), name="custody_matching_left_over_once"
            ),
        )

    def __str__(self) -> str:
        return f"leftover {self.line_id}"


class Difference(models.Model):
    """What two sides do not agree on. Its id follows from relation, sort and what it is about.

    `diff_fen` is what the right side has more (less: negative), `value_fen` the value at risk.
    `evidence` names the lines: {"left": [[source id, version, fen]...], "right": ...,
    "left_fen", "right_fen", "left_lines", "right_lines"}, at most fifty of each side.
    """

    TRAIL_KIND: ClassVar[str] = "difference"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = DIFFERENCE_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    relation = models.SmallIntegerField()
    sort = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default="open")
    about = models.CharField(max_length=120, db_collation="C")
    day = models.DateField()
    value_fen = models.BigIntegerField()
    diff_fen = models.BigIntegerField()
    evidence = models.JSONField()
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sort__in=[each.value for each in Sort]),
                name="custody_matching_difference_has_a_sort",
            ),
            models.CheckConstraint(
                condition=Q(value_fen__gte=0), name="custody_matching_value_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "overtaken")) | Q(ended_at__isnull=False),
                name="custody_matching_ended_means_a_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=("pool", "relation"),
                condition=Q(state__in=("open", "settled", "overtaken")),
                name="custody_matching_open",
            ),
            models.Index(fields=("pool", "day"), name="custody_matching_diff_by_day"),
        )

    def __str__(self) -> str:
        return f"difference {self.id} {self.sort} {self.state}"


class Decision(models.Model):
    """What one officer proposes about lines or a difference; its id is the approval's.

    `kind`: voucher, act, match or unmatch. `content` is all of it, `seen` the fingerprint of what
    it rests on: other facts or balances by the time of the approval make it stale.
    """

    TRAIL_KIND: ClassVar[str] = "matching_decision"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = DECISION_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    kind = models.CharField(max_length=8)
    difference = models.ForeignKey(
        Difference, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    choice = models.CharField(max_length=32)
    state = models.CharField(max_length=12, default="proposed")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    content = models.JSONField()
    seen = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("difference",),
                condition=Q(state="proposed"),
                name="custody_matching_difference_has_one_open_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="custody_matching_decision_has_its_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("voucher", "act", "match", "unmatch")),
                name="custody_matching_decision_has_a_kind",
            ),
        )

    def __str__(self) -> str:
        return f"decision {self.id} {self.kind} {self.state}"


class Manual(models.Model):
    """A line that two people matched by hand, in the version they saw; written by the law alone."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    relation = models.SmallIntegerField()
    side = models.CharField(max_length=8)
    source_id = models.UUIDField()
    version = models.IntegerField()
    ended_by = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("relation", "side", "source_id"),
                condition=Q(ended_by__isnull=True),
                name="custody_matching_by_hand_once",
            ),
            models.CheckConstraint(
                condition=~Q(ended_by=F("decision")), name="custody_matching_ended_by_another"
            ),
        )

    def __str__(self) -> str:
        return f"manual {self.side} {self.source_id}"
