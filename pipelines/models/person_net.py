# SPDX-License-Identifier: Apache-2.0
"""The network of the person detector, its loss, and its ONNX export."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEIGHT = 416, 320
STRIDES = (8, 16, 32)


class Conv(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs, outputs, stride=1, kernel=3):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = Conv(channels, channels)

    def forward(self, x):
        return x + self.body(x)


class PersonNet(nn.Module):
    """Three feature maps, joined top-down, one small head each; output as YOLOX writes it.

    in: [N,3,H,W] BGR 0..255, H and W multiples of 32. out: [N,cells,6]: x, y, w, h (raw),
    objectness, person (after the sigmoid); strides 8, 16, 32, cells row by row.
    """

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 12, 2), Conv(12, 24, 2), Conv(24, 32, 2))
        self.stage8 = nn.Sequential(Residual(32), Residual(32))
        self.stage16 = nn.Sequential(Conv(32, 40, 2), Residual(40))
        self.stage32 = nn.Sequential(Conv(40, 40, 2), Conv(40, 40, kernel=1))
        self.down = nn.ModuleList([Conv(40, 32, kernel=1), Conv(40, 40, kernel=1)])
        self.head = nn.ModuleList([Conv(32, 32), Conv(40, 32), Conv(40, 32, kernel=1)])
        self.box = nn.ModuleList([nn.Conv2d(32, 4, 1) for _ in STRIDES])
        self.conf = nn.ModuleList([nn.Conv2d(32, 2, 1) for _ in STRIDES])
        for conv in self.conf:
            nn.init.constant_(conv.bias, -4.0)  # Almost every cell is background.
        self.folded = False

    def levels(self, x):
        c8 = self.stage8(self.stem(x if self.folded else x / 255.0))
        c16 = self.stage16(c8)
        c32 = self.stage32(c16)
        p16 = c16 + F.interpolate(self.down[1](c32), scale_factor=2, mode="nearest")
        p8 = c8 + F.interpolate(self.down[0](p16), scale_factor=2, mode="nearest")
        for feature, head, box, conf in zip((p8, p16, c32), self.head, self.box, self.conf):
            feature = head(feature)
            yield box(feature), conf(feature)

    def logits(self, x):
        """Output before the sigmoid, for the loss."""
        return rows([torch.cat(pair, 1) for pair in self.levels(x)])

    def forward(self, x):
        return rows([torch.cat([box, conf.sigmoid()], 1) for box, conf in self.levels(x)])


def rows(maps):
    """[N,6,h,w] of each level to [N,cells,6]."""
    flat = [m.reshape(-1, 6, m.shape[2] * m.shape[3]) for m in maps]
    return torch.cat(flat, 2).transpose(1, 2)


def cells(width=WIDTH, height=HEIGHT):
    """column, row, stride of every output cell: [cells,3]."""
    parts = []
    for stride in STRIDES:
        ys, xs = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride),
                                indexing="ij")
        parts.append(torch.stack([xs, ys, torch.full_like(xs, stride)], 2).reshape(-1, 3))
    return torch.cat(parts).float()


def decode(raw, cell):
    """Boxes x1 y1 x2 y2 in input pixels from the first four columns."""
    centre = (raw[..., :2] + cell[:, :2]) * cell[:, 2:]
    half = raw[..., 2:4].clamp(max=6).exp() * cell[:, 2:] / 2
    return torch.cat([centre - half, centre + half], -1)


def pair_iou(a, b):
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    both = (high - low).clamp(min=0).prod(2)
    area = lambda box: (box[:, 2:] - box[:, :2]).prod(1)
    return both / (area(a)[:, None] + area(b)[None] - both + 1e-9)


def giou(a, b):
    """Generalised IoU of matching rows."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(min=0).prod(1)
    area = lambda box: (box[:, 2:] - box[:, :2]).prod(1)
    union = area(a) + area(b) - both + 1e-9
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1) + 1e-9
    return both / union - (hull - union) / hull


@torch.no_grad()
def assign(boxes, score, cell, truth):
    """SimOTA: the cells that answer for each true box. Returns (cells, box of each, IoU of each)."""
    centre = (cell[:, :2] + 0.5) * cell[:, 2:]
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    offset = (centre[None] - middle[:, None]).abs()
    near = (offset < 1.5 * cell[None, :, 2:]).all(2)
    within = ((centre[None] > truth[:, None, :2]) & (centre[None] < truth[:, None, 2:])).all(2)
    candidate = torch.nonzero((near | within).any(0)).squeeze(1)
    overlap = pair_iou(truth, boxes[candidate])
    cost = (-torch.log(score[candidate] + 1e-9)[None] - 3 * torch.log(overlap + 1e-6)
            + 1e5 * (~(near & within)[:, candidate]).float())
    taken = torch.zeros_like(cost, dtype=torch.bool)
    for i in range(len(truth)):
        best = overlap[i].topk(min(10, len(candidate))).values
        k = max(1, int(best.sum()))
        taken[i, cost[i].topk(min(k, len(candidate)), largest=False).indices] = True
    several = taken.sum(0) > 1
    owner = torch.where(taken, cost, torch.full_like(cost, 1e9)).argmin(0)
    taken[:, several] = False
    taken[owner[several], torch.nonzero(several).squeeze(1)] = True
    box, index = torch.nonzero(taken, as_tuple=True)
    return candidate[index], box, overlap[box, index]


def loss(logits, cell, truths, ignored):
    """YOLOX's loss with GIoU for the boxes; cells inside ignored boxes have no objectness."""
    total, count = logits.sum() * 0, 0
    for raw, truth, ignore in zip(logits, truths, ignored):
        boxes = decode(raw, cell)
        weight = torch.ones(len(cell))
        if len(ignore):
            centre = (cell[:, :2] + 0.5) * cell[:, 2:]
            weight[((centre[None] > ignore[:, None, :2]) & (centre[None] < ignore[:, None, 2:]))
                   .all(2).any(0)] = 0
        target = torch.zeros(len(cell))
        if len(truth):
            score = (raw[:, 4].sigmoid() * raw[:, 5].sigmoid()).detach()
            index, box, overlap = assign(boxes.detach(), score, cell, truth)
            target[index], weight[index] = 1, 1
            total = total + 5 * (1 - giou(boxes[index], truth[box])).sum()
            total = total + F.binary_cross_entropy_with_logits(raw[index, 5], overlap,
                                                               reduction="sum")
            count += len(index)
        total = total + F.binary_cross_entropy_with_logits(raw[:, 4], target, weight,
                                                           reduction="sum")
    return total / max(count, 1)


def fold(net):
    """A copy for inference: batch normalisation and the /255 become part of the weights."""
    net = copy.deepcopy(net).eval()
    for module in net.modules():
        if isinstance(module, Conv):
            module.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()
    net.stem[0].conv.weight.data /= 255.0
    net.folded = True
    return net


def export(net, path, dynamic_batch=False):
    """Writes the ONNX file: input `images`, output `output`, batch 1 or free."""
    axes = {"images": {0: "batch"}, "output": {0: "batch"}} if dynamic_batch else None
    torch.onnx.export(fold(net), torch.zeros(1, 3, HEIGHT, WIDTH), path, opset_version=11,
                      input_names=["images"], output_names=["output"], dynamic_axes=axes)
