"""How fast a model is on this machine, and how much of the memory's speed that is."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from agentd.inference.llm.decoder import Decoder
from agentd.inference.llm.generate import CHUNK
from agentd.inference.llm.layout import read_layout

PROMPT: Final = 512
ANSWER: Final = 64
_BUFFER_BYTES: Final = 512 * 2**20
"""More than any cache here holds."""
_READS: Final = 25


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second while reading a prompt and while answering."""

    prefill: float
    decode: float
    quickest: float
    """Answering, had every token taken as long as the quickest: what a busy machine hides."""


class Meter:
    """A loaded model to be measured, run by run."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Load it. Raises `BrainError` when that cannot be."""
        layout = read_layout(folder)
        began = time.perf_counter()
        self._decoder = Decoder(layout, threads)
        self.load_s = time.perf_counter() - began
        self.weight_bytes = sum(each.stat().st_size for each in folder.glob("*.onnx*"))
        self.kept_bytes = layout.kv_bytes() // layout.context
        """What one token's keys and values take."""

    def run(self, prompt: int = PROMPT, answer: int = ANSWER) -> Speed:
        """Read `prompt` tokens and answer with `answer` tokens, once."""
        tokens = [(7 * at) % 200 + 10 for at in range(prompt)]
        began = time.perf_counter()
        for at in range(0, prompt, CHUNK):
            logits = self._decoder.run(tokens[at : at + CHUNK], at)
        times = [time.perf_counter()]
        read_s = times[0] - began
        for at in range(answer):
            logits = self._decoder.run([int(logits.argmax())], prompt + at)
            times.append(time.perf_counter())
        quickest = 1 / min(after - before for before, after in pairwise(times))
        return Speed(prompt / read_s, answer / (times[-1] - times[0]), quickest)

    def token_bytes(self, prompt: int = PROMPT, answer: int = ANSWER) -> int:
        """Return what is read for one token in the middle of an answer.

        That is every weight, and the keys and values of all tokens before it.
        """
        return self.weight_bytes + self.kept_bytes * (prompt + answer // 2)

    def share(self, decode: float, bytes_s: float) -> float:
        """Return which part of the memory's speed `decode` tokens a second take up."""
        return decode * self.token_bytes() / bytes_s


def memory_speed(threads: int) -> float:
    """Return how many bytes a second `threads` threads can read from memory, the best of a few."""
    part = _BUFFER_BYTES // 8 // threads
    numbers = np.ones(part * threads, np.int64)
    slices = [numbers[at * part : (at + 1) * part] for at in range(threads)]
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(_READS):
            began = time.perf_counter()
            list(pool.map(np.max, slices))
            best = max(best, numbers.nbytes / (time.perf_counter() - began))
    return best


def peak_memory() -> int:
    """Return the most bytes of memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
