"""Headers that many operations share, as the OpenAPI document describes them."""

from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    type={"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!#-~]+$"},
    description=(
        "Your name for this write, 1 to 255 visible characters, kept for seven days. The same "
        "key and content gives the first answer again byte for byte; other content is 422; "
        "while the first is running, 409."
    ),
)
