"""Trains the tagger and writes `agentd/brains/models/tagger.onnx` with its side file.

`python -m training.train --minutes 8`, from the repository's root, on the CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from training.generate import SLOTS, Example, Generator
from training.model import Tagger

OUT = Path(__file__).parent.parent / "agentd" / "brains" / "models"
PAD, UNKNOWN, UNKNOWN_CJK = 0, 1, 2
LONGEST = 100


def index(char: str, known: dict[str, int]) -> int:
    """Return the number of `char`; two numbers stand for characters never seen."""
    return known.get(char, UNKNOWN_CJK if "\u3400" <= char <= "\u9fff" else UNKNOWN)


def batch(
    examples: list[Example], known: dict[str, int], verbs: list[str], *, forget: float
) -> list[Tensor]:
    """Return inputs and targets; some characters are made unknown so that names generalise."""
    size = min(LONGEST, max(len(each.text) for each in examples))
    shape = (len(examples), size)
    chars, begins = torch.zeros(shape, dtype=torch.long), torch.zeros(shape)
    verb, slot = torch.full(shape, -100), torch.full(shape, -100)
    for row, each in enumerate(examples):
        end = min(size, len(each.text))
        chars[row, :end] = torch.tensor([index(c, known) for c in each.text[:end]])
        begins[row, :end] = torch.tensor(each.begins[:end], dtype=torch.float)
        verb[row, :end] = torch.tensor([verbs.index(v) for v in each.verbs[:end]])
        if each.kind:
            slot[row, :end] = torch.tensor(each.slots[:end])
    lost = (torch.rand(shape) < forget) & (chars > UNKNOWN_CJK)
    chars = torch.where(lost, torch.tensor(UNKNOWN_CJK), chars)
    return [chars, torch.tensor([each.kind for each in examples]), begins, verb, slot]


def loss_of(model: Tagger, data: list[Tensor]) -> Tensor:
    """Return the sum of the four losses."""
    kind, begin, verb, slot = model(data[0])
    cross = nn.functional.cross_entropy
    seen = (data[0] > 0).float()
    begins = nn.functional.binary_cross_entropy_with_logits(begin, data[2], reduction="none")
    return (
        cross(kind, data[1], label_smoothing=0.02)
        + (begins * seen).sum() / seen.sum() * 3
        + cross(verb.flatten(0, 1), data[3].flatten(), ignore_index=-100)
        + cross(slot.flatten(0, 1), data[4].flatten(), ignore_index=-100)
    )


def _exported(characters: str) -> dict[str, Tensor]:
    """Return the weights of the committed model, which must know the same characters."""
    side = json.loads((OUT / "tagger.json").read_text(encoding="utf-8"))
    if side["characters"] != characters:
        raise SystemExit("The committed model was trained with other characters.")
    graph = onnx.load(OUT / "tagger.onnx").graph
    return {
        each.name: torch.from_numpy(onnx.numpy_helper.to_array(each).copy())
        for each in graph.initializer
        if "." in each.name
    }


def measure(
    model: Tagger, held: list[Example], known: dict[str, int], verbs: list[str]
) -> dict[str, float]:
    """Return shares of held-out sentences: right kind, right verbs, all slots right, all right."""
    model.eval()
    right = {"kind": 0, "verbs": 0, "slots": 0, "all": 0}
    with torch.no_grad():
        for each in held:
            data = batch([each], known, verbs, forget=0)
            kind, _, verb, slot = model(data[0])
            kinds = kind.argmax(1).item() == each.kind
            same = bool((verb.argmax(2) == data[3]).float().mean() > 0.9)
            slots = bool(((slot.argmax(2) == data[4]) | (data[4] < 0)).all())
            right["kind"] += kinds
            right["verbs"] += same
            right["slots"] += slots
            right["all"] += kinds and (each.kind == 0 or (same and slots))
    model.train()
    return {name: round(count / len(held), 4) for name, count in right.items()}


def train(minutes: float, seed: int, count: int, *, resume: bool) -> None:
    """Train for so long, then export."""
    torch.manual_seed(seed)
    generator = Generator(seed)
    examples = [generator.example() for _ in range(count)]
    examples = [each for each in examples if len(each.text) <= LONGEST]
    chars = sorted({char for each in examples for char in each.text})
    known = {char: number for number, char in enumerate(chars, UNKNOWN_CJK + 1)}
    verbs = sorted({verb for each in examples for verb in each.verbs})
    other = Generator(seed + 1, held_out=True)
    held = [other.example() for _ in range(1500)]
    held = [each for each in held if set(each.verbs) <= set(verbs) and len(each.text) <= LONGEST]
    model = Tagger(len(known) + 3, len(verbs), len(SLOTS))
    if resume:
        model.load_state_dict(_exported("".join(known)))
    weights = sum(each.numel() for each in model.parameters())
    print(f"{len(examples)} examples, {len(known)} characters, {weights} weights", flush=True)
    figures = _loop(model, examples, held, known, verbs, minutes)
    export(model, known, verbs, {**figures, "weights": weights, "seed": seed, "minutes": minutes})


def _loop(
    model: Tagger,
    examples: list[Example],
    held: list[Example],
    known: dict[str, int],
    verbs: list[str],
    minutes: float,
) -> dict[str, float]:
    size, start, step = 48, time.monotonic(), 0
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    while (spent := (time.monotonic() - start) / 60 / minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, step / 100 + 0.01) * (1 - spent) + 1e-5
        picked = torch.randint(len(examples), (size * 8,)).tolist()
        ordered = sorted((examples[i] for i in picked), key=lambda each: len(each.text))
        for at in torch.randperm(8).tolist():
            data = batch(ordered[at * size : at * size + size], known, verbs, forget=0.02)
            loss = loss_of(model, data)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
        if step % 2000 == 0:
            export(model, known, verbs, {"steps": step})
            model.train()
            print(
                step,
                f"{spent:.2f}",
                f"{loss.item():.3f}",
                measure(model, held[:400], known, verbs),
                flush=True,
            )
    figures = measure(model, held, known, verbs)
    print(step, figures, flush=True)
    return {f"held_out_{name}": share for name, share in figures.items()} | {"steps": step}


def export(
    model: Tagger, known: dict[str, int], verbs: list[str], figures: dict[str, float]
) -> None:
    """Write the model and its side file."""
    OUT.mkdir(exist_ok=True)
    path = OUT / "tagger.onnx"
    model.eval()
    torch.onnx.export(
        model,
        (torch.ones((1, 20), dtype=torch.long),),
        path,
        input_names=["characters"],
        output_names=["kind", "begin", "verb", "slot"],
        dynamic_axes={name: {1: "length"} for name in ("characters", "begin", "verb", "slot")},
        opset_version=17,
        dynamo=False,
    )
    side = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "characters": "".join(known),
        "verbs": verbs,
        "slots": SLOTS,
        "figures": figures,
    }
    path.with_suffix(".json").write_text(
        json.dumps(side, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--examples", type=int, default=120_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on from the committed model")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(options.minutes, options.seed, options.examples, resume=options.resume)
