"""The OpenAPI document of every door, for who holds a key: `GET /api/openapi.json`.

The routes read raw bodies, so FastAPI knows nothing of what goes in and out. It is written down
here as data, one row a route, and a test holds every answer of the daemon to it.
"""

from agentd.api.document.whole import whole

__all__ = ["whole"]
