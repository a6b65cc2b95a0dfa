"""What webhooks deliver, as the document has it: one entry for each event (OpenAPI 3.1)."""

from typing import Any

from apps.api.checking import JSON
from apps.webhooks.catalogue import CATALOGUE

MESSAGE: dict[str, Any] = {
    "title": "WebhookMessage",
    "description": "That something changed, and where to read it; nothing of what it says.",
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string", "description": "the event"},
        "timestamp": {"type": "string", "format": "date-time", "description": "of the deed"},
        "data": {
            "type": "object",
            "description": "about what",
            "required": ["object", "id", "url", "changed", "request_id"],
            "properties": {
                "object": {"type": "string", "description": "what kind of thing"},
                "id": {"type": "string", "description": "of the thing"},
                "url": {"type": "string", "description": "where the API shows it"},
                "changed": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "names of what is different",
                },
                "request_id": {
                    "type": "string",
                    "format": "uuid",
                    "description": "under which the audit log keeps the deed",
                },
            },
        },
    },
    "examples": [
        {
            "type": "ticket.approved",
            "timestamp": "2026-11-26T09:00:00Z",
            "data": {
                "object": "ticket",
                "id": "12",
                "url": "/api/v1/tickets/12",
                "changed": ["status"],
                "request_id": "8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11",
            },
        }
    ],
}
_HEADERS = {
    "webhook-id": "the same each time this message is sent: do its work once",
    "webhook-timestamp": "seconds since 1970, of this attempt; refuse what is older than 5 minutes",
    "webhook-signature": "of id, timestamp and body, by each secret that holds (Standard Webhooks)",
}
_SAID = {
    "2XX": {"description": "Taken. Answer within 15 seconds."},
    "410": {"description": "Ends the subscription."},
    "default": {"description": "Not taken: it comes again, for three days."},
}


def webhooks() -> dict[str, Any]:
    """Return the part of the document that says what a receiver gets."""
    return {
        event.name: {
            "post": {
                "summary": str(event.title),
                "tags": ["webhooks"],
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "description": words,
                        "schema": {"type": "string"},
                    }
                    for name, words in _HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/WebhookMessage"}}},
                },
                "responses": _SAID,
                "security": [],
            }
        }
        for event in CATALOGUE
    }
