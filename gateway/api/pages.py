"""Pages of a list by cursor, newest first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Twenty to a page; the ids are time-ordered, so they are the order."""

    ordering = "-id"
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100

    def decode_cursor(self, request: Request) -> Any:
        """Where the page begins: none of ours is NotFound, as for any other wrong address."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                UUID(str(cursor.position))
            except ValueError as wrong:
                raise NotFound from wrong
        return cursor


class PageQuery(serializers.Serializer[Any]):
    """What may be asked of a list."""

    cursor = serializers.CharField(required=False, help_text="from `next` or `previous`")
    limit = serializers.IntegerField(
        required=False, help_text="a page's size, 1 to 100; 20 for anything else"
    )
