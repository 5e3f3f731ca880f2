"""The documents that describe the tools to LobeChat, as data.

Its manifest: `@lobehub/chat-plugin-sdk` 1.32, `pluginManifestSchema`. LobeChat keeps a manifest
as it was when the plugin was added and checks arguments against it before it calls; so there are
no device ids, ranges or choices in it as rules: those are the gate's, which explains its no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from agentd import __version__
from agentd.api.plugin_words import ARGUMENTS, HUMAN, LIST_DEVICES, ROLE, TOKEN_HELP, TOOLS
from agentd.model import Device, Flag, Kind, Number, Schema
from agentd.tools import specs
from agentd.tools.specs import ToolSpec

IDENTIFIER: Final = "agentd"
TOKEN: Final = "AGENTD_TOKEN"  # noqa: S105
"""The plugin's one setting, and the security scheme in the OpenAPI document."""
AVATAR: Final = "🤖"
LOGO: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Ccircle cx='4' cy='4' r='4'/%3E%3C/svg%3E"
)


def lobechat(base: str, devices: Sequence[Device], language: str) -> dict[str, Any]:
    """Return the manifest of LobeChat's classic plugins; `base` is where its server reaches us."""
    return {
        "$schema": "./node_modules/@lobehub/chat-plugin-sdk/schema.json",
        "identifier": IDENTIFIER,
        "version": "1",
        "type": "default",
        "author": "agentd",
        "homepage": base,
        "meta": {
            "avatar": AVATAR,
            "title": "agentd",
            "description": HUMAN[language],
            "tags": ["robot", "smart-home", "mqtt"],
        },
        "systemRole": ROLE[language],
        "settings": settings(language),
        "api": [
            {"name": name, "description": told, "parameters": schema, "url": _url(base, name)}
            for name, told, schema in described(devices, language)
        ],
    }


def settings(language: str) -> Schema:
    """Return the schema of the plugin's settings: the key."""
    told = {"title": TOKEN, "description": TOKEN_HELP[language], "format": "password"}
    token = {"type": "string", "minLength": 1, **told}
    return {"type": "object", "properties": {TOKEN: token}, "required": [TOKEN]}


def ai_plugin(base: str) -> dict[str, Any]:
    """Return the manifest in the form that ChatGPT's plugins had, which LobeChat also takes."""
    return {
        "schema_version": "v1",
        "name_for_model": IDENTIFIER,
        "name_for_human": "agentd",
        "description_for_model": ROLE["en"],
        "description_for_human": HUMAN["en"],
        "auth": {"type": "service_http", "authorization_type": "bearer", "verification_tokens": {}},
        "api": {"type": "openapi", "url": f"{base}/openapi.json", "has_user_authentication": False},
        "logo_url": LOGO,
        "contact_email": "nobody@localhost",
        "legal_info_url": base,
    }


def openapi(base: str, devices: Sequence[Device]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the tools, each with its own path."""
    scheme = {"type": "http", "scheme": "bearer", "description": TOKEN_HELP["en"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "agentd", "version": __version__, "description": HUMAN["en"]},
        "servers": [{"url": base}],
        "security": [{TOKEN: []}],
        "paths": {
            f"/api/plugin/{name}": {"post": _operation(name, told, schema)}
            for name, told, schema in described(devices, "en")
        },
        "components": {
            "securitySchemes": {TOKEN: scheme},
            "schemas": {"Answer": ANSWER, "Error": ERROR},
        },
    }


def described(devices: Sequence[Device], language: str) -> list[tuple[str, str, Schema]]:
    """Return name, description and arguments of every tool that has a device."""
    found = [("list_devices", LIST_DEVICES[language], _listing(language))]
    for tool in specs.available(devices):
        told = tool.description if language == "en" else TOOLS[tool.name]
        found.append((tool.name, told, _schema(tool, devices, language)))
    return found


def _schema(tool: ToolSpec, devices: Sequence[Device], language: str) -> Schema:
    words = ARGUMENTS[language]
    properties: dict[str, Schema] = {}
    if tool.kinds:
        properties["device"] = {"type": "string", "description": words["device"]}
    if not tool.bare:
        fitting = [device for device in devices if device.kind in tool.kinds]
        for name, argument in sorted(specs.arguments(tool, fitting).items()):
            kind, told = "string", words["text"]
            if isinstance(argument, Number):
                kind = "integer" if argument.whole else "number"
                told = words["number"].format(unit=argument.unit or "1")
            elif isinstance(argument, Flag):
                kind, told = "boolean", words["flag"]
            properties[name] = {"type": kind, "description": told}
    needed = ["device"] if tool.kinds and not tool.device_optional else []
    needed += [tool.needs] if tool.needs else []
    return {"type": "object", "properties": properties, "required": needed}


def _listing(language: str) -> Schema:
    words = ARGUMENTS[language]
    kinds = ", ".join(sorted(Kind))
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "description": words["kind"].format(kinds=kinds)},
            "area": {"type": "string", "description": words["area"]},
        },
        "required": [],
    }


def _url(base: str, name: str) -> str:
    return f"{base}/api/plugin/{name}"


def _operation(name: str, told: str, schema: Schema) -> dict[str, Any]:
    answers = {"200": _answer("What happened; `ok` says whether it worked.", "Answer")}
    for status, why in ERRORS.items():
        answers[status] = _answer(why, "Error")
    body = {"required": bool(schema["required"]), "content": {"application/json": {}}}
    body["content"] = {"application/json": {"schema": schema}}
    return {"operationId": name, "summary": told, "requestBody": body, "responses": answers}


def _answer(told: str, name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": told, "content": {"application/json": {"schema": schema}}}


ERRORS: Final = {
    "401": "No valid key.",
    "403": "The key lacks the scope.",
    "413": "The request is too long.",
    "422": "The body is no JSON object.",
}
ANSWER: Final[Schema] = {
    "type": "object",
    "properties": {
        "ok": {"type": "boolean"},
        "status": {"type": "string"},
        "device": {"type": "string"},
        "said": {"type": "string"},
        "error": {"type": "string"},
        "reason": {"type": "string"},
        "accepted": {"type": "string"},
        "state": {"type": "object"},
        "receipt": {"type": "string"},
        "devices": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["ok"],
}
ERROR: Final[Schema] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "code": {"type": "string"},
                "param": {"type": ["string", "null"]},
            },
            "required": ["message", "type", "code", "param"],
        }
    },
    "required": ["error"],
}
