"""The network: spellings and marks of pieces to a kind of sentence, clause beginnings, verbs, slots."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from agentd.brains.gazetteer import MARKS
from agentd.brains.pieces import BUCKETS
from training.meanings import STEPS

WIDTH = 128
DILATIONS = (1, 2, 4, 8, 1, 2)


class Block(nn.Module):
    """A gated dilated convolution over three pieces with a way around it.

    Written as one matrix product of the three neighbours, which a CPU does faster than a convolution.
    """

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Linear(3 * width, 2 * width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return `x` [batch, length, width] with what this layer sees around each piece."""
        inner = self.norm(x) * mask
        padded = nn.functional.pad(inner, (0, 0, self.dilation, self.dilation))
        length = x.shape[1]
        near = [padded[:, at : at + length] for at in (0, self.dilation, 2 * self.dilation)]
        value, gate = self.mix(torch.cat(near, 2)).chunk(2, dim=2)
        return x + self.drop(torch.tanh(value) * torch.sigmoid(gate))


class Tagger(nn.Module):
    """Spellings [batch, length, 12], meanings [batch, length] and marks [.., 16] to four logits."""

    def __init__(self, verbs: int, slots: int, vectors: Tensor, dropout: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("vectors", vectors)
        self.meant = nn.Linear(vectors.shape[1], WIDTH)
        self.table = nn.Embedding(BUCKETS, WIDTH, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.3)
        self.marked = nn.Linear(MARKS, WIDTH)
        self.start_drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(WIDTH, each, dropout) for each in DILATIONS)
        self.norm = nn.LayerNorm(WIDTH)
        self.whole = nn.Linear(2 * WIDTH, WIDTH)
        self.kind = nn.Linear(WIDTH, 3)
        self.heads = nn.Linear(2 * WIDTH, 1 + verbs + slots)
        self.sizes = [1, verbs, slots]

    def forward(
        self, spellings: Tensor, meanings: Tensor, marks: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return kind [batch, 3], and begin, verb, slot [batch, length, ...]."""
        spelt = (spellings > 0).unsqueeze(3).float()
        known = (meanings > 0).unsqueeze(2).float()
        mask = torch.maximum(spelt.amax(2), known)
        summed = (self.table(spellings) * spelt).sum(2) / spelt.sum(2).clamp(min=1).sqrt()
        meant = self.meant(self.vectors[meanings].float() / STEPS) * known
        x = self.start_drop(summed + meant + self.marked(marks))
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        mean = (x * mask).sum(1) / mask.sum(1).clamp(min=1)
        top = (x - (1 - mask) * 1e4).amax(1)
        whole = torch.tanh(self.whole(torch.cat([mean, top], 1)))
        wide = whole.unsqueeze(1).expand(-1, x.shape[1], -1)
        begin, verb, slot = self.heads(torch.cat([x, wide], 2)).split(self.sizes, dim=2)
        return self.kind(whole), begin.squeeze(2), verb, slot
