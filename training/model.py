"""The network: characters to a kind of sentence, clause beginnings, verbs and slots."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A gated dilated convolution with a way around it."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, 2 * width, 3, padding=dilation, dilation=dilation)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return `x` with what this layer sees around each character."""
        value, gate = self.conv(x * mask).chunk(2, dim=1)
        return x + self.drop(torch.tanh(value) * torch.sigmoid(gate))


class Tagger(nn.Module):
    """`characters` [batch, length] to four sets of logits; 0 pads."""

    def __init__(self, characters: int, verbs: int, slots: int, width: int = 128) -> None:
        super().__init__()
        self.embed = nn.Embedding(characters, width, padding_idx=0)
        self.blocks = nn.ModuleList(Block(width, d, 0.1) for d in (1, 2, 4, 8, 16, 2))
        self.whole = nn.Linear(2 * width, width)
        self.kind = nn.Linear(width, 3)
        self.heads = nn.Conv1d(2 * width, 1 + verbs + slots, 1)
        self.sizes = [1, verbs, slots]

    def forward(self, characters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return kind [batch, 3], and begin, verb, slot [batch, length, ...]."""
        mask = (characters > 0).unsqueeze(1).float()
        x = self.embed(characters).transpose(1, 2)
        for block in self.blocks:
            x = block(x, mask)
        x = x * mask
        mean = x.sum(2) / mask.sum(2).clamp(min=1)
        top = (x - (1 - mask) * 1e4).amax(2)
        whole = torch.tanh(self.whole(torch.cat([mean, top], 1)))
        wide = whole.unsqueeze(2).expand(-1, -1, x.shape[2])
        heads = self.heads(torch.cat([x, wide], 1)).transpose(1, 2)
        begin, verb, slot = heads.split(self.sizes, dim=2)
        return self.kind(whole), begin.squeeze(2), verb, slot
