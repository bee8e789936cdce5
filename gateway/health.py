"""What the house says of itself to a probe: it lives, it can serve."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as this process serves; asks nobody else."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and holds every migration, else 503 with the reason."""
    try:
        missing = missing_migrations()
    except DatabaseError:
        return JsonResponse({"status": "not_ready", "reason": "database_silent"}, status=503)
    if missing:
        return JsonResponse({"status": "not_ready", "reason": "migrations_missing"}, status=503)
    return JsonResponse({"status": "ready"})


def missing_migrations() -> int:
    """Count the migrations that this code has and the database has not."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
