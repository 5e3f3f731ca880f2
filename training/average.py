"""Writes the tagger whose weights lie between those of two runs, one resumed from the other.

`python -m training.average first.pt second.pt --share 0.35`, from the repository's root. Where
runs saw the wordings in another order, what they agree on stays and what each made up is halved:
the mean is better on new wordings than either.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.generate import SLOTS
from training.meanings import meanings
from training.model import Tagger
from training.train import CHECKPOINT, VERBS, export, generated, measure


def average(first: Path, second: Path, share: float) -> None:
    """Export the weights of `first` with `share` (0 to 1) of those of `second`."""
    words = meanings()
    one, two = torch.load(first), torch.load(second)
    model = Tagger(len(VERBS), len(SLOTS), torch.from_numpy(words.vectors))
    mixed = {
        name: torch.lerp(each, two[name], share) if each.is_floating_point() else each
        for name, each in one.items()
    }
    model.load_state_dict(mixed)
    held = generated(8, 3000, words.numbers(), held_out=True)
    figures = {f"held_out_{name}": part for name, part in measure(model, held).items()}
    torch.save(model.state_dict(), CHECKPOINT)
    weights = sum(each.numel() for each in model.parameters())
    export(model, words.words, figures | {"weights": weights, "share": share})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.35, help="how much of the second, 0 to 1")
    options = parser.parse_args()
    average(options.first, options.second, options.share)
