"""The doors for notices: the list, that they are read, and what comes by message."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from gateway.api.authentication import person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.pages import NewestFirst, PageQuery
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once
from gateway.notifying import queries
from gateway.notifying.serializers import NoticePage, NoticeView, PreferenceView


class Notices(APIView):
    """Your notices."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="notices_list", responses=NoticePage, parameters=[PageQuery], filters=False
    )
    def get(self, request: Request) -> Response:
        """Newest first, by cursor pages."""
        pages = NewestFirst()
        page = pages.paginate_queryset(queries.of_person(person_of(request)), request, view=self)
        return pages.get_paginated_response(NoticeView(page, many=True).data)


class NoticeRead(APIView):
    """One of your notices."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="notices_read",
        request=None,
        responses=NoticeView,
        parameters=[IDEMPOTENCY_KEY],
    )
    @once
    def post(self, request: Request, notice_id: UUID, *, cause: UUID) -> Response:
        """It is read; twice is once."""
        queries.mark_read(person_of(request), now=clock.now(), notice_id=notice_id)
        return Response(NoticeView(queries.get(person_of(request), notice_id)).data)


class Preferences(APIView):
    """What you want by short message; what needs your hand or concerns your safety always comes."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="notice_preferences", responses=PreferenceView)
    def get(self, request: Request) -> Response:
        """As you said; who never said gets only the urgent, in Chinese."""
        return Response(PreferenceView(queries.preference_of(person_of(request))).data)

    @extend_schema(
        operation_id="notice_preferences_set",
        request=PreferenceView,
        responses=PreferenceView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """From now on."""
        return self._prefer(request)

    @once
    def _prefer(self, request: Request, *, cause: UUID) -> Response:
        wish = PreferenceView(data=request.data)
        wish.is_valid(raise_exception=True)
        queries.prefer(person_of(request), **wish.validated_data)
        return Response(PreferenceView(queries.preference_of(person_of(request))).data)
