"""Pages of a list by cursor, newest first."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Twenty to a page; the ids are time-ordered, so they are the order."""

    ordering = "-id"
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100
