"""How notices look on the wire: both languages, so that an app chooses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.notifying import queries
from gateway.notifying.models import Notice, NoticePreference


class NoticeView(serializers.ModelSerializer[Notice]):
    """One notice; `place` and `place_id` name what to open."""

    say = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = ("id", "kind", "place", "place_id", "happened_at", "read_at", "say")
        read_only_fields = fields

    def get_say(self, notice: Notice) -> dict[str, dict[str, str]]:
        """{zh, en}, each with title and text."""
        return {
            language: {"title": said.title, "text": said.text}
            for language in ("zh", "en")
            for said in (queries.said(notice, language),)
        }


class NoticePage(serializers.Serializer[Any]):
    """A page of notices, newest first, and the addresses of its neighbours."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = NoticeView(many=True)


class PreferenceView(serializers.Serializer[NoticePreference]):
    """`sms_all`: whether the rest comes by short message too; `language`: of those messages."""

    sms_all = serializers.BooleanField()
    language = serializers.ChoiceField(choices=("zh", "en"))
