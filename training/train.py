"""Trains the tagger and writes `agentd/brains/models/tagger.onnx` with its side file.

`python -m training.train --minutes 25`, from the repository's root, on the CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from agentd.brains.gazetteer import MARKS
from agentd.brains.pieces import SPELLINGS
from training.generate import KINDS, SLOTS, Example, Generator, spoken_words
from training.meanings import meanings
from training.model import Tagger

OUT = Path(__file__).parent.parent / "agentd" / "brains" / "models"
CHECKPOINT = Path(__file__).with_name("tagger.pt")
LONGEST = 64
BATCH = 96
VERBS = (
    "none other on off toggle open close lock unlock set dim brighten warmer cooler louder quieter more less play "
    "pause resume next previous mute unmute clean dock locate forward backward turn_left turn_right turn_around stop "
    "ask ask_is keep"
).split()


@dataclass
class Data:
    """Examples as flat arrays; example `n` is the rows from `starts[n]` to `starts[n + 1]`."""

    starts: np.ndarray
    kinds: np.ndarray
    spelt: np.ndarray
    meant: np.ndarray
    marks: np.ndarray
    labels: np.ndarray
    """A row of begin, verb and slot for each piece."""

    def batch(self, picked: list[int], *, forget: float) -> list[Tensor]:
        """Return inputs and targets, padded.

        In one sentence of `forget` no name is known, and one word of `forget` that means something
        is known by that alone.
        """
        sizes = [int(self.starts[n + 1] - self.starts[n]) for n in picked]
        shape = (len(picked), max(sizes))
        spelt = np.zeros((*shape, SPELLINGS), np.int64)
        bits, meant = np.zeros(shape, np.uint32), np.zeros(shape, np.int64)
        labels = np.full((*shape, 3), -100, np.int64)
        for row, (n, size) in enumerate(zip(picked, sizes, strict=True)):
            at = slice(self.starts[n], self.starts[n + 1])
            spelt[row, :size], bits[row, :size], labels[row, :size] = (
                self.spelt[at],
                self.marks[at],
                self.labels[at],
            )
            meant[row, :size] = self.meant[at]
        marks = (bits[:, :, None] >> np.arange(MARKS, dtype=np.uint32) & 1).astype(np.float32)
        marks[np.random.rand(len(picked)) < forget] = 0
        spelt[(np.random.rand(*shape) < forget) & (meant > 0)] = 0
        return [
            torch.from_numpy(each) for each in (spelt, meant, marks, self.kinds[picked], labels)
        ]


def packed(examples: list[Example], known: dict[str, int]) -> Data:
    """Return `examples` as arrays."""
    examples = [each for each in examples if 0 < len(each.words) <= LONGEST]
    starts = np.cumsum([0, *(len(each.words) for each in examples)])
    spelt, meant = np.zeros((starts[-1], SPELLINGS), np.int16), np.zeros(starts[-1], np.int16)
    marks, labels = np.zeros(starts[-1], np.uint32), np.zeros((starts[-1], 3), np.int8)
    for n, each in enumerate(examples):
        numbers, marked = each.features()
        for inner, row in enumerate(range(starts[n], starts[n + 1])):
            spelt[row, : len(numbers[inner])] = numbers[inner]
            meant[row] = known.get(each.words[inner].text, 0)
            marks[row] = sum(1 << mark for mark in set(marked[inner]))
            labels[row] = each.begins[inner], VERBS.index(each.verbs[inner]), each.slots[inner]
    kinds = np.array([each.kind for each in examples], np.int64)
    return Data(starts, kinds, spelt, meant, marks, labels)


def generated(seed: int, count: int, known: dict[str, int], *, held_out: bool = False) -> Data:
    """Return `count` examples of one side of the templates."""
    generator = Generator(seed, held_out=held_out)
    return packed([generator.example() for _ in range(count)], known)


def _part(job: tuple[int, int, dict[str, int]]) -> Data:
    return generated(*job)


def together(parts: list[Data]) -> Data:
    """Return one set of several."""
    starts, offset = [np.zeros(1, np.int64)], 0
    for each in parts:
        starts.append(each.starts[1:] + offset)
        offset += each.starts[-1]
    joined = [
        np.concatenate([getattr(p, name) for p in parts])
        for name in ("kinds", "spelt", "meant", "marks", "labels")
    ]
    return Data(np.concatenate(starts), *joined)


def loss_of(model: Tagger, data: list[Tensor]) -> Tensor:
    """Return the sum of the four losses."""
    spelt, meant, marks, kinds, labels = data
    kind, begin, verb, slot = model(spelt, meant, marks)
    cross = nn.functional.cross_entropy
    seen = labels[:, :, 0] >= 0
    begins = nn.functional.binary_cross_entropy_with_logits(
        begin[seen], labels[:, :, 0][seen].float()
    )
    # What a sentence that asks for nothing says of things does not matter.
    slots = torch.where((kinds > 0).unsqueeze(1), labels[:, :, 2], -100)
    return (
        cross(kind, kinds, label_smoothing=0.01)
        + begins * 2
        + cross(verb.flatten(0, 1), labels[:, :, 1].flatten(), ignore_index=-100)
        + cross(slot.flatten(0, 1), slots.flatten(), ignore_index=-100) * 1.5
    )


def measure(model: Tagger, held: Data) -> dict[str, float]:
    """Return shares of sentences: right kind, right verbs, all slots right, all right."""
    model.eval()
    count = len(held.kinds)
    right = dict.fromkeys(("kind", "verbs", "slots", "all"), 0)
    with torch.no_grad():
        for at in range(0, count, 200):
            spelt, meant, marks, kinds, labels = held.batch(
                list(range(at, min(at + 200, count))), forget=0
            )
            kind, begin, verb, slot = model(spelt, meant, marks)
            unseen = labels[:, :, 0] < 0
            kinds_right = kind.argmax(1) == kinds
            nothing = kinds == 0
            verbs_right = (
                ((verb.argmax(2) == labels[:, :, 1]) | unseen).float().mean(1) > 0.97
            ) & (((begin > 0) == (labels[:, :, 0] == 1)) | unseen).all(1)
            slots_right = ((slot.argmax(2) == labels[:, :, 2]) | unseen).all(1) | nothing
            right["kind"] += int(kinds_right.sum())
            right["verbs"] += int((verbs_right | nothing).sum())
            right["slots"] += int(slots_right.sum())
            right["all"] += int((kinds_right & (nothing | (verbs_right & slots_right))).sum())
    model.train()
    return {name: round(each / count, 4) for name, each in right.items()}


def train(
    minutes: float, seed: int, count: int, workers: int, *, resume: bool, rate: float
) -> None:
    """Train for so long, then export; `resume` goes on from the last run's weights."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    started = time.monotonic()
    words = meanings()
    known = words.numbers()
    jobs = [(seed * 1000 + n, count // 16, known) for n in range(16)]
    with Pool(workers) as pool:
        data = together(pool.map(_part, jobs))
    held = generated(seed + 1, 3000, known, held_out=True)
    model = Tagger(len(VERBS), len(SLOTS), torch.from_numpy(words.vectors))
    weights = sum(each.numel() for each in model.parameters())
    print(
        f"{len(data.kinds)} sentences, {weights} weights, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    if resume:
        model.load_state_dict(torch.load(CHECKPOINT))
    figures = _loop(model, data, held, minutes, started, rate)
    torch.save(model.state_dict(), CHECKPOINT)
    export(
        model,
        words.words,
        figures
        | {"weights": weights, "seed": seed, "minutes": minutes, "sentences": len(data.kinds)},
    )


def _loop(
    model: Tagger, data: Data, held: Data, minutes: float, started: float, peak: float
) -> dict[str, float]:
    begun, step, pool = time.monotonic(), 0, 40
    left = minutes * 60 - (begun - started)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, betas=(0.9, 0.98))
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    lengths = np.diff(data.starts)
    while (spent := (time.monotonic() - begun) / left) < 1:
        picked = np.random.randint(len(data.kinds), size=BATCH * pool)
        picked = picked[np.argsort(lengths[picked])]
        for at in np.random.permutation(pool).tolist():
            rate = (
                peak * min(1, step / 300 + 0.01) * max(0.01, 1 - (time.monotonic() - begun) / left)
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = loss_of(
                model, data.batch(picked[at * BATCH : at * BATCH + BATCH].tolist(), forget=0.15)
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            average.update_parameters(model)
            step += 1
        if step % (pool * 25) == 0:
            print(
                step,
                f"{spent:.2f}",
                f"{loss.item():.3f}",
                measure(average.module, held),
                flush=True,
            )
    figures = measure(average.module, held)
    model.load_state_dict(average.module.state_dict())
    print(step, figures, flush=True)
    return {f"held_out_{name}": share for name, share in figures.items()} | {"steps": step}


def export(model: Tagger, words: list[str], figures: dict[str, float]) -> None:
    """Write the model, its weights in half precision, and its side file."""
    OUT.mkdir(exist_ok=True)
    path = OUT / "tagger.onnx"
    model.eval()
    torch.onnx.export(
        model,
        (
            torch.ones((1, 20, SPELLINGS), dtype=torch.long),
            torch.ones((1, 20), dtype=torch.long),
            torch.zeros((1, 20, MARKS)),
        ),
        path,
        input_names=["spellings", "meanings", "marks"],
        output_names=["kind", "begin", "verb", "slot"],
        dynamic_axes={
            name: {1: "length"}
            for name in ("spellings", "meanings", "marks", "begin", "verb", "slot")
        },
        opset_version=17,
        dynamo=False,
    )
    _halve(path)
    side = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "kinds": KINDS,
        "verbs": VERBS,
        "slots": SLOTS,
        "words": " ".join(words),
        "spoken": " ".join(sorted(spoken_words() - set(words))),
        "figures": figures,
    }
    path.with_suffix(".json").write_text(json.dumps(side, indent=1) + "\n", encoding="utf-8")


def _halve(path: Path) -> None:
    """Keep the weights in half precision; the session widens them once when it is made."""
    graph = (whole := onnx.load(path)).graph
    casts = []
    for each in graph.initializer:
        weights = onnx.numpy_helper.to_array(each)
        if weights.dtype == np.float32 and weights.size > 1000:
            name = each.name
            each.CopyFrom(onnx.numpy_helper.from_array(weights.astype(np.float16), f"{name}.half"))
            casts.append(
                onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT)
            )
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    onnx.checker.check_model(whole)
    onnx.save(whole, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--examples", type=int, default=600_000)
    parser.add_argument("--resume", action="store_true", help="go on from the last run's weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2.5e-3, help="the highest learning rate")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(
        options.minutes,
        options.seed,
        options.examples,
        options.threads,
        resume=options.resume,
        rate=options.rate,
    )
