"""The plugin door: what LobeChat reads about our tools, and where its gateway calls them.

The documents are public and any web page may read them, because a browser fetches them without a
key; so they name no device, no room and no state. Calls need a key, in the settings header that
LobeChat's gateway sends or as a bearer token, and no web page of another origin can send either.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from agentd.agent import reply
from agentd.api.address import base_url
from agentd.api.asking import asker, json_object
from agentd.api.auth import WITHOUT_KEY, Needs
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.feed import unless_gone
from agentd.api.house import House, TheHouse
from agentd.api.manifest import TOKEN, ai_plugin, lobechat, openapi
from agentd.errors import AgentdError, Reason
from agentd.model import WENT_WELL, Asker, Call, Device, Receipt, Status
from agentd.store import Grant, Scope

router = APIRouter()

SETTINGS_HEADER = "x-lobe-plugin-settings"
ASK_A_PERSON = (
    "Only a person can say yes: with `agentd confirm`, an admin's key or on the broker. Calling "
    "again, any argument, or a yes in a chat changes nothing."
)


class PluginKey(Needs):
    """The lock of a plugin call: the key is in the plugin's settings, or a bearer token."""

    missing = f"Enter a key of agentd as {TOKEN} in the plugin's settings."

    def presented(self, request: Request) -> str:
        """Return the key that was sent, empty if none."""
        bearer = super().presented(request)
        if bearer:
            return bearer
        try:
            settings = json.loads(request.headers.get(SETTINGS_HEADER, ""))
        except (ValueError, RecursionError):
            return ""
        token = settings.get(TOKEN) if isinstance(settings, dict) else None
        return token.strip() if isinstance(token, str) else ""


CallPlugin = Annotated[Grant, Depends(PluginKey(Scope.TOOLS_CALL))]
ReadPlugin = Annotated[Grant, Depends(PluginKey(Scope.TOOLS_READ))]


@router.get("/manifest.json", dependencies=[WITHOUT_KEY])
async def manifest(request: Request, house: TheHouse) -> JSONResponse:
    """Return LobeChat's plugin manifest."""
    return _document(lobechat(_base(request, house), house.gate.devices, "en"))


@router.get("/manifest.zh-CN.json", dependencies=[WITHOUT_KEY])
async def manifest_zh(request: Request, house: TheHouse) -> JSONResponse:
    """Return LobeChat's plugin manifest in Chinese."""
    return _document(lobechat(_base(request, house), house.gate.devices, "zh"))


@router.get("/.well-known/ai-plugin.json", dependencies=[WITHOUT_KEY])
async def well_known(request: Request, house: TheHouse) -> JSONResponse:
    """Return the manifest in the form that ChatGPT's plugins had."""
    return _document(ai_plugin(_base(request, house)))


@router.get("/openapi.json", dependencies=[WITHOUT_KEY])
async def document(request: Request, house: TheHouse) -> JSONResponse:
    """Return the OpenAPI document of the tools alone."""
    return _document(openapi(_base(request, house), house.gate.devices))


@router.post("/api/plugin/list_devices")
async def list_devices(request: Request, house: TheHouse, grant: ReadPlugin) -> dict[str, Any]:
    """List what the key may touch: id, names, what each accepts and is like now.

    `{"kind", "area"}` narrow the list.
    """
    wanted = await json_object(request)
    who = asker(grant, "plugin", house.settings)
    rows = [
        _row(device, house)
        for device in house.toolbox.devices(who)
        if _fits(wanted.get("kind"), device.kind.value) and _fits(wanted.get("area"), device.area)
    ]
    return {"ok": True, "devices": rows}


@router.post("/api/plugin/{name}")
async def call(name: str, request: Request, house: TheHouse, grant: CallPlugin) -> dict[str, Any]:
    """Call a tool with a JSON object of arguments, whatever the content type says.

    What a device or the gate refuses is an answer with status 200 and `ok` false, so that the
    model can explain it. A call that waits for a person's yes is never granted here.
    """
    arguments = await json_object(request)
    who = asker(grant, "plugin", house.settings)
    arguments = _by_id(arguments, house.toolbox.devices(who))
    try:
        receipt = await unless_gone(request, house.schedule.run(Call(name, arguments), who))
    except ApiError:
        raise
    except AgentdError as error:
        return {"ok": False, "status": Status.FAILED.value, "error": error.line()}
    return _told(receipt, who)


def _told(receipt: Receipt, who: Asker) -> dict[str, Any]:
    """Return what a model needs of a receipt: whether it worked, and one sentence."""
    row: dict[str, Any] = plain(receipt.json())
    answer = {
        "ok": receipt.status in WENT_WELL,
        "status": row["status"],
        "device": row["device"],
        "said": reply.sentence_in(who.language, receipt),
        "state": row["state"],
        "receipt": row["id"],
    }
    if receipt.status in WENT_WELL:
        return answer
    refusal = receipt.refusal
    error = receipt.message or answer["said"]
    if refusal is not None and refusal.reason is Reason.NEEDS_CONFIRMATION:
        error = answer["said"] = f"{receipt.message} {ASK_A_PERSON}"
    return answer | {
        "error": error,
        "reason": refusal.reason.value if refusal else "failed",
        "accepted": refusal.accepted if refusal else "",
    }


def _by_id(arguments: dict[str, Any], devices: list[Device]) -> dict[str, Any]:
    """Return the arguments with the device's id in place of a name that only it has."""
    said = arguments.get("device")
    if not isinstance(said, str) or any(device.id == said for device in devices):
        return arguments
    name = said.strip().casefold()
    called = [
        device
        for device in devices
        if name in (each.casefold() for each in (device.name, *device.aliases))
    ]
    return {**arguments, "device": called[0].id} if len(called) == 1 else arguments


def _row(device: Device, house: House) -> dict[str, Any]:
    return {
        "device": device.id,
        "name": device.name,
        "other_names": list(device.aliases),
        "kind": device.kind.value,
        "area": device.area,
        "accepts": {name: str(argument) for name, argument in sorted(device.arguments.items())},
        "needs_a_yes": sorted(f"{name}={json.dumps(value)}" for name, value in device.confirm),
        "state": plain(house.states.get(device.id)),
    }


def _fits(wanted: object, value: str) -> bool:
    return not isinstance(wanted, str) or not wanted or wanted.casefold() == value.casefold()


def _base(request: Request, house: House) -> str:
    return base_url(request, house.settings.http)


def _document(content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content)
