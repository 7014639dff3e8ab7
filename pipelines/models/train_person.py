#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains, exports and evaluates the project's person detector.

Needs Debian's python3-torch, python3-opencv and opencv-doc, and the teacher,
`pipelines/get-model yolox_nano_416`. The first 60 % of the clip's frames are for training, the
rest for evaluation. Same packages, same processor type: same file.
"""

import argparse
import os
import random
import sys
import time

import cv2
import numpy as np
import torch

import person_net
import teacher

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "inferserver", "models")
CLIP = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"
TRAIN_SHARE = 0.6
SURE = 0.5      # Teacher's boxes from this score on are persons,
UNSURE = 0.15   # below that down to here they are neither trained nor counted.
THRESHOLD, NMS = 0.5, 0.45
WIDTH, HEIGHT = person_net.WIDTH, person_net.HEIGHT


def read_clip(path):
    capture, frames = cv2.VideoCapture(path), []
    while True:
        more, frame = capture.read()
        if not more:
            break
        frames.append(frame)
    if not frames:
        sys.exit(f"{path}: no frames; install opencv-doc or give --clip")
    return frames


def without_furniture(labels, train_count):
    """Drops what the teacher sees at one place in a fifth of the training frames.

    People in the clip walk; a sign and a tripod, which the teacher takes for persons, do not.
    """
    boxes = np.concatenate(labels[:train_count])
    still = []
    while len(boxes):
        near = teacher.iou(boxes[:1], boxes)[0][0] > 0.6
        if near.sum() > train_count / 5:
            still.append(boxes[near].mean(0))
        boxes = boxes[~near]
    if not still:
        return labels
    return [found[teacher.iou(found, np.array(still))[0].max(1) < 0.5] for found in labels]


def reference(frames, args):
    """Teacher's boxes of every frame, from --labels if that file exists."""
    if args.labels and os.path.exists(args.labels):
        with np.load(args.labels) as data:
            labels = [data[f"frame{i}"] for i in range(len(frames))]
    else:
        def progress(i, n):
            print(f"\rteacher: frame {i}/{n}", end="" if i < n else "\n", flush=True)
        labels = teacher.label_clip(frames, args.teacher, UNSURE, progress)
        if args.labels:
            np.savez(args.labels, **{f"frame{i}": b for i, b in enumerate(labels)})
    return without_furniture(labels, int(len(frames) * TRAIN_SHARE))


def letterbox(frame):
    scale = min(WIDTH / frame.shape[1], HEIGHT / frame.shape[0])
    w, h = round(frame.shape[1] * scale), round(frame.shape[0] * scale)
    canvas = np.full((HEIGHT, WIDTH, 3), 114, np.uint8)
    canvas[:h, :w] = cv2.resize(frame, (w, h), interpolation=cv2.INTER_LINEAR)
    return canvas, scale


def augment(frame, boxes, rng):
    """A random crop, scale, mirror image and exposure of one frame in the network's size."""
    scale = WIDTH / frame.shape[1] * np.exp(rng.uniform(np.log(0.85), np.log(1.5)))
    if rng.random() < 0.3:
        scale = WIDTH / frame.shape[1]
    room = np.array([WIDTH - frame.shape[1] * scale, HEIGHT - frame.shape[0] * scale])
    shift = np.where(room < 0, room * rng.random(2), 0) + rng.uniform(-12, 12, 2)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    picture = cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
                             borderValue=(114, 114, 114))
    boxes = boxes.copy()
    boxes[:, :4] = boxes[:, :4] * scale + np.tile(shift, 2)
    full = (boxes[:, 2:4] - boxes[:, :2]).prod(1)
    boxes[:, 0:4:2] = boxes[:, 0:4:2].clip(0, WIDTH)
    boxes[:, 1:4:2] = boxes[:, 1:4:2].clip(0, HEIGHT)
    seen = (boxes[:, 2:4] - boxes[:, :2]).prod(1) / (full + 1e-9)
    boxes = boxes[seen > 0.1]
    boxes[seen[seen > 0.1] < 0.4, 4] = UNSURE  # Mostly outside: neither trained nor counted.
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        boxes[:, [0, 2]] = WIDTH - boxes[:, [2, 0]]
    gain = rng.uniform(0.7, 1.3) * rng.uniform(0.92, 1.08, 3)
    picture = np.clip(picture * gain + rng.uniform(-20, 20), 0, 255).astype(np.float32)
    return picture.transpose(2, 0, 1), boxes


def train(frames, labels, args):
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    net, cell = person_net.PersonNet().train(), person_net.cells()
    decay = [p for p in net.parameters() if p.dim() > 1]
    other = [p for p in net.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.01},
                                   {"params": other, "weight_decay": 0.0}], lr=args.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, args.steps, pct_start=0.1)
    average = person_net.copy.deepcopy(net)
    begin, mean = time.time(), 0.0
    for step in range(args.steps):
        pictures, truths, ignored = [], [], []
        for i in rng.integers(0, len(frames), args.batch):
            picture, boxes = augment(frames[i], labels[i], rng)
            boxes = torch.from_numpy(boxes.astype(np.float32))
            sure = boxes[:, 4] >= SURE
            pictures.append(picture)
            truths.append(boxes[sure, :4])
            ignored.append(boxes[~sure, :4])
        logits = net.logits(torch.from_numpy(np.stack(pictures)))
        value = person_net.loss(logits, cell, truths, ignored)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        schedule.step()
        keep = min(0.998, (step + 1) / (step + 10))
        with torch.no_grad():
            for ours, new in zip(average.state_dict().values(), net.state_dict().values()):
                if ours.dtype.is_floating_point:
                    ours.mul_(keep).add_(new, alpha=1 - keep)
                else:
                    ours.copy_(new)
        mean = 0.98 * mean + 0.02 * float(value.detach()) if step else float(value.detach())
        if step % 20 == 19 or step + 1 == args.steps:
            print(f"step {step + 1}/{args.steps}  loss {mean:.3f}  {time.time() - begin:.0f} s",
                  flush=True)
    return average.eval()


def detect(net, frame, cell):
    """Boxes x1 y1 x2 y2 score in frame pixels, as the elements compute them."""
    picture, scale = letterbox(frame)
    net.setInput(picture.transpose(2, 0, 1)[None].astype(np.float32))
    raw = net.forward()[0]
    score = raw[:, 4] * raw[:, 5]
    keep = score >= THRESHOLD / 4
    boxes = person_net.decode(torch.from_numpy(raw[keep]), cell[keep]).numpy() / scale
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, frame.shape[1])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, frame.shape[0])
    return teacher.suppress(np.concatenate([boxes, score[keep, None]], 1), NMS)


def match(found, truth):
    """Which detections, best first, take a reference box of IoU >= 0.5, each box once."""
    overlap = teacher.iou(found, truth)[0]
    free, right = np.ones(len(truth), bool), np.zeros(len(found), bool)
    for i in range(len(found)):
        best = np.where(free, overlap[i], 0)
        if len(best) and best.max() >= 0.5:
            free[best.argmax()] = False
            right[i] = True
    return right, ~free


def evaluate(path, frames, labels):
    """Recall and precision of the exported file through OpenCV DNN on frames it has not seen."""
    net, cell = cv2.dnn.readNetFromONNX(path), person_net.cells()
    results = [(detect(net, f, cell), b) for f, b in zip(frames, labels)]
    print("threshold  recall  precision  precision, unsure boxes left out")
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        truths = hits = shown = right = doubtful = 0
        for found, boxes in results:
            found = found[found[:, 4] >= threshold]
            truth, unsure = boxes[boxes[:, 4] >= SURE], boxes[boxes[:, 4] < SURE]
            good, taken = match(found, truth)
            truths, hits = truths + len(truth), hits + taken.sum()
            shown, right = shown + len(found), right + good.sum()
            if len(unsure):
                doubtful += (teacher.iou(found[~good], unsure)[0].max(1) >= 0.5).sum()
        mark = "  <- used" if threshold == THRESHOLD else ""
        print(f"{threshold:9.2f}  {hits / max(truths, 1):6.3f}  {right / max(shown, 1):9.3f}"
              f"  {right / max(shown - doubtful, 1):9.3f}{mark}")
    print(f"{len(frames)} frames, {truths} reference boxes of score >= {SURE}, IoU >= 0.5")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--clip", default=CLIP, help="video to learn from (%(default)s)")
    parser.add_argument("--teacher", default=os.path.join(CACHE, "yolox_nano_416.onnx"),
                        help="YOLOX-nano, ONNX (%(default)s)")
    parser.add_argument("--labels", help="file (.npz) that keeps the teacher's boxes between runs")
    parser.add_argument("--output", default=os.path.join(HERE, "person_vtest.onnx"),
                        help="model file to write, or to evaluate (%(default)s)")
    parser.add_argument("--dynamic-batch", metavar="FILE",
                        help="also write the network with a free batch size")
    parser.add_argument("--evaluate", action="store_true", help="only evaluate --output")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(1)  # The order of additions, and so the result, depends on it.
    torch.use_deterministic_algorithms(True)
    cv2.setNumThreads(1)
    frames = read_clip(args.clip)
    labels = reference(frames, args)
    split = int(len(frames) * TRAIN_SHARE)
    if not args.evaluate:
        net = train(frames[:split], labels[:split], args)
        person_net.export(net, args.output)
        if args.dynamic_batch:
            person_net.export(net, args.dynamic_batch, dynamic_batch=True)
        print(f"{args.output}: {os.path.getsize(args.output)} bytes")
    evaluate(args.output, frames[split:], labels[split:])


if __name__ == "__main__":
    main()
